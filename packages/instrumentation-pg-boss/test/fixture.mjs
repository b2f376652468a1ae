import * as pgboss from "pg-boss";
import { programs } from "./programs.cjs";

await programs(pgboss)[process.argv[2]]();
