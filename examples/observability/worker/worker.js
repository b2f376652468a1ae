// Puts mail into a queue and sends it. One in twenty fails and is tried again.
import { setInterval, setTimeout } from "node:timers/promises";
import { Queue, Worker } from "bullmq";

const connection = { url: process.env["REDIS_URL"], maxRetriesPerRequest: null };
const queue = new Queue("mail", { connection });

const worker = new Worker(
  "mail",
  async () => {
    await setTimeout(50 + Math.random() * 200);
    if (Math.random() < 0.05) throw new Error("the mail server is busy");
  },
  { connection, concurrency: 4 },
);

worker.on("error", console.error);

for await (const _ of setInterval(200))
  await queue.add("send", {}, { attempts: 3, backoff: { type: "exponential", delay: 1000 } });
