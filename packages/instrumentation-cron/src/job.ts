import type { ScheduleReader } from "@jobtrail/instrumentation/adapter";

/** A CronJob of versions 2 to 4: private names included, which differ. */
export interface CronJob {
  /** Since version 4. */
  readonly name?: string;
  readonly cronTime: CronTime;
  readonly _callbacks: unknown[];
  readonly runOnce?: boolean;
  readonly waitForCompletion?: boolean;
  readonly _isCallbackRunning?: boolean;
  /** Until version 3. */
  readonly running?: boolean;
  /** Since version 4. */
  readonly _isActive?: boolean;
}

/** When a CronJob runs. */
export interface CronTime {
  readonly source: string | { toMillis(): number };
  readonly realDate?: boolean;
  /** Since version 3; before, `zone`. */
  readonly timeZone?: string;
  readonly zone?: string;
  readonly utcOffset?: number;
  /** Since version 2.2; before, with the underscore that it still has in version 2. */
  readonly getNextDateFrom?: NextDate;
  readonly _getNextDateFrom?: NextDate;
}

type NextDate = (start: Date, zone?: string) => { toMillis(): number };

/** The next time that cron computed last: computing it again costs up to half a millisecond. */
export interface Computed {
  readonly at: number;
  readonly next: number;
}

/** Whether its timer is set. */
export const isActive = ({ _isActive, running }: CronJob): boolean => _isActive ?? running ?? false;

/** How a CronJob is read. */
export const readerOf = (computed: WeakMap<CronTime, Computed>): ScheduleReader<CronJob> => ({
  name: ({ name }) => name,
  expression: ({ cronTime: { realDate, source } }) => (realDate === true ? undefined : String(source)),
  timezone: ({ cronTime }) => zoneOf(cronTime),
  trigger: ({ cronTime }) => (cronTime.realDate === true ? "delay" : "cron"),
  next({ cronTime }, afterMs = Date.now()) {
    const { source } = cronTime;
    if (typeof source !== "string") return source.toMillis() > afterMs ? source.toMillis() : undefined;
    const known = computed.get(cronTime);
    if (known !== undefined && secondOf(known.at) === secondOf(afterMs)) return known.next;
    const offset = cronTime.utcOffset === undefined ? undefined : `UTC${zoneOf(cronTime)}`;
    const compute = cronTime.getNextDateFrom ?? cronTime._getNextDateFrom;
    return compute?.call(cronTime, new Date(afterMs), offset ?? zoneOf(cronTime)).toMillis();
  },
  restarts: true,
});

const secondOf = (ms: number): number => Math.floor(ms / 1000);

/** Its time zone, or its minutes from UTC as ISO 8601 writes them: `+05:30`. */
function zoneOf({ timeZone, zone, utcOffset }: CronTime): string | undefined {
  if (utcOffset === undefined) return timeZone ?? zone;
  const two = (value: number): string => String(Math.trunc(value)).padStart(2, "0");
  const distance = Math.abs(utcOffset);
  return `${utcOffset < 0 ? "-" : "+"}${two(distance / 60)}:${two(distance % 60)}`;
}
