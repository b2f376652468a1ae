import { jobUid, runUid } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";

const uid = jobUid({ system: "bullmq", namespace: "shop", queue: "email", id: "17" });

const job = {
  "job.system.name": "bullmq",
  "job.namespace": "shop",
  "job.queue.name": "email",
  "job.name": "welcome",
  "job.id": "17",
  "job.uid": uid,
  "job.record.source": "hook",
} as const;

const run = (number: number): JobEvent["attributes"] => ({
  ...job,
  "job.run.uid": runUid(uid, number),
  "job.run.number": number,
});

const at = (seconds: number): Pick<JobEvent, "time" | "seen"> => ({
  time: [1_700_000_000 + seconds, 250_000_123],
  seen: [1_700_000_000 + seconds, 250_000_123],
});

/** A job of BullMQ's that failed once and then was done. */
export const told: readonly JobEvent[] = [
  {
    name: "job.queued",
    ...at(0),
    attributes: { ...job, "job.trigger.type": "api", "job.actor.type": "user", "job.actor.id": "ada" },
  },
  { name: "job.run.started", ...at(1), attributes: run(1) },
  {
    name: "job.run.ended",
    ...at(3),
    attributes: { ...run(1), "job.run.result": "failure", "job.run.final": false, "job.run.duration": 2 },
    error: { type: "ECONNRESET", message: "the mail server hung up" },
  },
  { name: "job.run.started", ...at(10), attributes: run(2) },
  {
    name: "job.run.ended",
    ...at(14),
    attributes: { ...run(2), "job.run.result": "success", "job.run.final": true, "job.run.duration": 4 },
  },
];
