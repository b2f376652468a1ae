/** An interval as timers count it: from when they fired last. All times are milliseconds. */
export interface Interval {
  readonly periodMs: number;
  /** When the timer fired last, or was set. */
  at: number;
  /** The time that was due then. */
  due: number;
}

/** An interval whose timer is set at a time. */
export const intervalFrom = (atMs: number, periodMs: number): Interval => ({ periodMs, at: atMs, due: atMs });

/** The next time after one. Those for which a late timer did not fire are counted from the time that was due. */
export function nextIn({ periodMs, at, due }: Interval, afterMs: number): number | undefined {
  if (!(periodMs > 0)) return undefined;
  const passed = stepAfter(due, periodMs, afterMs);
  return passed <= at ? passed : stepAfter(at, periodMs, afterMs);
}

const stepAfter = (from: number, periodMs: number, afterMs: number): number =>
  afterMs < from ? from + periodMs : from + (Math.floor((afterMs - from) / periodMs) + 1) * periodMs;

/** The timer has fired. @returns the time that is due. */
export function fired(interval: Interval, atMs: number): number {
  interval.due = interval.at + interval.periodMs;
  interval.at = atMs;
  return interval.due;
}
