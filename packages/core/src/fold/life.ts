import type { HrTime } from "@opentelemetry/api";
import type { Told } from "./ending.ts";
import type { JobEvent } from "../event/event.ts";
import { skewSeconds } from "./group.ts";
import { at } from "./order.ts";
import { compareTimes, secondsBetween } from "../event/time.ts";

/**
 * When each life of a job but the first began. `job.restarted` opens one only where the one before
 * is over; else it confirms what another observer told.
 */
export function lives(events: readonly JobEvent[], runs: readonly Told[]): HrTime[] {
  const begun: HrTime[] = [];
  let before: JobEvent | undefined;
  for (const restart of events) {
    if (restart.name !== "job.restarted") continue;
    if (before === undefined || !isSame(before, restart)) {
      const begin = beginOf(at(restart), runs);
      if (isOver(begin, begun.at(-1), runs, events)) begun.push(begin);
    }
    before = restart;
  }
  return begun;
}

/** The life, from 1, that a time belongs to; none for no time. */
export const lifeAt = (begun: readonly HrTime[], time: HrTime | undefined): number =>
  time === undefined ? 0 : 1 + begun.filter((begin) => compareTimes(begin, time) <= 0).length;

/** Two sources tell one restart, each by its own clock. */
const isSame = (before: JobEvent, after: JobEvent): boolean =>
  before.attributes["job.record.source"] !== after.attributes["job.record.source"] &&
  secondsBetween(at(before), at(after)) <= skewSeconds;

/** A worker may be faster than the answer to whoever restarted the job: then the life begins with its run. */
function beginOf(restart: HrTime, runs: readonly Told[]): HrTime {
  const early = runs.find(
    ({ begin }, i) =>
      runs[i - 1]?.ending.ended?.attributes["job.run.final"] === true &&
      compareTimes(begin, restart) <= 0 &&
      secondsBetween(begin, restart) <= skewSeconds,
  );
  return early?.begin ?? restart;
}

/** Whether the life that began last is over at a time. */
function isOver(
  time: HrTime,
  from: HrTime = [-Infinity, 0],
  runs: readonly Told[],
  events: readonly JobEvent[],
): boolean {
  const last = runs.findLast(({ begin }) => compareTimes(from, begin) <= 0 && compareTimes(begin, time) < 0);
  const since = last?.begin ?? from;
  const over = last === undefined ? undefined : overAt(last);
  return (
    (over !== undefined && compareTimes(over, time) <= 0) ||
    events.some((event) => isJobEnd(event) && compareTimes(since, at(event)) <= 0 && compareTimes(at(event), time) <= 0)
  );
}

const isJobEnd = ({ name }: JobEvent): boolean => name === "job.ended" || name === "job.removed";

/** When a run ended whose end may be the job's. */
function overAt({ events, ending: { end, ended } }: Told): HrTime | undefined {
  if (ended === undefined) return undefined;
  const { "job.run.final": final, "job.run.result": result } = ended.attributes;
  const goesOn = final === false || result === "deferred" || events.some(({ name }) => name === "job.retry_scheduled");
  return goesOn ? undefined : (end ?? at(ended));
}
