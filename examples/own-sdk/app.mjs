import { Queue, Worker } from "bullmq";
import { sdk } from "./telemetry.mjs";

const connection = { url: process.env.REDIS_URL ?? "redis://localhost:6379", maxRetriesPerRequest: null };
const queue = new Queue("mail", { connection });
const worker = new Worker("mail", (job) => Promise.resolve(`sent to ${job.data.to}`), { connection });

const sent = new Promise((resolve) => worker.once("completed", (_, result) => resolve(result)));
await queue.add("welcome", { to: "ann@example.org" });
console.log(await sent);

await worker.close();
await queue.close();
// Sends what is still here: an SDK does not do it by itself at the end.
await sdk.shutdown();
