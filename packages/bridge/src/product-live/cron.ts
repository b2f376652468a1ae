const ranges = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const;

/** A rule with five fields, as sets of the values that each allows. */
interface Rule {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  /** Whether both the day and the weekday are restricted: then one of them is enough. */
  readonly isEither: boolean;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** A rule such as the 29th of February comes at least once in this many days. */
const mostDays = 3000;

/** When a rule comes next after a time, in UTC and milliseconds; undefined for one that is none or never comes. */
export function nextAfter(expression: string, after: number): number | undefined {
  const rule = ruleOf(expression);
  if (rule === undefined) return undefined;
  const first = Math.floor(after / minuteMs) * minuteMs + minuteMs;
  for (let day = Math.floor(first / dayMs), last = day + mostDays; day <= last; day++) {
    if (!isDay(rule, new Date(day * dayMs))) continue;
    const begin = Math.max(first, day * dayMs);
    for (let at = begin; at < (day + 1) * dayMs; at += minuteMs) {
      const time = new Date(at);
      if (rule.hours.has(time.getUTCHours()) && rule.minutes.has(time.getUTCMinutes())) return at;
    }
  }
  return undefined;
}

function isDay({ days, months, weekdays, isEither }: Rule, time: Date): boolean {
  if (!months.has(time.getUTCMonth() + 1)) return false;
  const [isDate, isWeekday] = [days.has(time.getUTCDate()), weekdays.has(time.getUTCDay())];
  return isEither ? isDate || isWeekday : isDate && isWeekday;
}

function ruleOf(expression: string): Rule | undefined {
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== ranges.length) return undefined;
  const [minutes, hours, days, months, weekdays] = fields.map((field, i) => valuesOf(field, ranges[i] ?? [0, 0]));
  if (
    minutes === undefined ||
    hours === undefined ||
    days === undefined ||
    months === undefined ||
    weekdays === undefined
  )
    return undefined;
  // Sunday is 0 and 7.
  const isEither = fields[2] !== "*" && fields[4] !== "*";
  return { minutes, hours, days, months, weekdays: new Set([...weekdays].map((day) => day % 7)), isEither };
}

function valuesOf(field: string, [least, most]: readonly [number, number]): ReadonlySet<number> | undefined {
  const values = new Set<number>();
  for (const part of field.split(",")) {
    const match = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(part);
    if (match === null) return undefined;
    const [, from, to, step = "1"] = match;
    const first = from === undefined ? least : Number(from);
    const last = to === undefined ? (from === undefined || match[3] !== undefined ? most : first) : Number(to);
    if (first < least || last > most || first > last || Number(step) === 0) return undefined;
    for (let value = first; value <= last; value += Number(step)) values.add(value);
  }
  return values;
}
