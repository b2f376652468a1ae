import { fromMillis, isTime } from "@jobtrail/core";
import type { HrTime } from "@opentelemetry/api";
import { numberOf } from "./json.ts";
import type { Digits } from "./json.ts";

const dayMs = 86_400_000;

// Most records of a log fall on the day of the one before: asking the calendar again costs more than all the rest.
const last = { day: 0, text: "1970-01-01" };

const pairs: readonly string[] = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, "0"));

/** ISO 8601 in UTC to the second, `2024-06-04T16:12:33`, from whole seconds since 1970, up to the year 9999. */
export function isoOfSeconds(seconds: number): string {
  const day = Math.floor(seconds / 86_400);
  if (day !== last.day) {
    last.day = day;
    last.text = new Date(day * dayMs).toISOString().slice(0, 10);
  }
  const rest = seconds - day * 86_400;
  const minutes = Math.floor(rest / 60);
  return `${last.text}T${pairs[Math.floor(minutes / 60)]}:${pairs[minutes % 60]}:${pairs[rest % 60]}`;
}

/** A time to the second, and the digits of its fraction as they stand in the text. */
export interface Moment {
  readonly seconds: number;
  readonly fraction: string;
}

const pattern = /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.(\d+))?([+-]\d\d:\d\d)$/;
const usual = /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?Z$/;

/** A time from ISO 8601 text with a zone; nothing where it is no time. */
export function parseIso(text: string): Moment | undefined {
  if (usual.test(text)) return momentIn(text, text.slice(20, -1), 0);
  const [, fraction = "", zone] = pattern.exec(text) ?? [];
  return zone === undefined ? undefined : momentIn(text, fraction, offsetOf(zone));
}

function momentIn(text: string, fraction: string, offset: number): Moment | undefined {
  const day = dayIn(text);
  return day === undefined ? undefined : { seconds: day * 86_400 + secondsIn(text) - offset, fraction };
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

const offsetOf = (zone: string): number =>
  (zone.startsWith("-") ? -60 : 60) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6)));

/** A time from milliseconds since 1970 or ISO 8601 text; nothing where there is none that a record can have. */
export function timeIn(value: Digits | string | null | undefined): HrTime | undefined {
  if (value === null || value === undefined || value === "") return undefined;
  const time = typeof value === "string" ? ofText(value) : fromMillis(numberOf(value));
  return time !== undefined && isTime(time) ? time : undefined;
}

function ofText(text: string): HrTime | undefined {
  const parsed = parseIso(text);
  return parsed === undefined ? undefined : [parsed.seconds, nanosIn(parsed.fraction)];
}

const nanosIn = (fraction: string): number => (fraction === "" ? 0 : Number(fraction.padEnd(9, "0").slice(0, 9)));
