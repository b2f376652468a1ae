/** Works on the queue until a stop message arrives. */
import { setTimeout } from "node:timers/promises";
import { Worker } from "bullmq";
import { queueName } from "./plan.ts";

const [url = "", workMs = "0"] = process.argv.slice(2);
const worker = new Worker<{ readonly failures: number }>(
  queueName,
  async ({ data, attemptsMade }) => {
    await setTimeout(Number(workMs));
    if (attemptsMade < data.failures) throw new TypeError(`the mail server said no to try ${attemptsMade + 1}`);
    return { sent: true };
  },
  { connection: { url, maxRetriesPerRequest: null }, concurrency: 8 },
);
process.once("message", () => {
  process.disconnect();
  void worker.close();
});
