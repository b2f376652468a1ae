/** A program that must end by `process.exit`: node-schedule leaves a timer that nobody can clear. */
import schedule from "node-schedule";

const { promise: begun, resolve: begin } = Promise.withResolvers();
schedule.scheduleJob("last", "* * * * * *", async () => {
  begin();
  await new Promise((resolve) => setTimeout(resolve, 300));
});
await begun;
await schedule.gracefulShutdown();
console.log("bye");
process.exit(3);
