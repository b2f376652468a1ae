import * as library from "graphile-worker";
import { programs } from "./programs.cjs";

await programs(library)[process.argv[2]]();
