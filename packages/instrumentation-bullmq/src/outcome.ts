import { fromMillis, isoOfMillis, now } from "@jobtrail/core/event";
import type { JobError } from "@jobtrail/core/event";
import { guard, tell } from "@jobtrail/core/recorder";
import type { OpenRun, Recorder } from "@jobtrail/core/recorder";

import { all, wrap } from "@jobtrail/instrumentation/adapter";
import type { Undo } from "@jobtrail/instrumentation/adapter";
import type { HrTime } from "@opentelemetry/api";
import type { Job } from "bullmq";
import { idAlone, knownById, knownOf, uidOf } from "./job.ts";
import type { Place } from "./job.ts";
import { readyAt } from "./ready.ts";
import { endRun, runOf } from "./run.ts";

type Seen = (worker: Place, args: readonly unknown[], to: Recorder) => void;

/** What workers tell their listeners, recorded before any listener runs. */
const emitted: Readonly<Record<string, Seen>> = { completed, failed, progress, stalled };

/** Watches `Worker#emit`, and the check for stalled jobs. A listener of our own could change what `error` does. */
export function watchOutcomes(Class: unknown, to: Recorder): Undo {
  const { prototype } = Class as { prototype: unknown };
  return all([
    wrap(
      prototype,
      "emit",
      (original) =>
        function (this: unknown, ...args) {
          const seen = typeof args[0] === "string" && Object.hasOwn(emitted, args[0]) ? emitted[args[0]] : undefined;
          if (seen !== undefined) guard(`bullmq: ${String(args[0])}`, () => seen(this as Place, args.slice(1), to));
          return original.apply(this, args as unknown[]);
        },
    ),
    wrap(
      prototype,
      "moveStalledJobsToWait",
      (original) =>
        function (this: unknown, ...args) {
          checks.set(this as Place, now());
          return original.apply(this, args as unknown[]);
        },
    ),
  ]);
}

/** When workers last began to look for stalled jobs: what they find may run again before they are told. */
const checks = new WeakMap<Place, HrTime>();

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

function failed(_: Place, [failedJob, thrown]: readonly unknown[], to: Recorder): void {
  const job = failedJob as Job | undefined;
  if (job === undefined) return;
  // BullMQ emits 'failed' on every attempt; only a final one has finishedOn.
  const final = typeof job.finishedOn === "number";
  const error = to.error(thrown);
  const run = runOf(job);
  if (run === undefined) return final ? failedWithoutRun(job, error, to) : undefined;
  endRun(job, {
    error,
    attributes: {
      "job.run.result": "failure",
      "job.run.final": final,
      "job.state": final ? "failed" : "retrying",
      "job.status.native": final ? "failed" : job.delay > 0 ? "delayed" : "waiting",
    },
  });
  if (!final) retried(run, job);
}

function retried(run: OpenRun, job: Job): void {
  const next = Date.now() + (job.delay > 0 ? job.delay : 0);
  readyAt(uidOf(job), next);
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

/** A job that a worker takes only to fail it: it stalled or was started too often, or a child failed it. */
function failedWithoutRun(job: Job, error: JobError, to: Recorder): void {
  const [, often] = /^job (stalled|started) more than/.exec(error.message ?? "") ?? [];
  to.emit({
    name: "job.ended",
    time: fromMillis(job.finishedOn ?? Date.now()),
    seen: now(),
    error: often === "stalled" ? { ...error, type: "worker_lost" } : error,
    attributes: {
      ...knownOf(to, job),
      "job.run.result": often === undefined ? "failure" : "error",
      "job.state": "failed",
      "job.status.native": "failed",
    },
  });
}

function progress(_: Place, [job, value]: readonly unknown[]): void {
  const attributes = typeof value === "number" && Number.isFinite(value) ? { "job.progress": value } : {};
  runOf(job as Job)?.emit({ name: "job.run.progress", time: now(), seen: now(), attributes });
}

/** Only the id is told. */
function stalled(worker: Place, [id]: readonly unknown[], to: Recorder): void {
  const time = checks.get(worker) ?? now();
  knownById(to, worker, String(id))
    .then((known) =>
      to.emit({
        name: "job.stalled",
        time,
        seen: now(),
        // It may be done and removed by now.
        attributes: {
          ...(known ?? idAlone(worker, String(id))),
          "job.state": "stalled",
          "job.status.native": "stalled",
        },
      }),
    )
    .catch((error: unknown) => tell("bullmq: stalled", error));
}
