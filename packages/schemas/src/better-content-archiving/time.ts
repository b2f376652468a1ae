import { isTime } from "@jobtrail/core/event";
import type { HrTime } from "@opentelemetry/api";
import { isoOfSeconds, timeIn } from "../moment.ts";
import { visible } from "../visible.ts";
import { dateFormatOf } from "./date-format.ts";
import type { DateFormat, Local } from "./date-format.ts";
import type { BcaExecution } from "./record.ts";
import { instantsOf } from "./zone.ts";

/** A time as far as it is certain, or why it is not. */
export interface Shown {
  readonly time?: HrTime;
  /** ISO 8601 with the digits that were shown. */
  readonly iso?: string;
  /** How long the shortest time is that its text tells apart, in seconds. */
  readonly resolution: number;
  readonly problem?: string;
}

const unknown: Shown = { resolution: 0 };

/** Reads a time in ISO 8601 or in the stated format and zone. What is not stated is not guessed. */
export function shownIn(label: "Started" | "Ended", record: BcaExecution): Shown {
  const text = visible(record[label] ?? "").trim();
  if (text === "") return unknown;
  const time = timeIn(text);
  if (time !== undefined) return { time, iso: text, resolution: 0.001 };
  const stated = record["Date format"] ?? "";
  if (stated === "") return problem(`${label} is no ISO 8601 time, and no date format is stated`);
  const format = dateFormatOf(stated);
  if (format === undefined)
    return problem("the date format does not say one certain time, such as yyyy-MM-dd HH:mm:ss or d MMM yyyy h:mm a");
  const local = format.read(text);
  return local === undefined
    ? problem(`${label} is not of the stated date format`)
    : zoned(label, local, format, record);
}

const problem = (text: string): Shown => ({ ...unknown, problem: text });

function zoned(label: string, local: Local, { resolution }: DateFormat, record: BcaExecution): Shown {
  const zone = record["Time zone"] ?? "";
  if (local.offset === undefined && zone === "") return problem(`${label} names no zone, and none is stated`);
  const instants = local.offset === undefined ? instantsOf(local.ms, zone) : [local.ms - local.offset * 60_000];
  const [instant] = instants ?? [];
  if (instants === undefined) return problem("the stated time zone is not known");
  if (instant === undefined) return problem(`${label} is a time that was left out when the clocks were set forward`);
  if (instants.length > 1) return problem(`${label} is a time that came twice when the clocks were set back`);
  const time: HrTime = [Math.floor(instant / 1000), Number(local.fraction.padEnd(9, "0"))];
  if (!isTime(time)) return problem(`${label} is no time that a record can have`);
  const fraction = local.fraction === "" ? "" : `.${local.fraction}`;
  return { time, iso: `${isoOfSeconds(time[0])}${fraction}Z`, resolution };
}

/** Whether times in a date format are certain, as `Reading.dateFormat` wants it. */
export const isDateFormat = (pattern: string): boolean => dateFormatOf(pattern) !== undefined;

/** Whether a time zone is known, as `Reading.timeZone` wants it. */
export const isTimeZone = (zone: string): boolean => instantsOf(0, zone) !== undefined;
