import { fromMillis, guard, isoOfMillis, now, tell } from "@jobtrail/core";
import type { JobError, Recorder } from "@jobtrail/core";
import { wrap } from "@jobtrail/instrumentation";
import type { Undo } from "@jobtrail/instrumentation";
import type { Job } from "bullmq";
import { constantsOf, definitionOf, jobAttributes, uidOf, placeOf } from "./job.ts";
import type { Place } from "./job.ts";
import { endRun, readyAt, runOf } from "./run.ts";

type Seen = (place: Place, args: readonly unknown[], to: Recorder) => void;

/** What queues and workers tell their listeners, recorded before any listener runs. */
const emitted: Readonly<Record<string, Seen>> = { completed, failed, progress, stalled, removed };

/** Watches `QueueBase#emit`, which all of them share. A listener of our own could change what `error` does. */
export const watchEmitter = (Class: unknown, to: Recorder): Undo =>
  wrap(
    (Class as { prototype: unknown }).prototype,
    "emit",
    (original) =>
      function (this: unknown, ...args) {
        const seen = typeof args[0] === "string" && Object.hasOwn(emitted, args[0]) ? emitted[args[0]] : undefined;
        if (seen !== undefined) guard(`bullmq: ${String(args[0])}`, () => seen(this as Place, args.slice(1), to));
        return original.apply(this, args as unknown[]);
      },
  );

function completed(_: Place, [job, result]: readonly unknown[], to: Recorder): void {
  endRun(job as Job, {
    attributes: {
      "job.run.result": "success",
      "job.run.final": true,
      "job.state": "completed",
      "job.status.native": "completed",
      ...to.output(result),
    },
  });
}

function failed(_: Place, [job, thrown]: readonly unknown[], to: Recorder): void {
  if (job === undefined) return;
  const { finishedOn } = job as Job;
  // BullMQ emits 'failed' on every attempt; only a final one has finishedOn.
  const final = finishedOn !== undefined && finishedOn !== null;
  const error = to.error(thrown);
  if (runOf(job as Job) === undefined) return failedWithoutRun(job as Job, error, to);
  const run = runOf(job as Job);
  endRun(job as Job, {
    error,
    attributes: {
      "job.run.result": "failure",
      "job.run.final": final,
      "job.state": final ? "failed" : "retrying",
      "job.status.native": final ? "failed" : (job as Job).delay > 0 ? "delayed" : "waiting",
    },
  });
  if (!final && run !== undefined) retried(run, job as Job);
}

function retried(run: NonNullable<ReturnType<typeof runOf>>, job: Job): void {
  const next = Date.now() + (job.delay > 0 ? job.delay : 0);
  readyAt(uidOf(placeOf(job), job.id ?? "", job.timestamp), next);
  run.emit({
    name: "job.retry_scheduled",
    time: now(),
    seen: now(),
    attributes: {
      "job.retry.attempt": job.attemptsMade + 1,
      "job.available_at": isoOfMillis(next),
      "job.state": "retrying",
    },
  });
}

const stalledTooOften = "job stalled more than";

/** A job that a worker takes only to fail it: it stalled too often, or a child failed it. */
function failedWithoutRun(job: Job, error: JobError, to: Recorder): void {
  const lost = error.message?.startsWith(stalledTooOften) === true;
  to.emit({
    name: "job.ended",
    ...(job.finishedOn !== undefined && { time: fromMillis(job.finishedOn) }),
    seen: now(),
    error: lost ? { ...error, type: "worker_lost" } : error,
    attributes: {
      ...definitionOf(to, job).attributes,
      ...jobAttributes(job),
      "job.run.result": lost ? "error" : "failure",
      "job.state": "failed",
      "job.status.native": "failed",
    },
  });
}

function progress(_: Place, [job, value]: readonly unknown[]): void {
  if (typeof job !== "object" || job === null) return;
  const attributes = typeof value === "number" && Number.isFinite(value) ? { "job.progress": value } : {};
  runOf(job as Job)?.emit({ name: "job.run.progress", time: now(), seen: now(), attributes });
}

/** Only the id is told; the stored job is read once, for what makes its uid. */
function stalled(place: Place, [id]: readonly unknown[], to: Recorder): void {
  const time = now();
  const { Job: Class } = place as unknown as { Job?: { fromId(queue: unknown, id: string): Promise<Job | undefined> } };
  const read = Class?.fromId(place, String(id)) ?? Promise.resolve(undefined);
  const write = (job: Job | undefined): void =>
    to.emit({
      name: "job.stalled",
      time,
      seen: now(),
      attributes: {
        ...(job === undefined
          ? { ...constantsOf(place), "job.id": String(id) }
          : { ...definitionOf(to, job).attributes, ...jobAttributes(job) }),
        "job.state": "stalled",
        "job.status.native": "stalled",
      },
    });
  read.then(write, () => write(undefined)).catch((error: unknown) => tell("bullmq: stalled", error));
}

/** `job.remove` tells the job, `queue.remove` its id alone: such a record has no uid. */
function removed(place: Place, [removed]: readonly unknown[], to: Recorder): void {
  const known =
    typeof removed === "object" && removed !== null
      ? { ...definitionOf(to, removed as Job).attributes, ...jobAttributes(removed as Job) }
      : { ...constantsOf(place), "job.id": String(removed) };
  to.emit({
    name: "job.removed",
    time: now(),
    seen: now(),
    attributes: { ...known, "job.state": "removed", "job.reason": "removed by a call" },
  });
}
