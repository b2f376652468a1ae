import Bree from "bree";
import { programs } from "./programs.cjs";

await programs(Bree)[process.argv[2]]();
