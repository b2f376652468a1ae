import { tap } from "@jobtrail/instrumentation/adapter";
import type { Jobs, Tap } from "@jobtrail/instrumentation/adapter";
import type { Pattern } from "./job.ts";

/** A pattern of later's that computes times: in the time zone of the process, so Bree shifts what it gives and takes. */
interface Computing {
  next(count: number, from: number | Date): readonly Date[] | Date | 0;
}

/** Watches later: tells of each pattern that a timer is set by, within the call that sets it. */
export function laterTaps(jobs: Jobs, later: unknown, found: (pattern: Pattern) => void): readonly Tap[] {
  let isSetting = false;
  return [
    tap(later, "setTimeout", () => ({
      within(go) {
        isSetting = true;
        try {
          return go();
        } finally {
          isSetting = false;
        }
      },
    })),
    tap(later, "schedule", () => ({
      returned(made) {
        if (!isSetting) return;
        const pattern = made as Computing;
        jobs.tapOne<Computing, [number, number | Date]>(pattern, "next", (_, [, from]) => {
          const shift = from instanceof Date ? Math.round((from.getTime() - Date.now()) / 60_000) * 60_000 : 0;
          return {
            returned(times) {
              const next = (afterMs: number): number | undefined => nextOf(pattern, afterMs, shift);
              found({ dueMs: dueIn(timesIn(times, shift)), next });
            },
          };
        });
      },
    })),
  ];
}

/** later sets no timer for less than a second: that is the time that has just come. */
const dueIn = ([first, second]: readonly number[]): number | undefined =>
  first !== undefined && first - Date.now() < 1000 ? second : first;

/** From the next full second on: a time that is asked from itself is given back as it is. */
function nextOf(pattern: Computing, afterMs: number, shiftMs: number): number | undefined {
  const from = Math.floor((afterMs + shiftMs) / 1000) * 1000 + 1000;
  return timesIn(pattern.next(1, new Date(from)), shiftMs)[0];
}

/** One time, several, or 0 for none. */
const timesIn = (given: unknown, shiftMs: number): readonly number[] =>
  [given].flat().flatMap((time) => (time instanceof Date ? [time.getTime() - shiftMs] : []));
