/** A background task with one run: node-cron forks a process for it. */
import { schedule } from "node-cron";

const file = new URL("./background-task.mjs", import.meta.url).href;
const task = schedule("* * * * * *", file, { name: "background", maxExecutions: 1, startTimeout: 30_000 });
task.on("execution:finished", ({ execution }) => console.log(execution.result));
