import { schedule } from "node-cron-3";
import { programs } from "./programs.cjs";

await programs({ schedule })[process.argv[2]]();
