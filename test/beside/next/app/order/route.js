import { Queue, Worker } from "bullmq";

export const dynamic = "force-dynamic";

export async function GET() {
  const options = { connection: { url: process.env.REDIS_URL, maxRetriesPerRequest: null } };
  const queue = new Queue("mail", options);
  const worker = new Worker("mail", () => Promise.resolve("sent"), options);
  const sent = new Promise((resolve) => worker.once("completed", resolve));
  await queue.add("welcome", {});
  await sent;
  await worker.close();
  await queue.close();
  return new Response("done");
}
