import { CronJob } from "cron";
import { programs } from "./programs.cjs";

await programs({ CronJob })[process.argv[2]]();
