import type { HrTime } from "@opentelemetry/api";
import type { EventName, JobState, RunResult } from "@jobtrail/conventions";
import { endingRecord } from "./ending.ts";
import type { Told } from "./ending.ts";
import type { JobError, JobEvent } from "../event/event.ts";
import { isInferred } from "./merge.ts";
import { at } from "./order.ts";
import { compareTimes } from "../event/time.ts";

/** The present life of a job: what happened since it was last begun. */
export interface Life {
  readonly events: readonly JobEvent[];
  readonly runs: readonly Told[];
  /** The record that says that the job ended, unless a run started after it. */
  readonly ended: JobEvent | undefined;
}

/** What belongs to the life that began at a time, or to the first. */
export function presentLife(events: readonly JobEvent[], runs: readonly Told[], from: HrTime = [-Infinity, 0]): Life {
  const present = events.filter((event) => compareTimes(from, at(event)) <= 0);
  const since = runs.filter(({ begin }) => compareTimes(from, begin) <= 0);
  const ended = endingRecord(present, "job.ended");
  const last = since.at(-1);
  const wentOn = ended !== undefined && last !== undefined && compareTimes(at(ended), last.begin) < 0;
  return { events: present, runs: since, ended: wentOn ? undefined : ended };
}

/**
 * The state of a job. It comes from the job's end and its runs, never from whatever record is the
 * last by time: observers are late.
 */
export function stateOf({ events, runs, ended }: Life): JobState {
  const run = runs.at(-1);
  if (events.some(({ name }) => name === "job.removed")) return "removed";
  if (ended !== undefined) return stateAfter(ended);
  if (run === undefined) return stateBefore(events);
  if (run.ending.ended === undefined) return stateDuring(run.events);
  return run.events.some(({ name }) => name === "job.retry_scheduled") ? "retrying" : stateAfter(run.ending.ended);
}

/** What is known for certain of how the job went: its own end's result, else that of its last run that was no put-back. */
export function outcomeOf({ runs, ended }: Life): { readonly result?: RunResult; readonly error?: JobError } {
  const last = runs.findLast(({ ending }) => ending.ended !== undefined && ending.result !== "deferred")?.ending;
  const own = ended?.attributes["job.run.result"];
  const result = own ?? last?.result;
  const error = ended?.error ?? (own === undefined || own === last?.result ? last?.error : undefined);
  return { ...(result !== undefined && { result }), ...(error !== undefined && { error }) };
}

const saidIn = (event: JobEvent | undefined): JobState | undefined => event?.attributes["job.state"];

const states: Readonly<Record<RunResult, JobState>> = {
  success: "completed",
  failure: "failed",
  error: "failed",
  timeout: "failed",
  cancellation: "cancelled",
  skip: "cancelled",
  deferred: "waiting",
};

function stateAfter(ended: JobEvent): JobState {
  const { "job.state": said, "job.run.result": result, "job.run.final": final } = ended.attributes;
  if (said !== undefined) return said;
  if (result === undefined) return "stopped";
  const state = states[result];
  if (state !== "failed" || final === true) return state;
  if (final === false) return "retrying";
  // Nobody knows yet whether a job whose worker died will be tried again.
  return isInferred(ended) ? "stalled" : state;
}

const signs: ReadonlySet<EventName> = new Set(["job.run.started", "job.run.progress", "job.run.heartbeat"]);

function stateDuring(events: readonly JobEvent[]): JobState {
  const last = events.findLast(({ name }) => name === "job.stalled" || signs.has(name));
  if (last?.name === "job.stalled") return "stalled";
  return saidIn(events.findLast((event) => signs.has(event.name) && saidIn(event) !== undefined)) ?? "active";
}

/** What a job without a run is, after the last that was told of it. */
const before: ReadonlyMap<EventName, JobState> = new Map([
  ["job.queued", "waiting"],
  ["job.restarted", "waiting"],
  ["job.retry_scheduled", "retrying"],
  ["job.stalled", "stalled"],
]);

function stateBefore(events: readonly JobEvent[]): JobState {
  const last = events.findLast(({ name }) => before.has(name));
  return last === undefined ? "waiting" : (saidIn(last) ?? before.get(last.name) ?? "waiting");
}
