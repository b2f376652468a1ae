import * as library from "bee-queue";
import { programs } from "./programs.cjs";

await programs(library.default ?? library)[process.argv[2]]();
