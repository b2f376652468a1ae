import * as bullmq from "bullmq-5";
import { programs } from "../programs.cjs";

await programs(bullmq)[process.argv[2]]();
