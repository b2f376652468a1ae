import type { HrTime } from "@opentelemetry/api";
import type { EventName, JobState, RunResult } from "@jobtrail/conventions";
import type { JobError, JobEvent } from "../event/event.ts";
import { signsOfLife } from "../event/meaning.ts";
import { compareTimes } from "../event/time.ts";
import { endingRecord, goesOn } from "./ending.ts";
import type { RunOutline } from "./ending.ts";
import { isInferred } from "./merge.ts";
import { timeOf } from "./order.ts";

/** The present life of a job: everything since its last restart. */
export interface Life {
  readonly events: readonly JobEvent[];
  readonly runs: readonly RunOutline[];
  /** The record of the job's own end, unless a run started after it or the last run's end had been final already. */
  readonly ended: JobEvent | undefined;
}

/** The events and runs of the life that began at a time; without one, of the first. */
export function presentLife(
  events: readonly JobEvent[],
  runs: readonly RunOutline[],
  from: HrTime = [-Infinity, 0],
): Life {
  const present = events.filter((event) => compareTimes(from, timeOf(event)) <= 0);
  const since = runs.filter(({ begin }) => compareTimes(from, begin) <= 0);
  const ended = endingRecord(present, "job.ended");
  const last = since.at(-1);
  const wentOn = ended !== undefined && last !== undefined && compareTimes(timeOf(ended), last.begin) < 0;
  return { events: present, runs: since, ended: wentOn || isDecided(last) ? undefined : ended };
}

/** Whether a run's end was the job's, and somebody saw how it went: whatever is reported later takes nothing from it. */
function isDecided(last: RunOutline | undefined): boolean {
  const ended = last?.ending.ended;
  if (ended === undefined || isInferred(ended)) return false;
  return ended.attributes["job.run.final"] === true && ended.attributes["job.run.result"] !== undefined;
}

/**
 * The state of a job. It comes from the job's end and its runs, never from the record that is last by time:
 * observers are late.
 */
export function stateOf({ events, runs, ended }: Life): JobState {
  const run = runs.at(-1);
  if (events.some(({ name }) => name === "job.removed")) return "removed";
  if (ended !== undefined) return stateAfter(ended);
  if (run === undefined) return stateBefore(events);
  if (run.ending.ended === undefined) return stateDuring(run.events);
  return goesOn(run) && hasRetry(run) ? "retrying" : stateAfter(run.ending.ended);
}

const hasRetry = ({ events }: RunOutline): boolean => events.some(({ name }) => name === "job.retry_scheduled");

/** How the job went, as far as it is certain: its own end's result, otherwise that of the last run that was not put back. */
export function outcomeOf({ runs, ended }: Life): { readonly result?: RunResult; readonly error?: JobError } {
  const last = runs.findLast(({ ending }) => ending.ended !== undefined && ending.result !== "deferred")?.ending;
  const own = ended?.attributes["job.run.result"];
  const result = own ?? last?.result;
  const error = ended?.error ?? (own === undefined || own === last?.result ? last?.error : undefined);
  return { ...(result !== undefined && { result }), ...(error !== undefined && { error }) };
}

const reportedState = (event: JobEvent | undefined): JobState | undefined => event?.attributes["job.state"];

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
  const { "job.state": reported, "job.run.result": result, "job.run.final": final } = ended.attributes;
  if (reported !== undefined) return reported;
  if (result === undefined) return "stopped";
  const state = states[result];
  if (state !== "failed" || final === true) return state;
  if (final === false) return "retrying";
  // Nobody knows yet whether a job whose worker died will be tried again.
  return isInferred(ended) ? "stalled" : state;
}

const atWork: ReadonlySet<EventName> = new Set(["job.run.started", ...signsOfLife]);

function stateDuring(events: readonly JobEvent[]): JobState {
  const last = events.findLast(({ name }) => name === "job.stalled" || atWork.has(name));
  if (last?.name === "job.stalled") return "stalled";
  return (
    reportedState(events.findLast((event) => atWork.has(event.name) && reportedState(event) !== undefined)) ?? "active"
  );
}

/** The state of a job without a run, by its last event. */
const statesBefore: ReadonlyMap<EventName, JobState> = new Map([
  ["job.queued", "waiting"],
  ["job.restarted", "waiting"],
  ["job.retry_scheduled", "retrying"],
  ["job.stalled", "stalled"],
  ["job.stopped", "stopped"],
]);

function stateBefore(events: readonly JobEvent[]): JobState {
  const last = events.findLast(({ name }) => statesBefore.has(name));
  return last === undefined ? "waiting" : (reportedState(last) ?? statesBefore.get(last.name) ?? "waiting");
}
