import { Queue, Worker } from "bullmq";
import { Cron } from "croner";

const tick = new Cron("0 0 1 1 *", { name: "tick" }, () => {});
await tick.trigger();
tick.stop();
const options = { connection: { url: process.env.REDIS_URL, maxRetriesPerRequest: null } };
const queue = new Queue(process.env.QUEUE, options);
const worker = new Worker(process.env.QUEUE, async () => "done", options);
const done = new Promise((resolve) => worker.once("completed", resolve));
await queue.add("welcome", {});
await done;
await worker.close();
await queue.close();
console.log("done");
