import type { HrTime } from "@opentelemetry/api";
import type { JobEvent } from "../event/event.ts";
import { signsOfLife } from "../event/meaning.ts";
import { compareTimes, fromMillis, secondsBetween, toMillis } from "../event/time.ts";
import { addTo, skewSeconds, subjectOf } from "./group.ts";
import { best, rankOf } from "./merge.ts";
import { compareEvents, compareTexts, timeOf } from "./order.ts";
import { closing, unnamedRuns } from "./unnamed.ts";

/** The events of one run. */
export interface RunEvents {
  readonly uid?: string;
  /** Its start, or when it was first heard of. */
  readonly begin: HrTime;
  readonly events: readonly JobEvent[];
}

/**
 * A job's ordered events by run, in the order of the starts. An event with `job.run.uid` belongs to that run. Where
 * no event has one, the best source tells the runs apart. All other events belong to the run in whose window of
 * time they lie.
 */
export function byRun(events: readonly JobEvent[]): RunEvents[] {
  const named = new Map<string, JobEvent[]>();
  const unnamed: JobEvent[] = [];
  for (const event of events) {
    const uid = event.attributes["job.run.uid"];
    if (subjectOf[event.name] !== "run") continue;
    if (uid === undefined) unnamed.push(event);
    else addTo(named, uid, event);
  }
  if (named.size > 0)
    return assignToRuns(
      unnamed,
      [...named].map(([uid, own]) => runEvents(own, uid)),
    );
  const rank = bestRank(unnamed);
  return assignToRuns(
    unnamed.filter((event) => rankOf(event) !== rank),
    unnamedRuns(unnamed.filter((event) => rankOf(event) === rank)).map((own) => runEvents(own)),
  );
}

/** The best source that saw a run begin or end; where none did, the best that saw it at work. */
function bestRank(events: readonly JobEvent[]): number {
  const rankAmong = (names: ReadonlySet<string>): number =>
    events.filter(({ name }) => names.has(name)).reduce((least, event) => Math.min(least, rankOf(event)), Infinity);
  const rank = rankAmong(bounds);
  return rank === Infinity ? rankAmong(signs) : rank;
}

const bounds: ReadonlySet<string> = new Set(["job.run.started", "job.run.ended"]);
const signs: ReadonlySet<string> = new Set(signsOfLife);

function runEvents(events: readonly JobEvent[], uid?: string): RunEvents {
  const first = best(events, "job.run.started") ?? events[0];
  return { ...(uid !== undefined && { uid }), begin: first === undefined ? [0, 0] : timeOf(first), events };
}

function assignToRuns(others: readonly JobEvent[], runs: RunEvents[]): RunEvents[] {
  runs.sort((a, b) => compareTimes(a.begin, b.begin) || compareTexts(a.uid ?? "", b.uid ?? ""));
  if (others.length === 0 || runs.length === 0) return runs;
  const windows = runs.map((run, i) => ({
    run,
    begin: run.begin,
    from: windowStart(runs, i),
    events: [...run.events],
  }));
  for (const event of others) windows[windowOf(event, windows)]?.events.push(event);
  return windows.map(({ run, events }) => ({ ...run, events: events.sort(compareEvents) }));
}

/** A window begins half-way between the end of the run before and its own start; without that end, at its own start. */
function windowStart(runs: readonly RunEvents[], i: number): HrTime {
  const begin = runs[i]?.begin ?? [0, 0];
  const ended = best(runs[i - 1]?.events ?? [], "job.run.ended");
  if (ended === undefined || compareTimes(timeOf(ended), begin) >= 0) return begin;
  return fromMillis((toMillis(timeOf(ended)) + toMillis(begin)) / 2);
}

/** The stretch of time of one run: from its start until the window of the next run begins. */
interface RunWindow {
  readonly from: HrTime;
  readonly begin: HrTime;
  readonly events: JobEvent[];
}

function windowOf(event: JobEvent, windows: readonly RunWindow[]): number {
  // An event that closes a run and lies exactly where two windows meet belongs to the run before.
  const isInside = (order: number): boolean => order < 0 || (order === 0 && !closing.has(event.name));
  const i = Math.max(
    0,
    windows.findLastIndex(({ from }) => isInside(compareTimes(from, timeOf(event)))),
  );
  return event.name === "job.stalled" && isOfRunBefore(event, windows, i) ? i - 1 : i;
}

/** A stall is often reported when the next run has started already. */
function isOfRunBefore(event: JobEvent, windows: readonly RunWindow[], i: number): boolean {
  const before = windows[i - 1];
  const begin = windows[i]?.begin;
  if (before === undefined || begin === undefined || secondsBetween(begin, timeOf(event)) > skewSeconds) return false;
  return !before.events.some(({ name }) => name === "job.run.ended" || name === "job.stalled");
}
