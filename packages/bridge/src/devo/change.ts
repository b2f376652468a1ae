import type { EventName, JobAttributes } from "@jobtrail/conventions";
import { jobUid, runUid } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { numberOf } from "@jobtrail/schemas";
import type { DevoJob } from "@jobtrail/schemas";
import { z } from "zod";

/** A run that is at work. */
interface Run {
  readonly uid: string;
  /** When it was first seen, in milliseconds. */
  readonly since: number;
  /** The events that the job had generated and sent before. */
  readonly before: readonly [generated: number, sent: number];
  readonly stalled?: true | undefined;
}

/** What is known of a job that was listed. */
export interface Known {
  readonly status: string;
  /** `lastDatetime`; while the job is stopped, where its next run goes on. */
  readonly last: number;
  readonly generated: number;
  readonly name?: string | undefined;
  readonly run?: Run | undefined;
  /** When its progress was last recorded, in milliseconds. */
  readonly progress?: number | undefined;
  /** When it was last asked for by its id, because no list had it. */
  readonly asked?: number | undefined;
}

/** The shape of a job that is known. */
export const knownShape: z.ZodType<Known> = z.object({
  status: z.string(),
  last: z.number(),
  generated: z.number(),
  name: z.string().optional(),
  run: z
    .object({
      uid: z.string(),
      since: z.number(),
      before: z.tuple([z.number(), z.number()]),
      stalled: z.literal(true).optional(),
    })
    .optional(),
  progress: z.number().optional(),
  asked: z.number().optional(),
});

/** What became known of a job. */
export interface Change {
  readonly events: readonly JobEvent[];
  readonly known: Known;
  /** What came in the run that ended, by `job.run.uid`: the job counts on from run to run. */
  readonly counters?: readonly [run: string, counters: JobAttributes] | undefined;
}

/** What a job's status says of its run. */
type Standing = "waiting" | "active" | "alive" | "stopped" | "completed" | "removed" | "unknown";

const standings: Readonly<Record<string, Standing>> = {
  CREATED: "waiting",
  RUNNING: "active",
  RECONNECTING: "alive",
  PAUSED: "alive",
  STOPPED: "stopped",
  COMPLETED: "completed",
  REMOVED: "removed",
};

/** The mark of a job's first run; the others have the `lastDatetime` from which they go on. */
const first = "first";

/**
 * What a sighting of a job says besides what is known. A run's mark is the `lastDatetime` from which it goes on, which
 * the server keeps while the job is stopped, so that all observers give it one uid. A job that was never seen at work
 * is in its first run.
 * @param event the event of the sighting, as the schema reads it.
 */
export function changeOf(
  job: DevoJob,
  event: JobEvent,
  known: Known | undefined,
  at: { readonly now: number; readonly progressMs: number },
): Change {
  const sighting: Sighting = {
    job,
    event,
    known,
    standing: standings[job.status.toUpperCase()] ?? "unknown",
    uid: jobUid({ system: "devo", id: job.id }),
    now: at.now,
    next: {
      status: job.status,
      last: numberIn(job.lastDatetime),
      generated: numberIn(job.eventGenerated),
      name: event.attributes["job.name"] ?? known?.name,
      progress: known?.progress,
      run: known?.run,
    },
  };
  return changes[sighting.standing](sighting, at.progressMs);
}

interface Sighting {
  readonly job: DevoJob;
  readonly event: JobEvent;
  readonly known: Known | undefined;
  readonly standing: Standing;
  readonly uid: string;
  readonly now: number;
  readonly next: Known;
}

const changes: Readonly<Record<Standing, (sighting: Sighting, progressMs: number) => Change>> = {
  waiting: changed,
  unknown: changed,
  active: atWork,
  alive: atWork,
  stopped: (sighting) => ended(sighting, "job.stopped"),
  completed: (sighting) => ended(sighting, "job.ended"),
  removed: changed,
};

const numberIn = (digits: DevoJob["lastDatetime"]): number =>
  digits === undefined || digits === null ? 0 : numberOf(digits);

/** A sighting that is recorded as it is, once. */
function changed({ event, known, job, next }: Sighting): Change {
  return { events: known?.status === job.status ? [] : [event], known: next };
}

/** A run begins, or is still at work. */
function atWork(sighting: Sighting, progressMs: number): Change {
  const { event, known, standing, now, next, job, uid } = sighting;
  if (known?.run === undefined) {
    const mark = known?.status.toUpperCase() === "STOPPED" ? String(known.last) : first;
    const run = {
      uid: runUid(uid, mark),
      since: now,
      before: mark === first ? ([0, 0] as const) : ([next.generated, numberIn(job.eventsSent)] as const),
    };
    return { events: [named(event, "job.run.started", run.uid)], known: { ...next, run, progress: now } };
  }
  const isNews = known.status !== job.status;
  const hasProgress = next.generated !== known.generated && now - (known.progress ?? 0) >= progressMs;
  if (!isNews && !hasProgress) return { events: [], known: { ...next, generated: known.generated } };
  const name = standing === "active" || standing === "alive" ? "job.run.progress" : event.name;
  return { events: [named(event, name, known.run.uid)], known: { ...next, progress: now } };
}

/** A run ended. Where none was seen, no run is made up: the job is found stopped, or completed. */
function ended(sighting: Sighting, otherwise: EventName): Change {
  const { event, known, job, next, uid } = sighting;
  const run = known?.run;
  if (run === undefined) {
    const isKnown = known?.status === job.status;
    return { events: isKnown ? [] : [named(event, otherwise)], known: next };
  }
  const started: JobEvent = {
    name: "job.run.started",
    seen: [Math.floor(run.since / 1000), Math.round((run.since % 1000) * 1e6)],
    attributes: { ...identityIn(event, uid), "job.run.uid": run.uid, "log.record.uid": `${run.uid}-job.run.started` },
  };
  const [generated, sent] = run.before;
  return {
    events: [started, named(event, "job.run.ended", run.uid)],
    known: { ...next, run: undefined },
    counters: [
      run.uid,
      {
        "job.counter.events_generated": Math.max(0, next.generated - generated),
        "job.counter.events_sent": Math.max(0, numberIn(job.eventsSent) - sent),
      },
    ],
  };
}

/** What names the job, for an event besides that of the record. */
export const identityIn = ({ attributes }: JobEvent, uid: string): JobAttributes => ({
  "job.system.name": "devo",
  ...(attributes["job.name"] !== undefined && { "job.name": attributes["job.name"] }),
  ...(attributes["job.id"] !== undefined && { "job.id": attributes["job.id"] }),
  "job.uid": uid,
  "job.record.source": "poll",
});

/** A record's event under the name that it has in the life of its job. */
function named(event: JobEvent, name: EventName, run?: string): JobEvent {
  const { "job.run.number": _, ...rest } = event.attributes;
  return { ...event, name, attributes: { ...rest, ...(run !== undefined && { "job.run.uid": run }) } };
}
