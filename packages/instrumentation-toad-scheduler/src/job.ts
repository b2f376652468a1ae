import type { Inner, ScheduleReader } from "@jobtrail/instrumentation/adapter";

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

/** What is known of a job that was started. */
export interface Started {
  /** Of an interval: when its timer fired last or was set, the time that was due then, and the one that is due next. */
  at: number;
  due: number;
  next: number;
  /** Of a cron job: what croner tells of its times, where that is watched too. */
  readonly inner: Inner | undefined;
}

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
    const period = periodOf(job);
    if (period === undefined) return job.cronInstance?.nextRun(new Date(afterMs));
    const known = started.get(job);
    if (known === undefined || period <= 0) return undefined;
    // What the timer did not fire for is counted from the time that was due; then from when it fired.
    const passed = stepAfter(known.due, period, afterMs);
    return passed <= known.at ? passed : stepAfter(known.at, period, afterMs);
  },
  restarts: true,
});

const stepAfter = (from: number, period: number, afterMs: number): number =>
  afterMs < from ? from + period : from + (Math.floor((afterMs - from) / period) + 1) * period;
