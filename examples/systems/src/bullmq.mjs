/** BullMQ: a job that Ann asks for, and that fails at its first try. Needs Redis. */
import { count, withActor } from "@jobtrail/core";
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";

const connection = new Redis(process.env.REDIS_URL, { maxRetriesPerRequest: null });
const queue = new Queue("mail", { connection });
await withActor({ type: "user", id: "ann" }, () =>
  queue.add("welcome", { to: "bob" }, { attempts: 2, backoff: 100, removeOnComplete: true }),
);

const worker = new Worker(
  "mail",
  async (job) => {
    if (job.attemptsMade === 0) throw new Error("the mail server is busy");
    count({ emails: 1 });
  },
  { connection },
);
await new Promise((resolve) => {
  worker.on("completed", resolve);
});
await worker.close();
await queue.close();
await connection.quit();
