import type { HrTime } from "@opentelemetry/api";
import type { JobEvent } from "../event/event.ts";
import { partOf, put, skewSeconds } from "./group.ts";
import { best, rankOf } from "./merge.ts";
import { at, compareEvents, compareTexts } from "./order.ts";
import { compareTimes, fromMillis, secondsBetween, toMillis } from "../event/time.ts";
import { closing, unnamedRuns } from "./unnamed.ts";

/** The events of one run. */
export interface RunEvents {
  readonly uid?: string;
  /** Its start, or when it was first heard of. */
  readonly begin: HrTime;
  readonly events: readonly JobEvent[];
}

/**
 * A job's ordered events by run, in the order of the starts. An event that names its run belongs
 * there. Where no run is named, the best source tells them apart. All others fall to the run in
 * whose zone they lie.
 */
export function byRun(events: readonly JobEvent[]): RunEvents[] {
  const named = new Map<string, JobEvent[]>();
  const unnamed: JobEvent[] = [];
  for (const event of events) {
    const uid = event.attributes["job.run.uid"];
    if (partOf[event.name] !== "run") continue;
    if (uid === undefined) unnamed.push(event);
    else put(named, uid, event);
  }
  if (named.size > 0)
    return placed(
      unnamed,
      [...named].map(([uid, told]) => runEvents(told, uid)),
    );
  const rank = bestRank(unnamed);
  return placed(
    unnamed.filter((event) => rankOf(event) !== rank),
    unnamedRuns(unnamed.filter((event) => rankOf(event) === rank)).map((told) => runEvents(told)),
  );
}

/** The best source that saw a run begin or end; where none did, that saw it at work. */
function bestRank(events: readonly JobEvent[]): number {
  const rankAmong = (names: ReadonlySet<string>): number =>
    events.filter(({ name }) => names.has(name)).reduce((least, event) => Math.min(least, rankOf(event)), Infinity);
  const rank = rankAmong(bounds);
  return rank === Infinity ? rankAmong(signs) : rank;
}

const bounds: ReadonlySet<string> = new Set(["job.run.started", "job.run.ended"]);
const signs: ReadonlySet<string> = new Set(["job.run.progress", "job.run.heartbeat"]);

function runEvents(events: readonly JobEvent[], uid?: string): RunEvents {
  const first = best(events, "job.run.started") ?? events[0];
  return { ...(uid !== undefined && { uid }), begin: first === undefined ? [0, 0] : at(first), events };
}

function placed(others: readonly JobEvent[], runs: RunEvents[]): RunEvents[] {
  runs.sort((a, b) => compareTimes(a.begin, b.begin) || compareTexts(a.uid ?? "", b.uid ?? ""));
  if (others.length === 0 || runs.length === 0) return runs;
  const zones = runs.map((run, i) => ({ run, begin: run.begin, from: borderBefore(runs, i), events: [...run.events] }));
  for (const event of others) zones[zoneOf(event, zones)]?.events.push(event);
  return zones.map(({ run, events }) => ({ ...run, events: events.sort(compareEvents) }));
}

/** Between the end of a run and the start of the next the border lies half-way; without an end, at the start. */
function borderBefore(runs: readonly RunEvents[], i: number): HrTime {
  const begin = runs[i]?.begin ?? [0, 0];
  const ended = best(runs[i - 1]?.events ?? [], "job.run.ended");
  if (ended === undefined || compareTimes(at(ended), begin) >= 0) return begin;
  return fromMillis((toMillis(at(ended)) + toMillis(begin)) / 2);
}

interface Zone {
  readonly from: HrTime;
  readonly begin: HrTime;
  readonly events: JobEvent[];
}

function zoneOf(event: JobEvent, zones: readonly Zone[]): number {
  // What closes a run and falls on the border belongs to the run before it.
  const isInside = (order: number): boolean => order < 0 || (order === 0 && !closing.has(event.name));
  const i = Math.max(
    0,
    zones.findLastIndex(({ from }) => isInside(compareTimes(from, at(event)))),
  );
  return event.name === "job.stalled" && isOfRunBefore(event, zones, i) ? i - 1 : i;
}

/** A stall is often told when the next run has started already. */
function isOfRunBefore(event: JobEvent, zones: readonly Zone[], i: number): boolean {
  const before = zones[i - 1];
  const begin = zones[i]?.begin;
  if (before === undefined || begin === undefined || secondsBetween(begin, at(event)) > skewSeconds) return false;
  return !before.events.some(({ name }) => name === "job.run.ended" || name === "job.stalled");
}
