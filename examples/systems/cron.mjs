/** cron: two callbacks of one tick are one run, and the error that cron catches is a failure. */
import { CronJob } from "cron";

const { promise: over, resolve } = Promise.withResolvers();
const job = CronJob.from({
  cronTime: "* * * * * *",
  name: "nightly",
  onTick: async () => {
    resolve();
    throw new Error("no disk space");
  },
  errorHandler: (error) => console.log(`nightly: ${error.message}`),
});
job.addCallback(() => console.log("the second callback"));
job.start();
await over;
await job.stop();
