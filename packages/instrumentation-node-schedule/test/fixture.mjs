import schedule from "node-schedule";
import { programs } from "./programs.cjs";

await programs(schedule)[process.argv[2]]();
