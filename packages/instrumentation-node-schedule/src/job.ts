import type { ScheduleReader } from "@jobtrail/instrumentation/adapter";

/** A Job of node-schedule. */
export interface Job {
  readonly name: string;
}

/** What a job was scheduled with, and the times at which it will run, earliest first: it keeps neither where it can be read. */
export interface Plan {
  expression: string | undefined;
  timezone: string | undefined;
  isOnce: boolean;
  times: readonly number[];
}

/** How a job is read, with its plan. */
export const readerOf = (planOf: (job: Job) => Plan): ScheduleReader<Job> => ({
  // The name of a job without one has the time at which it was made.
  name: ({ name }) => (name.startsWith("<Anonymous Job ") ? undefined : name),
  expression: (job) => planOf(job).expression,
  timezone: (job) => planOf(job).timezone,
  trigger: (job) => (planOf(job).isOnce ? "delay" : "cron"),
  next: (job, afterMs = Number.NEGATIVE_INFINITY) => planOf(job).times.find((time) => time > afterMs),
  restarts: true,
  tellsMissed: true,
});

/** What stands in a recurrence rule, where it is no pattern. */
const fields = ["year", "month", "date", "dayOfWeek", "hour", "minute", "second"] as const;

/** Reads what `schedule` is given: a date, a pattern, a rule, or one of these with its limits and time zone. */
export function specOf(given: unknown): Omit<Plan, "times"> {
  const { rule, tz } = (typeof given === "object" && given !== null ? given : {}) as { rule?: unknown; tz?: unknown };
  const spec = rule ?? given;
  const isOnce = spec instanceof Date || typeof spec === "number" || isDate(spec);
  const pattern = typeof spec === "string" ? spec : ruleText(spec);
  return { isOnce, expression: isOnce ? undefined : pattern, timezone: typeof tz === "string" ? tz : undefined };
}

/** node-schedule takes a text for a pattern first: dates have other signs in them. */
const isDate = (spec: unknown): boolean =>
  typeof spec === "string" && /[T:]/.test(spec) && !Number.isNaN(Date.parse(spec));

/** A rule in words, such as `hour=14 minute=30`. */
function ruleText(rule: unknown): string {
  const set = fields.flatMap((name) => {
    const value = (rule as Readonly<Record<string, unknown>>)[name];
    return value === undefined || value === null ? [] : [`${name}=${JSON.stringify(value)}`];
  });
  return set.join(" ");
}
