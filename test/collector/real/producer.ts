/** Puts the jobs of a plan into the queue, and ends. */
import { Queue } from "bullmq";
import { attempts, plan, queueName } from "./plan.ts";

const [url = "", jobs = "0"] = process.argv.slice(2);
const queue = new Queue(queueName, { connection: { url } });
// Some at once and some one by one, as applications do.
const planned = plan(Number(jobs));
const half = Math.floor(planned.length / 2);
const options = { attempts, backoff: { type: "fixed", delay: 20 } } as const;
await queue.addBulk(planned.slice(0, half).map(({ name, failures }) => ({ name, data: { failures }, opts: options })));
for (const { name, failures } of planned.slice(half)) await queue.add(name, { failures }, options);
await queue.close();
