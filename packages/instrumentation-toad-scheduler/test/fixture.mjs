import { AsyncTask, SimpleIntervalJob, Task, ToadScheduler } from "toad-scheduler";
import { programs } from "./programs.cjs";

await programs({ AsyncTask, SimpleIntervalJob, Task, ToadScheduler })[process.argv[2]]();
