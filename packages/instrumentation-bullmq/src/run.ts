import { carrierOf, fromMillis, guard, isoOfMillis, now, runUid, secondsBetween } from "@jobtrail/core";
import type { JobEvent, OpenRun, Recorder } from "@jobtrail/core";
import { all, outcome, wrap } from "@jobtrail/instrumentation";
import type { Undo } from "@jobtrail/instrumentation";
import type { JobAttributes, JobState } from "@jobtrail/conventions";
import type { Job, Worker } from "bullmq";
import { spanOfBullMQ } from "./enqueue.ts";
import { definitionOf, jobAttributes, nominalOf, placeOf, uidOf } from "./job.ts";

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
  return all([
    wrap(
      prototype,
      "callProcessJob",
      (original) =>
        function (this: unknown, ...args) {
          const job = args[0] as Job;
          const run = guard("bullmq: start", () => start(this as Worker, job, to));
          const work = (): unknown => original.apply(this, args as unknown[]);
          if (run === undefined) return work();
          return outcome(
            "bullmq: settle",
            run.within(work),
            () => run.settled(now()),
            (thrown) => settledBadly(run, job, thrown, to),
          );
        },
    ),
    wrap(
      prototype,
      "processJob",
      (original) =>
        function (this: unknown, ...args) {
          const job = args[0] as Job;
          const over = (): void => withoutOutcome(job);
          return outcome("bullmq: clean-up", original.apply(this, args as unknown[]), over, over);
        },
    ),
  ]);
}

function start(worker: Worker, job: Job, to: Recorder): OpenRun {
  const time = now();
  const uid = uidOf(placeOf(job), job.id ?? "", job.timestamp);
  const wait = waitOf(job, uid, time);
  const run = to.start(
    definitionOf(to, job),
    {
      name: "job.run.started",
      time,
      seen: time,
      attributes: {
        ...jobAttributes(job),
        // The stored start and its number, which every observer can read; in one millisecond there may be two.
        "job.run.uid": runUid(uid, `${job.processedOn ?? 0}.${job.attemptsStarted}`),
        "job.run.number": Math.max(1, job.attemptsStarted),
        "job.run.attempt": job.attemptsMade + 1,
        "job.created_at": isoOfMillis(job.timestamp),
        ...(wait !== undefined && { "job.run.wait": wait }),
        ...(worker.opts.name !== undefined && { "job.worker.name": worker.opts.name }),
        ...scheduled(job, time),
      },
    },
    {
      from: carrierOf(job.opts.telemetry?.metadata),
      adopt: spanOfBullMQ(worker as unknown as Parameters<typeof spanOfBullMQ>[0]),
    },
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

/** When jobs that will be tried again may start, in milliseconds; BullMQ does not store it. */
const ready = new Map<string, number>();
const mostReady = 1024;

/** Remembers when a job's next try may start, so that the wait before it can be told. */
export function readyAt(uid: string, ms: number): void {
  ready.set(uid, ms);
  if (ready.size > mostReady) ready.delete(ready.keys().next().value ?? "");
}

/** Seconds from when the job could have started; unknown for a retry after another process's failure. */
function waitOf(job: Job, uid: string, time: JobEvent["seen"]): number | undefined {
  const known = ready.get(uid);
  ready.delete(uid);
  if (known === undefined && job.attemptsStarted > 1) return undefined;
  return Math.max(
    0,
    secondsBetween(fromMillis(known ?? nominalOf(job) ?? job.timestamp + (job.opts.delay ?? 0)), time),
  );
}

/** Errors by which a processor puts its job back: BullMQ knows them by name, and the last by its message. */
const putBacks: Readonly<Record<string, readonly [reason: string, state: JobState]>> = {
  DelayedError: ["delayed", "scheduled"],
  WaitingError: ["put back to wait", "waiting"],
  WaitingChildrenError: ["waiting for its children", "blocked"],
  RateLimitError: ["rate limited", "waiting"],
};
const rateLimited = "bullmq:rateLimitExceeded";

function settledBadly(run: OpenRun, job: Job, thrown: unknown, to: Recorder): void {
  const time = now();
  const { name, message } = (thrown ?? {}) as { name?: string; message?: string };
  const putBack = message === rateLimited ? putBacks["RateLimitError"] : putBacks[name ?? ""];
  if (putBack === undefined) return run.settled(time, to.error(thrown));
  const [reason, state] = putBack;
  endRun(job, {
    time,
    attributes: {
      "job.run.result": "deferred",
      "job.run.final": false,
      "job.reason": reason,
      "job.state": state,
      ...(state === "scheduled" &&
        job.delay > 0 &&
        ({ "job.available_at": isoOfMillis(Date.now() + job.delay) } as JobAttributes)),
    },
  });
}

/** BullMQ emits neither `completed` nor `failed` where the job's lock was lost or the worker was closed. */
function withoutOutcome(job: Job): void {
  endRun(job, {
    error: {
      type: "lock_lost",
      message: "The work ended, but its outcome could not be stored: the job's lock was lost.",
    },
    attributes: { "job.run.result": "error", "job.reason": "lock lost" },
  });
}
