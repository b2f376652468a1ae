import { nextIn } from "@jobtrail/instrumentation/adapter";
import type { Interval, ScheduleReader } from "@jobtrail/instrumentation/adapter";

/** An instance of Bree. */
export interface Bree {
  readonly config: { readonly jobs: readonly Job[]; readonly closeWorkerAfterMs?: number };
  readonly workers: ReadonlyMap<string, unknown>;
}

/** A job as Bree keeps it: its timeout and interval are milliseconds, a pattern of later's, or false. */
export interface Job {
  readonly name: string;
  readonly date?: Date;
  readonly cron?: unknown;
  readonly timeout?: unknown;
  readonly interval?: unknown;
  readonly timezone?: string;
  readonly closeWorkerAfterMs?: number;
}

/** A pattern by which a timer was set. */
export interface Pattern {
  /** The time that it is set for. */
  readonly dueMs: number | undefined;
  readonly next: (afterMs: number) => number | undefined;
}

/** A job of an instance, and what is known of its timers. */
export interface Schedule {
  readonly bree: Bree;
  readonly name: string;
  /** The time of a date or a timeout, for as long as it is to come. */
  once: number | undefined;
  interval: Interval | undefined;
  /** Known where later is watched. */
  pattern: Pattern | undefined;
}

/** The job as the instance has it now; nothing once it was removed. */
export const jobOf = ({ bree, name }: Schedule): Job | undefined => bree.config.jobs.find((each) => each.name === name);

/** How long an interval is; nothing for a pattern, or where there is none. */
export const periodOf = (job: Job | undefined): number | undefined =>
  typeof job?.interval === "number" && job.interval > 0 ? job.interval : undefined;

/** Whether it is one of later's patterns. */
export const isPattern = (value: unknown): boolean => typeof value === "object" && value !== null;

/** Whether it runs more than once. */
export const recurs = (job: Job | undefined): boolean => periodOf(job) !== undefined || isPattern(job?.interval);

/** How a job is read. */
export const reader: ScheduleReader<Schedule> = {
  name: ({ name }) => name,
  expression(schedule) {
    const cron = jobOf(schedule)?.cron;
    return typeof cron === "string" ? cron : undefined;
  },
  timezone(schedule) {
    const timezone = jobOf(schedule)?.timezone;
    return timezone === "local" || timezone === "system" ? undefined : timezone;
  },
  trigger(schedule) {
    const job = jobOf(schedule);
    if (!recurs(job)) return "delay";
    return isPattern(job?.interval) ? "cron" : "interval";
  },
  next({ once, interval, pattern }, afterMs = Date.now()) {
    if (once !== undefined) return once > afterMs ? once : undefined;
    return interval === undefined ? pattern?.next(afterMs) : nextIn(interval, afterMs);
  },
  restarts: true,
};
