import type { HrTime } from "@opentelemetry/api";
import { events as registry } from "@jobtrail/conventions";
import type { JobEvent } from "../event/event.ts";
import { compareTimes } from "../event/time.ts";

/** When an event happened; where its source does not say, when it was seen. */
export const timeOf = ({ time, seen }: JobEvent): HrTime => time ?? seen;

/** Events, each once, in the order of a job's life: by time, then by step, then by record uid. */
export function ordered(events: Iterable<JobEvent>): JobEvent[] {
  const sorted = [...events].sort(compareEvents);
  const known = new Set<string>();
  return sorted.filter((event, i) => {
    const uid = event.attributes["log.record.uid"];
    const before = sorted[i - 1];
    if (uid === undefined) return before === undefined || compareEvents(before, event) !== 0;
    if (known.has(uid)) return false;
    known.add(uid);
    return true;
  });
}

/** Which of two events comes first; zero only for equal ones, so that no order depends on how they arrived. */
export function compareEvents(a: JobEvent, b: JobEvent): number {
  if (a === b) return 0;
  return (
    compareTimes(timeOf(a), timeOf(b)) ||
    registry[a.name].step - registry[b.name].step ||
    compareTexts(a.attributes["log.record.uid"] ?? "", b.attributes["log.record.uid"] ?? "") ||
    compareTexts(sortedJson(a), sortedJson(b))
  );
}

/** Orders texts by their code units, which is the same everywhere. */
export const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** JSON text whose keys are sorted: equal values give equal texts, in whatever order their keys were set. */
const sortedJson = (value: unknown): string => JSON.stringify(value, sortKeys);

const sortKeys = (_key: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => compareTexts(a, b)))
    : value;
