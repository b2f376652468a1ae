import { isoOfMillis } from "@jobtrail/core/event";
import { guard } from "@jobtrail/core/recorder";
import type { Call } from "@jobtrail/instrumentation";
import { isPaused } from "./schedule.ts";
import type { Cron, Schedule, Schedules } from "./schedule.ts";

/** How many missed times are counted at the most: after a night's sleep of the machine, a tick must stay short. */
const mostMissed = 1000;

/** croner's look at the clock: it starts a run here if one is due, and sets its next timer. */
export function checkTrigger(original: Call, cron: Cron, args: readonly unknown[], known: Schedules): unknown {
  const tick = guard("croner: tick", () => tickOf(cron, args[0] as Date, known));
  const result = original.apply(cron, args as unknown[]);
  if (tick !== undefined) guard("croner: tick", () => over(cron, tick, known));
  return result;
}

interface Tick {
  readonly schedule: Schedule;
  readonly nominal: number;
  readonly at: number;
  readonly isDue: boolean;
}

function tickOf(cron: Cron, target: Date, known: Schedules): Tick {
  const schedule = known.ticking(cron);
  const at = Date.now();
  const nominal = nominalOf(cron, schedule, target.getTime(), at);
  if (isPaused(cron)) schedule.toldUntil = Math.max(schedule.toldUntil, at);
  // croner asks the clock once more and may find due what is not yet due here.
  schedule.due = nominal;
  return { schedule, nominal, at, isDue: !isPaused(cron) && at >= target.getTime() };
}

/**
 * croner counts its target from the last start, so it stays behind in a pause and while `protect`
 * skips: then the time that has just come is meant.
 */
function nominalOf(cron: Cron, { toldUntil }: Schedule, target: number, at: number): number {
  return target > toldUntil ? target : (passed(cron, toldUntil, at).last ?? target);
}

function over(cron: Cron, { schedule, nominal, at, isDue }: Tick, known: Schedules): void {
  const started = schedule.due === undefined;
  schedule.due = undefined;
  if (!started && !isDue) return;
  if (!started) known.missed(schedule, "overlap", 1, nominalTime(nominal));
  const { count, first, last } = passed(cron, nominal, at);
  if (first !== undefined) known.missed(schedule, "late", count, nominalTime(first));
  schedule.toldUntil = Math.max(schedule.toldUntil, last ?? nominal);
  if (cron.nextRun() === null) known.over(cron, "ended");
}

const nominalTime = (ms: number) => ({ "job.schedule.nominal_time": isoOfMillis(ms) });

interface Passed {
  readonly count: number;
  readonly first?: number;
  readonly last?: number;
}

/** The nominal times after one time and up to another, as croner itself counts them. */
function passed(cron: Cron, after: number, until: number): Passed {
  let found: Passed = { count: 0 };
  let from = after;
  // Nominal times are whole seconds.
  while (Math.floor(until / 1000) > Math.floor(from / 1000) && found.count < mostMissed) {
    const next = cron.nextRun(new Date(from))?.getTime();
    if (next === undefined || next > until || next <= from) break;
    found = { count: found.count + 1, first: found.first ?? next, last: next };
    from = next;
  }
  return found;
}
