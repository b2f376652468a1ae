import type { HrTime } from "@opentelemetry/api";
import { elapsedMs } from "../clock.ts";

/** How far the monotonic clock may run from the wall clock before it is set again, in milliseconds. */
const driftMs = 5;

const wallClock = Date.now;
let origin = wallClock() - elapsedMs();

/**
 * The wall-clock time with the resolution of the monotonic clock. Where the host has put its own clock in the place of
 * `Date.now`, it is that clock's time: the watched library stores the same, and what is compared must be of one clock.
 */
export function now(): HrTime {
  if (Date.now !== wallClock) return fromMillis(hostMillis());
  const elapsed = elapsedMs();
  const wall = wallClock();
  if (Math.abs(origin + elapsed - wall) > driftMs) origin = wall - elapsed;
  return fromMillis(origin + elapsed);
}

/** What the host's own clock says, unless it is no time that can be sent. */
function hostMillis(): number {
  const given: unknown = Date.now();
  return typeof given === "number" && isTime(fromMillis(given)) ? given : wallClock();
}

/** A time from milliseconds since the Unix epoch, with up to six digits below the millisecond. */
export function fromMillis(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  const nanos = Math.round((ms - seconds * 1000) * 1e6);
  return nanos < 1e9 ? [seconds, nanos] : [seconds + 1, 0];
}

/** The last second that fits in the wire's 64 bits of nanoseconds. */
const lastSecond = 18_446_744_072;

/** Whether a time can be sent; one that cannot costs the whole batch it is in. */
export const isTime = (time: HrTime): boolean =>
  Number.isInteger(time[0]) &&
  time[0] >= 0 &&
  time[0] <= lastSecond &&
  Number.isInteger(time[1]) &&
  time[1] >= 0 &&
  time[1] < 1e9;

/** The later of two times. */
export const later = (a: HrTime, b: HrTime): HrTime => (compareTimes(a, b) >= 0 ? a : b);

/** Milliseconds since the Unix epoch, with the fraction that a double can hold. */
export const toMillis = (time: HrTime): number => time[0] * 1000 + time[1] / 1e6;

/** From one time to another, in seconds; negative where `to` is the earlier one. */
export const secondsBetween = (from: HrTime, to: HrTime): number => to[0] - from[0] + (to[1] - from[1]) / 1e9;

/** Below zero where `a` is earlier, above where it is later. */
export const compareTimes = (a: HrTime, b: HrTime): number => a[0] - b[0] || a[1] - b[1];

/** ISO 8601 in UTC with milliseconds, and with nanoseconds where the time has them. */
export function toIso([seconds, nanos]: HrTime): string {
  const millis = new Date(seconds * 1000 + Math.floor(nanos / 1e6)).toISOString();
  const rest = nanos % 1e6;
  return rest === 0 ? millis : `${millis.slice(0, -1)}${String(rest).padStart(6, "0")}Z`;
}

/** The second that was written last: times that are written come close together. */
let writtenSecond = Number.NaN;
let writtenText = "";

/** ISO 8601 in UTC from milliseconds since the Unix epoch. */
export function isoOfMillis(ms: number): string {
  const whole = Math.trunc(ms);
  const rest = whole % 1000;
  // Before 1970 the rest is negative.
  if (!(rest >= 0)) return new Date(ms).toISOString();
  const second = whole - rest;
  if (second !== writtenSecond) {
    writtenText = new Date(second).toISOString().slice(0, -4);
    writtenSecond = second;
  }
  return `${writtenText}${rest < 10 ? "00" : rest < 100 ? "0" : ""}${rest}Z`;
}

/** A time from ISO 8601 text with a zone, to the nanosecond; nothing where the text is not a time. */
export function fromIso(text: string): HrTime | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)$/.exec(text);
  if (match === null) return undefined;
  const seconds = Date.parse(`${match[1]}${match[3]}`) / 1000;
  if (Number.isNaN(seconds)) return undefined;
  return [seconds, Number((match[2] ?? "").padEnd(9, "0").slice(0, 9))];
}
