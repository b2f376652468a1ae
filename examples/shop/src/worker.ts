/** A process that works on one of the shop's queues, and keeps a journal that survives its death. */
import { appendFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { count } from "@jobtrail/core";
import type { Job } from "pg-boss";
import type { Fate } from "./plan.ts";
import { report, until } from "./process.ts";
import { openQueues } from "./queues.ts";

/** What the flaky and the hopeless jobs throw. */
class PaymentError extends Error {
  override readonly name = "PaymentError";
}

const [url = "", queue = "", journal = ""] = process.argv.slice(2);
const boss = await openQueues(url);
const worker = await boss.work<{ fate: Fate }>(queue, { pollingIntervalSeconds: 0.5 }, async ([job]) => {
  if (job === undefined) return;
  note("begin", job.id);
  try {
    return await work(job);
  } finally {
    note("end", job.id);
    // Fetch the next job at once: pg-boss alone would wait for the next poll.
    setImmediate(() => boss.notifyWorker(worker));
  }
});
report({ ready: 1 });
await until("stop");
await boss.stop({ graceful: true, timeout: 5000 });

async function work(job: Job<{ fate: Fate }>): Promise<string> {
  const { kind, failures, workMs } = job.data.fate;
  const tries = job.retryCount ?? 0;
  if (kind === "killed" && tries === 0) {
    report({ doomed: job.id });
    await delay(600_000);
  }
  await delay(workMs);
  if (tries < failures) throw new PaymentError(`the bank refused ${job.id.slice(0, 8)} (try ${tries + 1})`);
  count(queue === "emails" ? { emails: 1 } : { items: 1 + (workMs % 5) });
  return "done";
}

/** Writes synchronously, so that the line is on disk even if the process is killed in the next instant. */
function note(what: string, id: string): void {
  appendFileSync(journal, `${what} ${id}\n`);
}
