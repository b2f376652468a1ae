import { minutesOf } from "./date-format.ts";

const dayMs = 86_400_000;
const mostZones = 64;

const known = new Map<string, Intl.DateTimeFormat | undefined>();

/** The calendar of a zone; nothing where there is no such zone. */
function calendarOf(zone: string): Intl.DateTimeFormat | undefined {
  if (!known.has(zone)) {
    if (known.size >= mostZones) known.clear();
    known.set(zone, calendar(zone));
  }
  return known.get(zone);
}

function calendar(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch {
    return undefined;
  }
}

/** What a time of day in a zone is in milliseconds since 1970: twice when clocks are set back, never when they are set forward. */
export function instantsOf(local: number, zone: string): readonly number[] | undefined {
  if (/^(?:UTC|GMT|Z)$/i.test(zone)) return [local];
  if (/^[+-]\d\d:?\d\d$/.test(zone)) return [local - minutesOf(zone) * 60_000];
  const calendar = calendarOf(zone);
  if (calendar === undefined) return undefined;
  const [before, after] = offsetsAround(Math.floor(local / dayMs), zone, calendar);
  if (before === after) return [local - before];
  return [local - before, local - after]
    .filter((instant) => instant + offsetAt(instant, calendar) === local)
    .sort((a, b) => a - b);
}

// Most records of a log fall on the day of the one before, and asking a calendar costs more than all the rest.
const last: { zone: string; day: number; offsets: readonly [number, number] } = { zone: "", day: 0, offsets: [0, 0] };

/** A zone's offsets the day before a day and the day after it, in milliseconds. */
function offsetsAround(day: number, zone: string, calendar: Intl.DateTimeFormat): readonly [number, number] {
  if (last.zone !== zone || last.day !== day) {
    last.offsets = [offsetAt((day - 1) * dayMs, calendar), offsetAt((day + 2) * dayMs, calendar)];
    last.zone = zone;
    last.day = day;
  }
  return last.offsets;
}

function offsetAt(instant: number, calendar: Intl.DateTimeFormat): number {
  const parts = Object.fromEntries(calendar.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000;
}
