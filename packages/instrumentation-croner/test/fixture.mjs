import { Cron, scheduledJobs } from "croner";
import { programs } from "./programs.cjs";

await programs({ Cron, scheduledJobs })[process.argv[2]]();
