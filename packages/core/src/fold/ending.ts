import type { HrTime } from "@opentelemetry/api";
import type { JobAttributes, RunResult } from "@jobtrail/conventions";
import type { JobError, JobEvent } from "../event/event.ts";
import { compareTimes, secondsBetween } from "../event/time.ts";
import { isInferred, rankOf } from "./merge.ts";
import type { RunEvents } from "./window.ts";

/** The events of a run, with its start and its end. */
export interface RunOutline extends RunEvents {
  readonly start?: HrTime;
  readonly ending: Ending;
}

/** How a run ended: the outcome, whole from one record. */
export interface Ending {
  readonly end?: HrTime;
  readonly result?: RunResult;
  readonly duration?: number;
  readonly error?: JobError;
  readonly ended?: JobEvent;
}

/** Reads a run's start and end from its events. */
export function outlineOf(run: RunEvents): RunOutline {
  const start = timed(run.events, "job.run.started")?.time;
  return { ...run, ...(start !== undefined && { start }), ending: endingOf(run.events, start) };
}

/**
 * The record that says how something ended: a real one before an inferred one, one that knows a
 * result before one that knows none, then the best source's last.
 */
export function endingRecord(events: readonly JobEvent[], name: "job.run.ended" | "job.ended"): JobEvent | undefined {
  let found: JobEvent | undefined;
  for (const event of events)
    if (event.name === name && (found === undefined || doubt(event) <= doubt(found))) found = event;
  return found;
}

/**
 * Whether the job goes on after this run. A retry that is announced for a run that had succeeded, or that was
 * known to be the last, takes nothing from that outcome.
 */
export function goesOn({ events, ending: { ended } }: RunOutline): boolean {
  const { "job.run.final": final, "job.run.result": result } = ended?.attributes ?? {};
  if (final !== undefined) return !final;
  return result === "deferred" || (result !== "success" && events.some(({ name }) => name === "job.retry_scheduled"));
}

const doubt = (event: JobEvent): number =>
  (isInferred(event) ? 100 : 0) + (event.attributes["job.run.result"] === undefined ? 10 : 0) + rankOf(event);

function endingOf(events: readonly JobEvent[], start: HrTime | undefined): Ending {
  const ended = endingRecord(events, "job.run.ended");
  if (ended === undefined) return {};
  const time = endTime(events, ended);
  const isTooEarly = time !== undefined && start !== undefined && compareTimes(time, start) < 0;
  const end = isTooEarly ? start : time;
  const duration = durationIn(ended) ?? (isTooEarly || isInferred(ended) ? undefined : measured(start, end));
  const result = ended.attributes["job.run.result"];
  return {
    ...(end !== undefined && { end }),
    ...(result !== undefined && { result }),
    ...(duration !== undefined && { duration }),
    ...(ended.error !== undefined && { error: ended.error }),
    ended,
  };
}

/** Where the record of the end has no time, another real one may have. */
function endTime(events: readonly JobEvent[], ended: JobEvent): HrTime | undefined {
  if (ended.time !== undefined) return ended.time;
  const other = timed(events, "job.run.ended");
  return other !== undefined && isInferred(other) === isInferred(ended) ? other.time : undefined;
}

const measured = (start: HrTime | undefined, end: HrTime | undefined): number | undefined =>
  start === undefined || end === undefined ? undefined : secondsBetween(start, end);

/** The least doubtful event of a name among those that have a time. */
function timed(events: readonly JobEvent[], name: JobEvent["name"]): JobEvent | undefined {
  let found: JobEvent | undefined;
  for (const event of events)
    if (event.name === name && event.time !== undefined && (found === undefined || doubt(event) < doubt(found)))
      found = event;
  return found;
}

function durationIn({ attributes }: JobEvent): number | undefined {
  const duration = attributes["job.run.duration"];
  return duration !== undefined && duration >= 0 && Number.isFinite(duration) ? duration : undefined;
}

/** The outcome as attributes of the run. */
export function outcomeAttributes(ended: JobEvent | undefined): JobAttributes {
  const { "job.run.result": result, "job.run.final": final } = ended?.attributes ?? {};
  return {
    ...(result !== undefined && { "job.run.result": result }),
    ...(final !== undefined && { "job.run.final": final }),
  };
}
