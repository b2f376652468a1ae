import { Worker } from "bullmq";

let left = 2;
const connection = { port: Number(process.env.REDIS_PORT), maxRetriesPerRequest: null };
const worker = new Worker("mail", async (job) => ({ sentTo: job.data.to }), { connection });
worker.on("completed", () => {
  left -= 1;
  if (left === 0) void worker.close();
});
