import type { Clock } from "./pace.ts";
import type { BridgePage } from "./source.ts";

const everyMs = 5000;

/**
 * Says now and then how much of a history, or of what was missed in an outage, is read and how long the rest takes.
 * The end of a history is always said; what else is read within some seconds is not worth a line.
 */
export function progressOf(
  name: string,
  {
    clock,
    say,
    isHistory,
  }: { readonly clock: Clock; readonly say: (sentence: string) => void; readonly isHistory: boolean },
): (page: BridgePage) => void {
  let round: Round | undefined;
  return ({ records, share, until }) => {
    const now = clock.now();
    // What was stopped in the middle begins there.
    round ??= { began: now, first: share ?? 0, records: 0, said: now, isSaid: false };
    round.records += records;
    const isDone = isHistory ? share !== undefined && share >= 1 : until !== undefined;
    if (!isDone && now - round.said < everyMs) return;
    if (!isDone || isHistory || round.isSaid) say(`${name}: ${sentenceOf(round, isDone ? 1 : share, now)}`);
    round = isDone ? undefined : { ...round, said: now, isSaid: true };
  };
}

/** Pages that follow each other without a pause. */
interface Round {
  readonly began: number;
  /** How much was done before the first of them. */
  readonly first: number;
  records: number;
  readonly said: number;
  readonly isSaid: boolean;
}

function sentenceOf({ began, first, records }: Round, share: number | undefined, now: number): string {
  const perSecond = Math.round((records / Math.max(1, now - began)) * 1000);
  const done = share === undefined ? 0 : share - first;
  const left = done <= 0 || share === undefined || share >= 1 ? undefined : ((now - began) * (1 - share)) / done;
  const percent = share === undefined ? "" : `, ${Math.round(share * 100)} %`;
  return `${records} records, ${perSecond} a second${percent}${left === undefined ? "" : `, ${spanOf(left)} to go`}.`;
}

/** A length of time as people say it. */
export function spanOf(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.ceil(seconds / 60)} min`;
  return `${Math.round(seconds / 360) / 10} h`;
}
