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
  const isAhead = (time: HrTime): boolean => secondsBetween(received, time) > aheadSeconds;
  const anomalies: string[] = [];
  const attributes: Record<string, unknown> = { ...event.attributes };
  for (const key of pastTimes) {
    const text = event.attributes[key];
    const time = text === undefined ? undefined : fromIso(text);
    if (time === undefined || (isTime(time) && !isAhead(time))) continue;
    anomalies.push(`${key} is ${text}`);
    if (isTime(time)) attributes[key] = toIso(received);
    else delete attributes[key];
  }
  const clamped = (key: "time" | "seen", time: HrTime): HrTime => {
    if (!isAhead(time)) return time;
    anomalies.push(`its ${key === "time" ? "time" : "time of observation"} is ${toIso(time)}`);
    return received;
  };
  const time = event.time && clamped("time", event.time);
  const seen = clamped("seen", event.seen);
  if (anomalies.length === 0) return event;
  const before = event.attributes["job.record.anomaly"];
  const found = `${anomalies.join(", ")}; received at ${toIso(received)}`;
  attributes["job.record.anomaly"] = before === undefined ? found : `${before}; ${found}`;
  return { ...event, ...(time !== undefined && { time }), seen, attributes: attributes as JobEvent["attributes"] };
}
