import { createTask, schedule } from "node-cron";
import { programs } from "./programs.cjs";

await programs({ createTask, schedule })[process.argv[2]]();
