import { FlowProducer, Queue, Worker } from "bullmq";
import { programs } from "./programs.cjs";

await programs({ FlowProducer, Queue, Worker })[process.argv[2]]();
