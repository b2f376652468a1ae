import type { HrTime } from "@opentelemetry/api";

/** A day in UTC, as the number of days since the Unix epoch. */
export type Day = number;

const secondsOfDay = 86_400;

/** The day of a time. */
export const dayOf = ([seconds]: HrTime): Day => Math.floor(seconds / secondsOfDay);

/** When a day begins. */
export const beginOf = (day: Day): HrTime => [day * secondsOfDay, 0];

/** A day as it stands in the name of a file, such as `2026-03-02`. */
export const dayName = (day: Day): string => new Date(day * secondsOfDay * 1000).toISOString().slice(0, 10);

/** The day of a name; nothing where it is none. */
export function dayIn(name: string): Day | undefined {
  const time = /^\d{4}-\d\d-\d\d$/.test(name) ? Date.parse(`${name}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(time) ? undefined : time / 1000 / secondsOfDay;
}
