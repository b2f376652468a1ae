import { nextIn } from "@jobtrail/instrumentation/adapter";
import type { Interval, ScheduleReader } from "@jobtrail/instrumentation/adapter";

/** A method that Nest calls by time: decorated with `@Cron`, `@Interval` or `@Timeout`. */
export interface Method {
  /** `ReportsService.nightly`. */
  readonly path: string;
  /** The decorator's name for it; without one Nest makes up a random one. */
  name: string | undefined;
  cron: CronOptions | undefined;
  /** Set once the application has started. */
  job: CronJob | undefined;
  interval: Interval | undefined;
  once: number | undefined;
}

/** The options of `@Cron`. */
export interface CronOptions {
  readonly name?: string;
  readonly cronTime: unknown;
  readonly timeZone?: string;
  readonly utcOffset?: number | string;
}

/** A job of cron's, as Nest makes it. */
export interface CronJob {
  readonly isActive?: boolean;
  /** Until cron 3. */
  readonly running?: boolean;
  nextDate(): { toMillis(): number };
}

/** Whether its timer is set. */
export const isActive = ({ isActive: active, running }: CronJob): boolean => active ?? running ?? false;

/** How a method is read. */
export const reader: ScheduleReader<Method> = {
  name: ({ name, path }) => name ?? path,
  expression: ({ cron }) => (typeof cron?.cronTime === "string" ? cron.cronTime : undefined),
  timezone: ({ cron }) => cron?.timeZone ?? (cron?.utcOffset === undefined ? undefined : String(cron.utcOffset)),
  trigger: ({ cron, interval }) =>
    typeof cron?.cronTime === "string" ? "cron" : interval === undefined ? "delay" : "interval",
  next({ job, interval, once }, afterMs = Date.now()) {
    if (interval !== undefined) return nextIn(interval, afterMs);
    const next = once ?? job?.nextDate().toMillis();
    return next !== undefined && next > afterMs ? next : undefined;
  },
  restarts: true,
};
