import { contexts, inject } from "@jobtrail/core/recorder";
import { ROOT_CONTEXT, trace } from "@opentelemetry/api";
import type { HrTime, Span, SpanContext } from "@opentelemetry/api";
import { fromMillis, now, runUid, secondsBetween, toMillis } from "@jobtrail/core/event";
import type { JobError } from "@jobtrail/core/event";
import type { Batch, Carrier, OpenRun } from "@jobtrail/core/recorder";
import type { Around } from "./around.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { errorOf } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";
import type { JobReading } from "./reading.ts";
import { endedValues, retryValues, startedValues } from "./values.ts";
import { making } from "./yielding.ts";

/** A job that is about to be worked. */
export interface Work {
  /** What stands for this run and no other, such as the library's own job object. */
  readonly key: unknown;
  readonly reading: JobReading;
  /** The span that was active where the job's schedule was made. */
  readonly scheduledBy?: SpanContext | undefined;
  /** The context that is around is not the asker's, such as a timer's: it is left. */
  readonly isTimed?: boolean | undefined;
}

/** How jobs are worked. */
export interface Working {
  /** How the outcome becomes known: by what the work gives, or later by `end`. */
  readonly outcome?: "return" | "later";
  /** The span that the library made for the work. */
  readonly adopt?: Span | undefined;
  /** The outcome of a run whose error says that it put its job back. */
  readonly putBack?: ((thrown: unknown) => Outcome | undefined) | undefined;
  readonly worker?: string | undefined;
  /** Sees what the work gave or threw, before anything is recorded of it. */
  readonly settled?: ((by: { readonly value: unknown } | { readonly thrown: unknown }) => void) | undefined;
}

/** Runs. */
export interface Running {
  /** Opens a run for each job; the around is for the call of the work. Nothing where none is watched. */
  run(work: readonly Work[], how?: Working): Around | undefined;
  /** The work is over: this is the run's end time. */
  settle(key: unknown, thrown?: unknown): void;
  /** The outcome is known. Does nothing where no run is open; tells whether one was. */
  end(key: unknown, outcome: Outcome): boolean;
  isOpen(key: unknown): boolean;
  /** What an open run hands on to where its work is done, such as a thread's environment; empty where nothing may travel. */
  carrier(key: unknown): Carrier;
  progress(key: unknown, value: unknown): void;
  /** Ends all open runs with this reason and no result. */
  abandon(reason: string): void;
}

/** A run that has no outcome yet. */
interface Open {
  readonly run: OpenRun;
  readonly uid: string | undefined;
  readonly batch: OpenBatch | undefined;
}

/** The span of several runs ends with the last of them. */
interface OpenBatch {
  readonly batch: Batch;
  readonly size: number;
  left: number;
  worst: JobError | undefined;
}

const unknownEnd: JobError = {
  type: "outcome_lost",
  message: "The job was started again before the outcome of this run was known.",
};

/** What is known of runs, and where it goes. */
interface Runs {
  readonly life: Lifecycle;
  readonly open: Map<unknown, Open>;
}

/** Watches runs. */
export function running(life: Lifecycle): Running {
  const runs: Runs = { life, open: new Map() };
  return {
    run: (work, how = {}) => begin(runs, work, how),
    settle: (key, thrown) => settle(runs, key, thrown),
    end: (key, outcome) => end(runs, key, outcome),
    isOpen: (key) => runs.open.has(key),
    carrier(key) {
      const run = runs.open.get(key)?.run;
      return run === undefined || !life.recorder.options.propagation
        ? {}
        : inject(trace.getSpanContext(run.context), {});
    },
    progress(key, value) {
      const time = now();
      const attributes = typeof value === "number" && Number.isFinite(value) ? { "job.progress": value } : {};
      runs.open.get(key)?.run.emit({ name: "job.run.progress", time, seen: time, attributes });
    },
    abandon(reason) {
      for (const key of runs.open.keys()) end(runs, key, { reason });
    },
  };
}

/** Opens the runs, and gives what is put around their work. */
function begin(runs: Runs, work: readonly Work[], how: Working): Around | undefined {
  const { kinds } = runs.life;
  const watched = work.filter(({ reading }) => !kinds.definition(reading).ignored);
  const first = watched[0];
  if (first === undefined) return undefined;
  const batch = watched.length > 1 ? batchOf(runs, watched, how) : undefined;
  const run = first.isTimed === true ? contexts.with(ROOT_CONTEXT, openAll) : openAll();
  const isLater = how.outcome === "later";
  return {
    awaited: true,
    within: (go) => making(() => (batch === undefined ? run.within(go) : batch.batch.within(run, go))),
    returned(value) {
      how.settled?.({ value });
      for (const { key } of watched)
        if (isLater) settle(runs, key);
        else end(runs, key, { result: "success", final: true, value });
    },
    threw(thrown) {
      how.settled?.({ thrown });
      const deferred = how.putBack?.(thrown);
      for (const { key } of watched)
        if (isLater && deferred === undefined) settle(runs, key, thrown);
        else end(runs, key, deferred ?? { result: "failure", final: true, thrown });
    },
  };

  /** Opens all runs, and gives the first. */
  function openAll(): OpenRun {
    const opened = watched.map((each) => start(runs, each, how, batch));
    return (opened[0] as Open).run;
  }
}

function batchOf({ life }: Runs, work: readonly Work[], how: Working): OpenBatch | undefined {
  const [first] = work;
  if (first === undefined) return undefined;
  const time = now();
  const batch = life.recorder.batch(
    life.kinds.definition({ ...kindOf(first.reading), schedule: undefined }),
    { name: "job.run.started", time, seen: time, attributes: { "job.batch.size": work.length } },
    work.map(({ reading }): Carrier | undefined => reading.carried),
    how.adopt,
  );
  return { batch, size: work.length, left: work.length, worst: undefined };
}

function start(runs: Runs, { key, reading, scheduledBy }: Work, how: Working, batch?: OpenBatch): Open {
  // The library starts it again, so nobody will tell how the run before ended.
  if (runs.open.has(key)) end(runs, key, { result: "error", error: unknownEnd });
  const { kinds, recorder, ready } = runs.life;
  const time = now();
  const atMs = toMillis(time);
  const uid = kinds.uid(reading);
  const { nominal, runMark, runNumber } = reading;
  // A retry is not late for its schedule.
  const isOnTime = nominal === undefined || (runNumber !== undefined && runNumber > 1);
  const said = startedValues(reading, {
    uid,
    runUid: uid === undefined ? undefined : runUid(uid, runMark ?? Math.round(atMs)),
    wait: secondsSince(laterOf(ready.take(uid), reading.ready), time),
    lateness: isOnTime ? undefined : secondsSince(nominal, time),
    worker: how.worker,
    batchSize: batch?.size,
  });
  const run = recorder.start(
    kinds.definition(reading),
    { name: "job.run.started", time, seen: time, keys: said.keys, values: said.values },
    { from: reading.carried, scheduledBy, ...(batch === undefined ? { adopt: how.adopt } : { batch: batch.batch }) },
  );
  const opened = { run, uid, batch };
  runs.open.set(key, opened);
  return opened;
}

function settle({ life, open }: Runs, key: unknown, thrown?: unknown): void {
  open.get(key)?.run.settled(now(), thrown === undefined ? undefined : life.recorder.error(thrown));
}

function end({ life, open }: Runs, key: unknown, outcome: Outcome): boolean {
  const found = open.get(key);
  if (found === undefined) return false;
  open.delete(key);
  const { run, uid, batch } = found;
  const { recorder, ready } = life;
  const time = now();
  const error = errorOf(outcome, recorder);
  const { keys, values } = endedValues(outcome);
  run.end({ name: "job.run.ended", time, seen: time, keys, values, attributes: recorder.output(outcome.value), error });
  const { retry, result, state, until } = outcome;
  if (retry !== undefined) {
    ready.set(uid, retry.at);
    const next = retryValues(retry.attempt, retry.at);
    run.emit({ name: "job.retry_scheduled", time: now(), seen: now(), keys: next.keys, values: next.values });
  } else if (result === "deferred" && state !== "blocked") ready.set(uid, until ?? toMillis(time));
  if (batch !== undefined) {
    batch.worst ??= error;
    if (--batch.left === 0) batch.batch.end(batch.worst);
  }
  return true;
}

const kindOf = ({ namespace, queue, name, schedule, expression, timezone }: JobReading) => ({
  namespace,
  queue,
  name,
  schedule,
  expression,
  timezone,
});

const laterOf = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined ? other : other === undefined ? one : Math.max(one, other);

/** Seconds from a time in milliseconds; nothing where that is not known. */
const secondsSince = (ms: number | undefined, time: HrTime): number | undefined =>
  ms === undefined ? undefined : Math.max(0, secondsBetween(fromMillis(ms), time));
