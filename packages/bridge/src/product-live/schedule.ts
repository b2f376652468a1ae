import { fromMillis, isoOfMillis } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { z } from "zod";
import { nextAfter } from "./cron.ts";

/** A job that is run again and again, as its last record says. */
export interface Schedule {
  readonly rules: readonly string[];
  /** When it was last queued by its rule, or missed, or when it was learned of. */
  readonly since: number;
  readonly name?: string | undefined;
  readonly queue?: string | undefined;
}

/** The shape of a schedule that is known. */
export const scheduleShape: z.ZodType<Schedule> = z.object({
  rules: z.array(z.string()),
  since: z.number(),
  name: z.string().optional(),
  queue: z.string().optional(),
});

/** A job may be queued a little before its time, by another clock. */
const earlyMs = 30_000;

/** What a queued instance says of its job's schedule: nothing for one that has none any more. */
export function scheduleIn(queued: JobEvent, at: number, known: Schedule | undefined): Schedule | undefined {
  const { "job.name": name, "job.queue.name": queue, "job.trigger.type": trigger } = queued.attributes;
  const text = queued.own?.["productlive.job_periodicity"];
  const rules = typeof text === "string" ? rulesIn(text) : [];
  if (rules.length === 0) return undefined;
  const isPeriodic = trigger === "cron";
  const since = isPeriodic ? Math.max(at + earlyMs, known?.since ?? 0) : (known?.since ?? at);
  return { rules, since, name, queue };
}

const rulesShape = z.array(z.looseObject({ isEnabled: z.boolean(), cronExpression: z.string() }));

function rulesIn(json: string): readonly string[] {
  try {
    const rules = rulesShape.safeParse(JSON.parse(json)).data ?? [];
    return rules.filter(({ isEnabled }) => isEnabled).map(({ cronExpression }) => cronExpression);
  } catch {
    return [];
  }
}

/** The times at which a schedule meant to queue its job and did not, and the schedule after them. */
export function missedIn(
  id: string,
  schedule: Schedule,
  now: number,
  graceMs: number,
): { readonly events: readonly JobEvent[]; readonly schedule: Schedule } {
  const events: JobEvent[] = [];
  let { since } = schedule;
  for (;;) {
    const next = dueAfter(schedule, since);
    if (next === undefined || next.at + graceMs > now || events.length >= mostMissed) break;
    events.push(missed(id, schedule, next, now));
    since = next.at + earlyMs;
  }
  return { events, schedule: { ...schedule, since } };
}

/** Nobody needs to know each of the times that passed in a long absence. */
const mostMissed = 100;

interface Due {
  readonly at: number;
  readonly rule: string;
}

/** The first time of any rule after a time. */
function dueAfter({ rules }: Schedule, since: number): Due | undefined {
  const due = rules.flatMap((rule): Due[] => {
    const at = nextAfter(rule, since);
    return at === undefined ? [] : [{ at, rule }];
  });
  return due.toSorted((a, b) => a.at - b.at)[0];
}

const missed = (id: string, { name, queue }: Schedule, { at, rule }: Due, now: number): JobEvent => ({
  name: "job.schedule.missed",
  time: fromMillis(at),
  seen: fromMillis(now),
  attributes: {
    "job.system.name": "product-live",
    "job.schedule.id": id,
    "job.schedule.expression": rule,
    "job.schedule.timezone": "UTC",
    ...(name !== undefined && { "job.name": name }),
    ...(queue !== undefined && { "job.queue.name": queue }),
    "job.schedule.nominal_time": isoOfMillis(at),
    "job.schedule.missed_count": 1,
    "job.record.source": "inferred",
    "log.record.uid": `${id}-missed-${at}`,
  },
});
