import type { HrTime } from "@opentelemetry/api";
import type { JobEvent } from "../event/event.ts";
import { compareTimes, secondsBetween } from "../event/time.ts";
import { goesOn } from "./ending.ts";
import type { RunOutline } from "./ending.ts";
import { skewSeconds } from "./group.ts";
import { timeOf } from "./order.ts";

/**
 * When each life of a job began, without the first. `job.restarted` begins one only where the life before is over;
 * otherwise it confirms what another observer has said.
 */
export function restartTimes(events: readonly JobEvent[], runs: readonly RunOutline[]): HrTime[] {
  const times: HrTime[] = [];
  let before: JobEvent | undefined;
  for (const restart of events) {
    if (restart.name !== "job.restarted") continue;
    if (before === undefined || !isSame(before, restart)) {
      const begin = beginOf(timeOf(restart), runs);
      if (isOver(begin, times.at(-1), runs, events)) times.push(begin);
    }
    before = restart;
  }
  return times;
}

/** The life, from 1, that a time belongs to; 0 for no time. */
export const lifeAt = (restarts: readonly HrTime[], time: HrTime | undefined): number =>
  time === undefined ? 0 : 1 + restarts.filter((begin) => compareTimes(begin, time) <= 0).length;

/** Two sources report one restart, each by its own clock. */
const isSame = (before: JobEvent, after: JobEvent): boolean =>
  before.attributes["job.record.source"] !== after.attributes["job.record.source"] &&
  secondsBetween(timeOf(before), timeOf(after)) <= skewSeconds;

/** A worker may start the job before whoever restarted it has its answer: then the life begins with that run. */
function beginOf(restart: HrTime, runs: readonly RunOutline[]): HrTime {
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
  runs: readonly RunOutline[],
  events: readonly JobEvent[],
): boolean {
  const last = runs.findLast(({ begin }) => compareTimes(from, begin) <= 0 && compareTimes(begin, time) < 0);
  const since = last?.begin ?? from;
  const over = last === undefined ? undefined : overAt(last);
  return (
    (over !== undefined && compareTimes(over, time) <= 0) ||
    events.some(
      (event) => isJobEnd(event) && compareTimes(since, timeOf(event)) <= 0 && compareTimes(timeOf(event), time) <= 0,
    )
  );
}

const isJobEnd = ({ name }: JobEvent): boolean => name === "job.ended" || name === "job.removed";

/** When a run ended whose end may be the job's. */
function overAt(run: RunOutline): HrTime | undefined {
  const { end, ended } = run.ending;
  return ended === undefined || goesOn(run) ? undefined : (end ?? timeOf(ended));
}
