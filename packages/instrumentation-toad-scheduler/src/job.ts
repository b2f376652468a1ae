import { nextIn } from "@jobtrail/instrumentation/adapter";
import type { Inner, Interval, ScheduleReader } from "@jobtrail/instrumentation/adapter";

/** A job of toad-scheduler: a schedule and its task. */
export interface Job {
  readonly id?: string;
  readonly task: Task;
  readonly schedule: Readonly<Partial<Record<keyof typeof lengths, number>>> & {
    readonly cronExpression?: string;
    readonly timezone?: string;
  };
  /** An interval's, while it is started. */
  readonly timer?: object;
  /** Set where an interval is too long for a timer. */
  readonly childJob?: Job;
  /** A cron job's, once it was started. */
  readonly cronInstance?: { nextRun(after?: Date): Date | null };
}

/** What a job runs. One task may be that of several jobs. */
export interface Task {
  readonly id: string;
  readonly handler: unknown;
}

/** What is known of a job that was started: its interval, or what croner tells of a cron job's times, where that is watched too. */
export type Started =
  | { readonly interval: Interval; readonly inner?: undefined }
  | { readonly inner: Inner; readonly interval?: undefined };

const lengths = { milliseconds: 1, seconds: 1000, minutes: 60_000, hours: 3_600_000, days: 86_400_000 };

/** An interval's length in milliseconds; nothing for a cron job. */
export function periodOf({ schedule }: Job): number | undefined {
  if (schedule.cronExpression !== undefined) return undefined;
  const parts = Object.entries(lengths) as [keyof typeof lengths, number][];
  return parts.reduce((sum, [name, length]) => sum + (schedule[name] ?? 0) * length, 0);
}

/** How a job is read, with what is known of its timer. */
export const readerOf = (started: WeakMap<Job, Started>): ScheduleReader<Job> => ({
  name: ({ id, task }) => id ?? task.id,
  expression: ({ schedule }) => schedule.cronExpression,
  timezone: ({ schedule }) => schedule.timezone,
  trigger: (job) => (periodOf(job) === undefined ? "cron" : "interval"),
  next(job, afterMs = Date.now()) {
    const interval = started.get(job)?.interval;
    return interval === undefined ? job.cronInstance?.nextRun(new Date(afterMs)) : nextIn(interval, afterMs);
  },
  restarts: true,
});
