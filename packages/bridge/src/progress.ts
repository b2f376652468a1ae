import type { Clock } from "./pace.ts";
import type { BridgePage } from "./source.ts";

const everyMs = 5000;

/** Says now and then how much of a backfill is done and how long the rest takes. */
export function progressOf(name: string, clock: Clock, say: (sentence: string) => void): (page: BridgePage) => void {
  const began = clock.now();
  let [said, records, first] = [began, 0, undefined as number | undefined];
  return ({ records: more, share }) => {
    records += more;
    first ??= share ?? 0;
    const now = clock.now();
    const isDone = share !== undefined && share >= 1;
    if (now - said < everyMs && !isDone) return;
    said = now;
    const perSecond = Math.round((records / Math.max(1, now - began)) * 1000);
    // A backfill that goes on where it was stopped begins in the middle.
    const done = share === undefined ? 0 : share - first;
    const left = done <= 0 || share === undefined ? undefined : ((now - began) * (1 - share)) / done;
    say(
      `${name}: ${records} records, ${perSecond} a second${share === undefined ? "" : `, ${Math.round(share * 100)} %`}${left === undefined || isDone ? "" : `, ${spanOf(left)} to go`}.`,
    );
  };
}

/** A length of time as people say it. */
export function spanOf(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.ceil(seconds / 60)} min`;
  return `${Math.round(seconds / 360) / 10} h`;
}
