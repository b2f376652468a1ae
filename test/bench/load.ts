/**
 * The measured app: a BullMQ producer and a worker in one process. Prints how much CPU the process
 * had used when it added the first job that counts. Without jobs it is an app that only starts.
 */
import { Queue, Worker } from "bullmq";
import type { Variant } from "./variant.ts";

const [variant = "", counted = "0", uncounted = "0", port = ""] = process.argv.slice(2);
const jobs = Number(counted);
const together = 50;

const { telemetry, add, work, watch, end } = await open(variant);
if (jobs > 0) {
  const options = { connection: { host: "127.0.0.1", port: Number(port) }, ...(telemetry && { telemetry }) };
  const queue = new Queue("mail", options);
  const doWork = async (): Promise<unknown> => ({ sent: 1 });
  const worker = new Worker("mail", (job) => (work === undefined ? doWork() : work(job, doWork)), {
    ...options,
    concurrency: together,
  });
  watch?.(worker);
  await run(queue, worker, Number(uncounted));
  const { user, system } = process.cpuUsage();
  process.stdout.write(`${user + system}\n`);
  await run(queue, worker, jobs);
  await worker.close();
  await queue.close();
}
await end?.();

/** The variants that an app must set up itself; the others leave it as it is. */
async function open(name: string): Promise<Variant> {
  if (name === "hand") return (await import("./hand.ts")).open();
  if (name === "plain") return (await import("./plain.ts")).open();
  if (name === "hosted") return (await import("./hosted.ts")).open();
  if (name === "bullmq-otel") return (await import("./bullmq-otel.ts")).open();
  return {};
}

/** Adds jobs and waits until all are done. */
async function run(queue: Queue, worker: Worker, count: number): Promise<void> {
  const { promise: done, resolve } = Promise.withResolvers<void>();
  let completed = 0;
  const counting = (): void => {
    completed += 1;
    if (completed === count) resolve();
  };
  worker.on("completed", counting);
  worker.on("failed", (_job, error) => {
    throw error;
  });
  let added = 0;
  const producer = async (): Promise<void> => {
    while (added < count) {
      added += 1;
      const data = { to: "someone@example.org", order: added };
      await (add === undefined ? queue.add("welcome", data) : add(queue, "welcome", data));
    }
  };
  await Promise.all(Array.from({ length: together }, producer));
  await done;
  worker.removeListener("completed", counting);
}
