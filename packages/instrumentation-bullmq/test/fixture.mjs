import { Queue, Worker } from "bullmq";
import { programs } from "./programs.cjs";

await programs({ Queue, Worker })[process.argv[2]]();
