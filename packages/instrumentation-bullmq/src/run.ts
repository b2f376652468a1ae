import { fromMillis, isoOfMillis, now, runUid, secondsBetween } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { guard } from "@jobtrail/core/recorder";
import type { OpenRun, Recorder } from "@jobtrail/core/recorder";

import { all, outcome, wrap } from "@jobtrail/instrumentation/adapter";
import type { Call, Undo } from "@jobtrail/instrumentation/adapter";
import type { JobAttributes } from "@jobtrail/conventions";
import type { Job, Worker } from "bullmq";
import { spanOfBullMQ } from "./asking.ts";
import { carried, wasBlocked } from "./carrier.ts";
import { createdOf, definitionOf, jobAttributes, nominalOf } from "./job.ts";
import { putBack } from "./put-back.ts";
import { takeReady } from "./ready.ts";

/** Runs at work, by BullMQ's own job objects: each start has one of its own. */
const open = new WeakMap<Job, OpenRun>();

/** The run that a job object stands for, while it has no outcome. */
export const runOf = (job: Job): OpenRun | undefined => open.get(job);

/** Ends a job object's run. */
export function endRun(job: Job, ended: Omit<JobEvent, "name" | "seen">): void {
  open.get(job)?.end({ name: "job.run.ended", seen: now(), ...ended });
  open.delete(job);
}

/** Watches the call of the processor, and the clean-up around it. */
export function watchWorkers(Class: unknown, to: Recorder): Undo {
  const { prototype } = Class as { prototype: unknown };
  let watched = true;
  return all([
    wrap(prototype, "callProcessJob", (original) => running(original, to)),
    wrap(
      prototype,
      "processJob",
      (original) =>
        function (this: unknown, ...args) {
          const over = (): void => withoutOutcome(args[0] as Job, this as Worker, watched);
          return outcome("bullmq: clean-up", original.apply(this, args as unknown[]), over, over);
        },
    ),
    () => {
      watched = false;
    },
  ]);
}

/** BullMQ awaits what a processor gives, so that a promise may stand for it: also of one that throws at once, or is lazy. */
const running = (original: Call, to: Recorder): Call =>
  function (this: unknown, ...args) {
    const job = args[0] as Job;
    const run = guard("bullmq: start", () => start(this as Worker, job, to));
    if (run === undefined) return original.apply(this, args as unknown[]);
    return outcome(
      "bullmq: settle",
      run.within(async () => await original.apply(this, args as unknown[])),
      () => run.settled(now()),
      (thrown) => {
        const deferred = putBack(job, thrown);
        if (deferred === undefined) run.settled(now(), to.error(thrown));
        else endRun(job, { time: now(), attributes: deferred });
      },
    );
  };

function start(worker: Worker, job: Job, to: Recorder): OpenRun {
  const time = now();
  const from = carried(job);
  const attributes = jobAttributes(job);
  const uid = attributes["job.uid"] ?? "";
  const blocked = wasBlocked(from);
  const wait = waitOf(job, uid, blocked, time);
  const run = to.start(
    definitionOf(to, job),
    {
      name: "job.run.started",
      time,
      seen: time,
      attributes: {
        ...attributes,
        ...(blocked && { "job.trigger.type": "dependency" }),
        // The stored start and its number, which every observer can read; in one millisecond there may be two.
        "job.run.uid": runUid(uid, `${job.processedOn ?? 0}.${job.attemptsStarted}`),
        "job.run.number": Math.max(1, job.attemptsStarted),
        "job.run.attempt": job.attemptsMade + 1,
        "job.created_at": isoOfMillis(createdOf(job)),
        ...(wait !== undefined && { "job.run.wait": wait }),
        ...(worker.opts.name !== undefined && { "job.worker.name": worker.opts.name }),
        ...scheduled(job, time),
      },
    },
    { from, adopt: spanOfBullMQ(worker) },
  );
  open.set(job, run);
  return run;
}

/** When a scheduler meant the job to start, and how late it is; a retry is not late for its schedule. */
function scheduled(job: Job, time: JobEvent["seen"]): JobAttributes {
  const nominal = nominalOf(job);
  if (nominal === undefined) return {};
  const isFirst = job.attemptsStarted <= 1;
  return {
    "job.schedule.nominal_time": isoOfMillis(nominal),
    ...(isFirst && { "job.schedule.lateness": Math.max(0, secondsBetween(fromMillis(nominal), time)) }),
  };
}

/** Seconds from when the job could have started; unknown after another process's put-back, and after children. */
function waitOf(job: Job, uid: string, blocked: boolean, time: JobEvent["seen"]): number | undefined {
  const again = takeReady(uid);
  if (again === undefined && (job.attemptsStarted > 1 || blocked)) return undefined;
  const ready = again ?? nominalOf(job) ?? createdOf(job) + (job.opts.delay ?? 0);
  return Math.max(0, secondsBetween(fromMillis(ready), time));
}

/** Ends a run whose end BullMQ tells nobody: it stores no outcome once the lock is lost, or the worker closed by force. */
function withoutOutcome(job: Job, worker: Worker, watched: boolean): void {
  if (!watched) return endRun(job, { attributes: { "job.reason": "no longer watched" } });
  const { closing } = (worker as unknown as { backend: { closing?: unknown } }).backend;
  const [type, reason] = closing
    ? ["worker_closed", "the worker was closed"]
    : ["lock_lost", "the job's lock was lost"];
  endRun(job, {
    error: { type, message: `The work ended, but its outcome could not be stored: ${reason}.` },
    // It is on BullMQ's list of active jobs still, until a check for stalled jobs finds it.
    attributes: { "job.run.result": "error", "job.state": "stalled", "job.reason": reason },
  });
}
