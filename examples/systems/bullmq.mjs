// BullMQ: node --import @jobtrail/register bullmq.mjs
import { count, withActor } from "@jobtrail/core";
import { Queue, Worker } from "bullmq";

const { hostname: host, port } = new URL(process.env.REDIS_URL ?? "redis://localhost:6379");
const connection = { host, port: Number(port), maxRetriesPerRequest: null };

const queue = new Queue("mail", { connection });
const worker = new Worker(
  "mail",
  async ({ data }) => {
    // Counted in the job log and as a metric, for this job's run.
    count({ emails: data.to.length });
    return data.to.length;
  },
  { connection },
);
const done = new Promise((resolve) => worker.on("completed", (_, sent) => resolve(sent)));

// Who asked for the job travels with it.
await withActor({ type: "user", id: "ann" }, () => queue.add("newsletter", { to: ["bob", "cy"] }, { attempts: 3 }));
console.log(`sent ${await done}`);

await worker.close();
await queue.close();
