/** toad-scheduler: an interval that runs at once, whose error its task handles. */
import { AsyncTask, SimpleIntervalJob, ToadScheduler } from "toad-scheduler";

const { promise: over, resolve } = Promise.withResolvers();
const work = async () => {
  throw new Error("the feed is down");
};
const task = new AsyncTask("poll the feed", work, () => resolve());
const scheduler = new ToadScheduler();
scheduler.addSimpleIntervalJob(new SimpleIntervalJob({ minutes: 5, runImmediately: true }, task, { id: "feed" }));
await over;
scheduler.stop();
