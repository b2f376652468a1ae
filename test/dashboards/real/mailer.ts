/** Sends mail from a queue: a healthy app with one job that fails now and then. What goes wrong comes by message. */
import { setInterval, setTimeout } from "node:timers/promises";
import { count } from "@jobtrail/core";
import { Queue, Worker } from "bullmq";

const [url = ""] = process.argv.slice(2);
const connection = { url, maxRetriesPerRequest: null };
const mail = new Queue("mail", { connection: { url } });
const lock = { lockDuration: 2000, stalledInterval: 1000 };

const worker = new Worker("mail", work, { connection, concurrency: 2, ...lock });
// Apart from the mail, which must not wait for what fails.
const bills = new Queue("bills", { connection: { url } });
const payer = new Worker("bills", work, { connection, concurrency: 10, ...lock });

async function work({ name, attemptsMade }: { readonly name: string; readonly attemptsMade: number }): Promise<void> {
  await setTimeout(50);
  if (name === "refund" || name === "flaky" || (name === "reminder" && attemptsMade === 0))
    throw new TypeError("the mail server said no");
  count({ emails: 1 });
}

/** What was broken, by the messages that came. */
const broken: { images?: Worker } = {};

process.on("message", (message) => {
  if (message === "fail") void bills.addBulk(Array.from({ length: 300 }, () => twice("flaky")));
  if (message === "rescue") broken.images = new Worker("images", async () => setTimeout(20), { connection, ...lock });
  if (message === "stop") process.disconnect();
});

const twice = (name: string): { name: string; data: object; opts: { attempts: number } } => ({
  name,
  data: {},
  opts: { attempts: 2 },
});

const sends = (count: number): { name: string; data: object }[] =>
  Array.from({ length: count }, () => ({ name: "send", data: {} }));

// A backlog to begin with, which drains.
await mail.addBulk(sends(600));
let tick = 0;
for await (const _ of setInterval(250)) {
  if (!process.connected) break;
  await mail.addBulk(sends(3));
  if (tick % 80 === 40) await mail.add("refund", {});
  if (tick % 80 === 10) await mail.add("reminder", {}, { attempts: 2, backoff: { type: "fixed", delay: 50 } });
  tick += 1;
}
await Promise.all([worker, payer, broken.images, mail, bills].map(async (each) => each?.close()));
