import type { HrTime } from "@opentelemetry/api";
import type { JobEvent } from "./event.ts";
import { fromIso, isTime, secondsBetween, toIso } from "./time.ts";

/** How far the clock of whoever wrote a record may be ahead of the receiver's, in seconds. */
export const aheadSeconds = 86_400;

/** Attributes that say when something happened; what is still to come may lie as far ahead as it likes. */
const pastTimes = ["job.created_at", "job.run.started_at", "job.run.ended_at"] as const;

/**
 * An event whose times a receiver can rely on. A time more than a day after the record was received becomes the time
 * of receipt: one wrong clock must not put its jobs above all others for years. A stored time before 1970 or after
 * 2554, such as the year 0001 that Go writes for "never", is left out. `job.record.anomaly` says what was found.
 */
export function clampTimes(event: JobEvent, received: HrTime): JobEvent {
  const odd = oddTimes(event, received);
  if (odd.length === 0) return event;
  const attributes: Record<string, unknown> = { ...event.attributes };
  for (const { key, isTime: canBeKept } of odd) {
    if (key === "time" || key === "seen") continue;
    if (canBeKept) attributes[key] = toIso(received);
    else delete attributes[key];
  }
  const before = event.attributes["job.record.anomaly"];
  const found = `${odd.map(({ words }) => words).join(", ")}; received at ${toIso(received)}`;
  attributes["job.record.anomaly"] = before === undefined ? found : `${before}; ${found}`;
  const isOdd = (which: "time" | "seen"): boolean => odd.some(({ key }) => key === which);
  return {
    ...event,
    ...(event.time !== undefined && { time: isOdd("time") ? received : event.time }),
    seen: isOdd("seen") ? received : event.seen,
    attributes: attributes as JobEvent["attributes"],
  };
}

interface OddTime {
  readonly key: "time" | "seen" | (typeof pastTimes)[number];
  readonly words: string;
  /** Whether it is a time at all, and only too far ahead. */
  readonly isTime: boolean;
}

function oddTimes({ time, seen, attributes }: JobEvent, received: HrTime): OddTime[] {
  const odd: OddTime[] = [];
  for (const key of pastTimes) {
    const text = attributes[key];
    const read = text === undefined ? undefined : fromIso(text);
    if (read !== undefined && (!isTime(read) || isAhead(read, received)))
      odd.push({ key, words: `${key} is ${text}`, isTime: isTime(read) });
  }
  if (time !== undefined && isAhead(time, received))
    odd.push({ key: "time", words: `its time is ${toIso(time)}`, isTime: true });
  if (isAhead(seen, received))
    odd.push({ key: "seen", words: `its time of observation is ${toIso(seen)}`, isTime: true });
  return odd;
}

const isAhead = (time: HrTime, received: HrTime): boolean => secondsBetween(received, time) > aheadSeconds;
