/** node-cron: a run that is so long that the next time is skipped, which is recorded as missed. */
import { schedule } from "node-cron";

const { promise: over, resolve } = Promise.withResolvers();
const task = schedule("* * * * * *", () => over, { name: "slow", noOverlap: true });
task.on("execution:overlap", () => resolve());
await over;
await task.destroy();
