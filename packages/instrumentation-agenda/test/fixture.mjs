import * as library from "agenda";
import { programs } from "./programs.cjs";

await programs(library)[process.argv[2]]();
