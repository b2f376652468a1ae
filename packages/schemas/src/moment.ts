import { fromMillis, isTime } from "@jobtrail/core/event";
import type { HrTime } from "@opentelemetry/api";
import { numberOf } from "./json.ts";
import type { Digits } from "./json.ts";
import { visible } from "./visible.ts";

const dayMs = 86_400_000;

// Most records of a log fall on the day of the one before: asking the calendar again costs more than all the rest.
const last = { day: 0, text: "1970-01-01" };

// Every string put together costs: what always stands beside two digits stands in a table with them.
const pairs = (before: string, after: string): readonly string[] =>
  Array.from({ length: 60 }, (_, n) => `${before}${String(n).padStart(2, "0")}${after}`);
const hours = pairs("T", ":");
const minutes = pairs("", ":");
const seconds = pairs("", "");

/** ISO 8601 in UTC to the second, `2024-06-04T16:12:33`, from whole seconds since 1970, up to the year 9999. */
export function isoOfSeconds(time: number): string {
  const day = Math.floor(time / 86_400);
  if (day !== last.day) {
    last.day = day;
    last.text = new Date(day * dayMs).toISOString().slice(0, 10);
  }
  const minute = Math.floor((time - day * 86_400) / 60);
  const hour = Math.floor(minute / 60);
  return `${last.text}${hours[hour]}${minutes[minute - hour * 60]}${seconds[time - day * 86_400 - minute * 60]}`;
}

/** A time to the second, and the digits of its fraction as they stand in the text. */
export interface Moment {
  readonly seconds: number;
  readonly fraction: string;
}

const pattern = /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** A time from ISO 8601 text with a zone; nothing where it is no time. */
export function parseIso(text: string): Moment | undefined {
  if (!pattern.test(text)) return undefined;
  const zoneAt = text.endsWith("Z") ? text.length - 1 : text.length - 6;
  const day = dayIn(text);
  if (day === undefined) return undefined;
  return { seconds: day * 86_400 + secondsIn(text) - offsetIn(text, zoneAt), fraction: text.slice(20, zoneAt) };
}

const daysBefore: readonly number[] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];

/** The days from 1970 to the date at the beginning of a text; nothing where there is no such date. */
function dayIn(text: string): number | undefined {
  const year = pairAt(text, 0) * 100 + pairAt(text, 2);
  const month = pairAt(text, 5);
  const day = pairAt(text, 8);
  const before = daysBefore[month - 1];
  const after = daysBefore[month];
  if (before === undefined || after === undefined || day < 1) return undefined;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (day > after - before + (isLeap && month === 2 ? 1 : 0)) return undefined;
  const thisYear = before + day - 1 + (isLeap && month > 2 ? 1 : 0);
  return year * 365 + leapsBefore(year) - daysTo1970 + thisYear;
}

/** How many of the years before this one, from the year 0 on, have a day more. */
const leapsBefore = (year: number): number => Math.ceil(year / 4) - Math.ceil(year / 100) + Math.ceil(year / 400);

const daysTo1970 = 1970 * 365 + leapsBefore(1970);

/** The seconds since midnight of a text whose form is known. */
const secondsIn = (text: string): number => pairAt(text, 11) * 3600 + pairAt(text, 14) * 60 + pairAt(text, 17);

const pairAt = (text: string, i: number): number => text.charCodeAt(i) * 10 + text.charCodeAt(i + 1) - 528;

/** The seconds that the zone at the end of a text is ahead of UTC. */
function offsetIn(text: string, at: number): number {
  if (text.length - at === 1) return 0;
  const offset = pairAt(text, at + 1) * 3600 + pairAt(text, at + 4) * 60;
  return text.charAt(at) === "-" ? -offset : offset;
}

/** A time from milliseconds since 1970 or ISO 8601 text; nothing where there is none that a record can have. */
export function timeIn(value: Digits | string | null | undefined): HrTime | undefined {
  if (value === null || value === undefined || value === "") return undefined;
  const time = typeof value === "string" ? ofText(value) : fromMillis(numberOf(value));
  return time !== undefined && isTime(time) ? time : undefined;
}

function ofText(text: string): HrTime | undefined {
  const parsed = parseIso(text) ?? parseIso(visible(text).trim());
  return parsed === undefined ? undefined : [parsed.seconds, leading(parsed.fraction, 9)];
}

/** The first digits of a fraction as a whole number: of `5` the first three are 500. */
export function leading(fraction: string, digits: number): number {
  let number = 0;
  for (let i = 0; i < digits; i++) number = number * 10 + (i < fraction.length ? fraction.charCodeAt(i) - 48 : 0);
  return number;
}
