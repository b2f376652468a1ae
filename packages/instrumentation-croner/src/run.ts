import { ROOT_CONTEXT, context, trace } from "@opentelemetry/api";
import type { JobAttributes } from "@jobtrail/conventions";
import { isoOfMillis, jobUid, now, processInstance, runUid, toMillis } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { asked, guard, inject } from "@jobtrail/core/recorder";
import type { OpenRun, Recorder } from "@jobtrail/core/recorder";
import type { Call } from "@jobtrail/instrumentation";
import { nextTime } from "./schedule.ts";
import type { Cron, Schedule, Schedules } from "./schedule.ts";

/** croner's call of the function: for a nominal time, or because somebody called `trigger`. */
export function trigger(original: Call, cron: Cron, args: readonly unknown[], known: Schedules, to: Recorder): unknown {
  const lent = guard("croner: start", () => start(cron, known, to));
  if (lent === undefined) return original.apply(cron, args as unknown[]);
  // The `catch` callback belongs to the run too, so the whole call is made inside it.
  const result = lent.run.within(() => original.apply(cron, args as unknown[]));
  guard("croner: start", lent.takeBack);
  return result;
}

/** A run whose function is lent to croner for one call. */
interface Lent {
  readonly run: OpenRun;
  readonly takeBack: () => void;
}

function start(cron: Cron, known: Schedules, to: Recorder): Lent | undefined {
  const schedule = known.of(cron);
  const nominal = schedule.due;
  schedule.due = undefined;
  const { fn } = cron;
  if (typeof fn !== "function" || schedule.definition.ignored) return undefined;

  // The `catch` option swallows errors before croner's own call ends, so the function itself is
  // watched; for one call only, so that every run knows its own and nothing is left behind.
  const lent: Call = function (...given) {
    cron.fn = fn;
    const call = (): unknown => fn.apply(this, given as unknown[]);
    return run === undefined ? call() : work(run, call, to);
  };
  if (!Reflect.set(cron, "fn", lent)) return undefined;
  const run = guard("croner: start", () => open(cron, schedule, nominal, to));
  return run && { run, takeBack: () => takeBack(cron, fn, lent, run) };
}

/** croner calls the function at once; if it did not, the run never was. */
function takeBack(cron: Cron, fn: Call, lent: Call, run: OpenRun): void {
  if (cron.fn !== lent) return;
  cron.fn = fn;
  const time = now();
  run.end({
    name: "job.run.ended",
    time,
    seen: time,
    attributes: { "job.run.result": "skip", "job.run.final": true, "job.state": "cancelled" },
  });
}

function open(cron: Cron, schedule: Schedule, nominal: number | undefined, to: Recorder): OpenRun {
  const time = now();
  const started: JobEvent = {
    name: "job.run.started",
    time,
    seen: time,
    attributes: {
      ...identity(schedule, nominal, toMillis(time), to),
      "job.run.number": 1,
      "job.run.attempt": 1,
      "job.state": "active",
      ...(nominal === undefined
        ? { "job.trigger.type": "manual" }
        : scheduled(cron, schedule, nominal, toMillis(time))),
    },
  };
  // Timers keep the context that the schedule was made in; only who calls `trigger` asks for this run.
  const from = nominal === undefined ? inject(trace.getActiveSpan()?.spanContext(), asked()) : undefined;
  return context.with(ROOT_CONTEXT, () =>
    to.start(schedule.definition, started, { from, scheduledBy: schedule.madeIn }),
  );
}

const scheduled = (cron: Cron, { trigger: type }: Schedule, nominal: number, at: number): JobAttributes => ({
  "job.trigger.type": type,
  "job.schedule.nominal_time": isoOfMillis(nominal),
  "job.schedule.lateness": Math.max(0, at - nominal) / 1000,
  ...nextTime(cron, new Date(at)),
});

let again = 0;

/**
 * One job per process, schedule and nominal time: two replicas that tick at once have two jobs.
 * A run by hand has no nominal time; its own time and a count stand for it.
 */
function identity(
  { id, toldUntil }: Schedule,
  nominal: number | undefined,
  at: number,
  { options }: Recorder,
): JobAttributes {
  // Set back, the clock brings a nominal time twice.
  const isNew = nominal !== undefined && nominal > toldUntil;
  const mark = `${isoOfMillis(nominal ?? at)}${isNew ? "" : `#${++again}`}`;
  const uid = jobUid({
    system: "croner",
    namespace: options.namespace,
    queue: id,
    id: `${processInstance}/${mark}`,
  });
  return { "job.id": `${id}@${mark}`, "job.uid": uid, "job.run.uid": runUid(uid, 1) };
}

/** Calls the function, and hands on what it gives or throws as it is. */
function work(run: OpenRun, call: () => unknown, to: Recorder): unknown {
  const done = (value: unknown): unknown => guard("croner: end", () => end(run, to, value));
  const failed = (thrown: unknown): unknown => guard("croner: end", () => fail(run, to, thrown));
  let result: unknown;
  try {
    result = call();
  } catch (thrown) {
    failed(thrown);
    throw thrown;
  }
  if (typeof result !== "function" && (typeof result !== "object" || result === null)) {
    done(result);
    return result;
  }
  // croner only waits for what it is given, so a lazy thenable, which works when it is asked, is asked
  // once. A rejection stays croner's to handle or not: the watching branch never rejects.
  const settled = Promise.resolve(result);
  void settled.then(done, failed);
  return settled;
}

function end(run: OpenRun, to: Recorder, value: unknown): void {
  const time = now();
  run.end({
    name: "job.run.ended",
    time,
    seen: time,
    attributes: {
      "job.run.result": "success",
      "job.run.final": true,
      "job.state": "completed",
      ...to.output(value),
    },
  });
}

function fail(run: OpenRun, to: Recorder, thrown: unknown): void {
  const time = now();
  run.end({
    name: "job.run.ended",
    time,
    seen: time,
    error: to.error(thrown),
    attributes: { "job.run.result": "failure", "job.run.final": true, "job.state": "failed" },
  });
}
