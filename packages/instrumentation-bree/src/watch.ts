import { AsyncLocalStorage } from "node:async_hooks";
import type { Recorder } from "@jobtrail/core/recorder";
import { fired, intervalFrom, tap, watcherOf } from "@jobtrail/instrumentation/adapter";
import type { Adapter, Around, Jobs, Schedules, Tick, Watcher } from "@jobtrail/instrumentation/adapter";
import { isPattern, jobOf, periodOf, reader, recurs } from "./job.ts";
import type { Bree, Schedule } from "./job.ts";
import { laterTaps } from "./later.ts";
import { bree } from "./system.ts";
import { follow } from "./worker.ts";
import type { Worker } from "./worker.ts";

/** The call that is being made: `start`, whose timers keep it, or `run`, in which the worker is created. */
type Call = { readonly starts: Schedule } | { readonly runs: Schedule; readonly how: Tick };

/** What both of Bree's files share. */
interface Shared {
  readonly calls: AsyncLocalStorage<Call | undefined>;
}

const breeAdapter =
  ({ calls }: Shared): Adapter =>
  (jobs) => ({
    "."(exports) {
      // The module is the class itself; an ES module is given it as its default.
      const { prototype } = (typeof exports === "function" ? exports : (exports as { default: unknown }).default) as {
        readonly prototype: unknown;
      };
      const schedules = jobs.schedules(reader);
      const known = new WeakMap<Bree, Map<string, Schedule>>();
      const scheduleOf = (instance: Bree, name: string): Schedule => {
        const all = known.get(instance) ?? new Map<string, Schedule>();
        known.set(instance, all);
        const found = all.get(name) ?? {
          bree: instance,
          name,
          once: undefined,
          interval: undefined,
          pattern: undefined,
        };
        all.set(name, found);
        return found;
      };
      return [
        tap<Bree, [string?]>(prototype, "start", (instance, [name]) =>
          name === undefined ? undefined : starting(scheduleOf(instance, name), schedules, calls),
        ),
        tap<Bree, [string?]>(prototype, "stop", (instance, [name]) => {
          if (name !== undefined) schedules.gone(scheduleOf(instance, name), "stopped");
        }),
        tap<Bree, [string?]>(prototype, "run", (instance, [name]) =>
          name === undefined ? undefined : running(scheduleOf(instance, name), schedules, calls),
        ),
        tap<Bree, [string, WorkerOptions]>(prototype, "createWorker", (instance, args) => {
          const name = args[1].workerData?.job?.name;
          return name === undefined ? undefined : working(jobs, schedules, scheduleOf(instance, name), args, calls);
        }),
      ];
    },
  });

/** A job's timers are being set. They keep the call, by which their runs are told from those by hand. */
function starting(schedule: Schedule, schedules: Schedules<Schedule>, calls: Shared["calls"]): Around {
  return {
    within: (go) => calls.run({ starts: schedule }, go),
    returned() {
      const job = jobOf(schedule);
      const at = Date.now();
      const period = periodOf(job);
      const waits = typeof job?.timeout === "number" || isPattern(job?.timeout);
      schedule.once = job?.date?.getTime() ?? (typeof job?.timeout === "number" ? at + job.timeout : undefined);
      schedule.interval =
        schedule.once === undefined && !waits && period !== undefined ? intervalFrom(at, period) : undefined;
      if (!waits && !isPattern(job?.interval)) schedule.pattern = undefined;
      schedules.made(schedule);
    },
  };
}

/** A run was asked for: by a timer, or by hand. Where the worker before is at work, Bree only warns. */
function running(schedule: Schedule, schedules: Schedules<Schedule>, calls: Shared["calls"]): Around | undefined {
  const call = calls.getStore();
  const isTimed = call !== undefined && "starts" in call && call.starts === schedule;
  const how: Tick = isTimed ? { isTimed, nominalMs: dueOf(schedule) } : {};
  if (schedule.bree.workers.has(schedule.name)) {
    if (how.nominalMs !== undefined) schedules.missed(schedule, "overlap", how.nominalMs);
    return undefined;
  }
  return { within: (go) => calls.run({ runs: schedule, how }, go) };
}

/** The time that is due, now that a timer has fired. After a date or a timeout, the interval begins. */
function dueOf(schedule: Schedule): number | undefined {
  const at = Date.now();
  const { once, interval, pattern } = schedule;
  if (interval !== undefined) return fired(interval, at);
  const job = jobOf(schedule);
  const period = periodOf(job);
  schedule.once = undefined;
  if (period !== undefined) schedule.interval = intervalFrom(at, period);
  if (!isPattern(job?.interval)) schedule.pattern = undefined;
  return once ?? pattern?.dueMs;
}

/** What a worker is created with. */
interface WorkerOptions {
  readonly workerData?: { readonly job?: { readonly name?: string } };
  readonly env?: unknown;
}

/** The worker of a run is being created. */
function working(
  jobs: Jobs,
  schedules: Schedules<Schedule>,
  schedule: Schedule,
  [filename, options]: readonly [string, WorkerOptions],
  calls: Shared["calls"],
): Around | undefined {
  const call = calls.getStore();
  const how = call !== undefined && "runs" in call && call.runs === schedule ? call.how : {};
  const work = schedules.tick(schedule, how);
  const key = work[0]?.key;
  const around = jobs.run(work, { outcome: "later" });
  const job = jobOf(schedule);
  if (how.isTimed === true && recurs(job)) schedules.made(schedule);
  else if (how.isTimed === true) schedules.gone(schedule, "ended");
  if (around === undefined) return undefined;
  const limitMs = job?.closeWorkerAfterMs ?? schedule.bree.config.closeWorkerAfterMs ?? 0;
  return {
    args: [filename, { ...options, ...environmentOf(options, jobs.carrier(key)) }],
    // What the worker causes later is no part of the call that asked for it.
    within: (go) => around.within?.(() => calls.run(undefined, go)),
    returned: (worker) => follow(jobs, worker as Worker, { limitMs, end: (outcome) => void jobs.end(key, outcome) }),
    threw: (thrown) => jobs.end(key, { result: "failure", final: true, thrown }),
  };
}

/** The thread's environment with the run's context; one that is shared with the process stays as it is. */
function environmentOf({ env }: WorkerOptions, carrier: Readonly<Record<string, string>>): { env?: object } {
  const { traceparent, tracestate } = carrier;
  if (traceparent === undefined || typeof env === "symbol") return {};
  const own = typeof env === "object" && env !== null ? env : process.env;
  return { env: { ...own, TRACEPARENT: traceparent, ...(tracestate !== undefined && { TRACESTATE: tracestate }) } };
}

const laterAdapter =
  ({ calls }: Shared): Adapter =>
  (jobs) => ({
    ".": (later) =>
      laterTaps(jobs, later, (pattern) => {
        const call = calls.getStore();
        if (call !== undefined && "starts" in call) call.starts.pattern = pattern;
      }),
  });

/** Watches Bree with a recorder. */
export function watcher(recorder: Recorder): Watcher {
  const shared: Shared = { calls: new AsyncLocalStorage() };
  return watcherOf(bree, { "Bree 9": breeAdapter(shared), "later 4 in Bree": laterAdapter(shared) })(recorder);
}
