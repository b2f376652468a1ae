/** node-schedule: a run that its shutdown waits for. That leaves a timer behind, so the program ends by `process.exit`: nothing is lost. */
import schedule from "node-schedule";

const { promise: over, resolve } = Promise.withResolvers();
schedule.scheduleJob("reminder", "* * * * * *", async () => {
  resolve();
  await new Promise((next) => setTimeout(next, 50));
});
await over;
await schedule.gracefulShutdown();
process.exit();
