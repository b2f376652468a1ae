/** Takes a job and never gives it back: it is killed in the middle. */
import { Queue, Worker } from "bullmq";

const [url = ""] = process.argv.slice(2);
const queue = new Queue("images", { connection: { url } });
const worker = new Worker("images", () => new Promise(() => process.send?.("taken")), {
  connection: { url, maxRetriesPerRequest: null },
  lockDuration: 2000,
});
await queue.add("resize", {});
process.once("disconnect", () => void worker.close());
