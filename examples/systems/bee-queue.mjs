// Bee-Queue: node --import @jobtrail/register bee-queue.mjs
import { count, withActor } from "@jobtrail/core";
import Queue from "bee-queue";

const queue = new Queue("mail", { redis: process.env.REDIS_URL ?? "redis://localhost:6379" });
queue.process(async ({ data }) => {
  // Counted in the job log and as a metric, for this job's run.
  count({ emails: data.to.length });
  return data.to.length;
});
const done = new Promise((resolve) => queue.on("succeeded", (_, sent) => resolve(sent)));

// Who asked for the job travels with it.
await withActor({ type: "user", id: "ann" }, () =>
  queue
    .createJob({ to: ["bob", "cy"] })
    .retries(2)
    .save(),
);
console.log(`sent ${await done}`);

await queue.close();
