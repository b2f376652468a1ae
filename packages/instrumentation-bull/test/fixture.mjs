import * as library from "bull";
import { programs } from "./programs.cjs";

await programs(library)[process.argv[2]]();
