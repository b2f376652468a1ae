import { trace } from "@opentelemetry/api";
import type { SpanContext } from "@opentelemetry/api";
import type { DefinitionAttributes, EventName, JobAttributes, TriggerType } from "@jobtrail/conventions";
import { now } from "@jobtrail/core/event";
import type { Definition, Recorder } from "@jobtrail/core/recorder";
import type { Call } from "@jobtrail/instrumentation";
import type { Cron as PublicCron } from "croner";

/** A croner instance. Its private part has had the same names since version 10. */
export type Cron = Pick<PublicCron, "name" | "options" | "nextRun" | "getPattern" | "getOnce"> & {
  fn?: Call;
  readonly _states: { readonly paused?: boolean };
};

/** A schedule as it is watched. */
export interface Schedule {
  readonly id: string;
  readonly definition: Definition;
  /** What makes its runs, where nobody calls `trigger`. */
  readonly trigger: TriggerType;
  /** The span that was active where the schedule was made. */
  madeIn: SpanContext | undefined;
  /** Whether its creation was told, or its end. */
  stage: "found" | "live" | "over";
  /** Every nominal time up to here was run, told as missed, or passed in a pause: milliseconds. */
  toldUntil: number;
  /** The nominal time that croner looks at in this very call, in milliseconds. */
  due: number | undefined;
}

/** The schedules of the process, each found when its croner instance is first seen at work. */
export interface Schedules {
  of(cron: Cron): Schedule;
  /** The schedule of an instance whose timer has fired; its creation may have been before our time. */
  ticking(cron: Cron): Schedule;
  /** A function was given to the instance. */
  made(cron: Cron): void;
  changed(cron: Cron, name: "job.schedule.paused" | "job.schedule.resumed"): void;
  missed(schedule: Schedule, reason: "late" | "overlap", count: number, nominal: JobAttributes): void;
  /** The schedule makes no more jobs. */
  over(cron: Cron, reason: "stopped" | "ended"): void;
}

/** Ids in use. croner keeps names unique, but in each of its copies for itself. */
const taken = new Set<string>();

/** Follows schedules, and tells what happens to them. */
export function schedules(to: Recorder): Schedules {
  const known = new WeakMap<Cron, Schedule>();

  const of = (cron: Cron): Schedule => {
    let schedule = known.get(cron);
    if (schedule === undefined) known.set(cron, (schedule = find(cron, to)));
    return schedule;
  };
  // A timer keeps the context that it was made in, so at a tick the maker's span is still the active one.
  const live = (schedule: Schedule): void => {
    schedule.stage = "live";
    schedule.madeIn = trace.getActiveSpan()?.spanContext();
  };
  const tell = ({ definition }: Schedule, name: EventName, attributes: JobAttributes): void => {
    const time = now();
    to.emit({ name, time, seen: time, attributes: { ...definition.attributes, ...attributes } });
  };
  return {
    of,
    ticking(cron) {
      const schedule = of(cron);
      if (schedule.stage === "found") live(schedule);
      return schedule;
    },
    made(cron) {
      if (typeof cron.fn !== "function") return;
      // A date that has passed makes no jobs.
      const next = nextTime(cron);
      const schedule = next["job.schedule.next_time"] === undefined ? known.get(cron) : of(cron);
      if (schedule?.stage !== "found") return;
      live(schedule);
      tell(schedule, "job.schedule.created", isPaused(cron) ? {} : next);
      if (isPaused(cron)) tell(schedule, "job.schedule.paused", {});
    },
    changed(cron, name) {
      const schedule = known.get(cron);
      if (schedule?.stage === "live") tell(schedule, name, name === "job.schedule.resumed" ? nextTime(cron) : {});
    },
    missed(schedule, reason, count, nominal) {
      tell(schedule, "job.schedule.missed", {
        "job.schedule.missed_count": count,
        "job.reason": reason,
        ...nominal,
      });
    },
    over(cron, reason) {
      const schedule = known.get(cron);
      if (schedule === undefined || schedule.stage === "over") return;
      if (schedule.stage === "live") tell(schedule, "job.schedule.deleted", { "job.reason": reason });
      schedule.stage = "over";
      taken.delete(schedule.id);
    },
  };
}

/** Whether nominal times pass without a run, because somebody said so. */
export const isPaused = ({ _states: { paused } }: Cron): boolean => paused === true;

/** When a schedule means to start next, after a time or after now. */
export function nextTime(cron: Cron, after?: Date): JobAttributes {
  const next = cron.nextRun(after);
  return next === null ? {} : { "job.schedule.next_time": next.toISOString() };
}

function find(cron: Cron, to: Recorder): Schedule {
  const id = takeId(cron.name || cron.getPattern() || "once");
  return {
    id,
    definition: to.define(constantsOf(cron, id, to)),
    trigger: cron.getOnce() !== null ? "delay" : (cron.options.interval ?? 0) > 0 ? "interval" : "cron",
    madeIn: undefined,
    stage: "found",
    toldUntil: Number.NEGATIVE_INFINITY,
    due: undefined,
  };
}

/** The name, or the first free one of `name #2`, `name #3` …: the same after a restart, made in the same order. */
function takeId(name: string): string {
  let id = name;
  for (let place = 2; taken.has(id); place++) id = `${name} #${place}`;
  taken.add(id);
  return id;
}

function constantsOf(cron: Cron, id: string, { options }: Recorder): DefinitionAttributes {
  const expression = cron.getPattern();
  const timezone = cron.options.timezone ?? offsetOf(cron.options.utcOffset);
  return {
    "job.system.name": "croner",
    "job.name": id,
    "job.schedule.id": id,
    ...(options.namespace !== undefined && { "job.namespace": options.namespace }),
    ...(expression !== undefined && { "job.schedule.expression": expression }),
    ...(timezone !== undefined && { "job.schedule.timezone": timezone }),
  };
}

/** Minutes from UTC as ISO 8601 writes them: `+05:30`. */
function offsetOf(minutes: number | undefined): string | undefined {
  if (minutes === undefined) return undefined;
  const two = (value: number): string => String(Math.trunc(value)).padStart(2, "0");
  const distance = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${two(distance / 60)}:${two(distance % 60)}`;
}
