import { dateFormatOf } from "./date-format.ts";
import { instantsOf } from "./zone.ts";

/** Whether times in a date format are certain, as `Reading.dateFormat` wants it. */
export const isDateFormat = (pattern: string): boolean => dateFormatOf(pattern) !== undefined;

/** Whether a time zone is known, as `Reading.timeZone` wants it. */
export const isTimeZone = (zone: string): boolean => instantsOf(0, zone) !== undefined;
