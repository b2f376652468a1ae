import type { HrTime } from "@opentelemetry/api";
import type { EventName } from "@jobtrail/conventions";
import type { JobEvent } from "../event/event.ts";
import { uidWithoutCreation } from "../event/identity.ts";
import { compareTimes, secondsBetween } from "../event/time.ts";
import { compareEvents, compareTexts, timeOf } from "./order.ts";

/** How far the clocks of two observers may be apart. */
export const skewSeconds = 2;

/** What each event is about: a job, one of its runs, or neither. */
export const subjectOf: Readonly<Record<EventName, "job" | "run" | "neither">> = {
  "job.schedule.created": "neither",
  "job.schedule.paused": "neither",
  "job.schedule.resumed": "neither",
  "job.schedule.deleted": "neither",
  "job.schedule.missed": "neither",
  "job.queued": "job",
  "job.deduplicated": "job",
  "job.restarted": "job",
  "job.run.started": "run",
  "job.run.progress": "run",
  "job.run.heartbeat": "run",
  "job.stalled": "run",
  "job.run.ended": "run",
  "job.retry_scheduled": "run",
  "job.ended": "job",
  "job.stopped": "job",
  "job.removed": "job",
  "job.log.gap": "neither",
};

/**
 * Ordered events by the job that they are about. An event without `job.uid` belongs to the latest job of the same
 * system, namespace, queue and id that had been heard of by then, give or take the clocks.
 */
export function byJob(events: readonly JobEvent[]): Map<string, JobEvent[]> {
  const jobs = new Map<string, JobEvent[]>();
  const withoutUid: JobEvent[] = [];
  for (const event of events) {
    const uid = event.attributes["job.uid"];
    if (subjectOf[event.name] === "neither") continue;
    if (uid !== undefined) addTo(jobs, uid, event);
    else if (event.attributes["job.id"] !== undefined) withoutUid.push(event);
  }
  if (withoutUid.length > 0) assignToJobs(withoutUid, jobs);
  return jobs;
}

/** Adds an event to the list under a key. */
export function addTo<K>(lists: Map<K, JobEvent[]>, key: K, event: JobEvent): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [event]);
  else list.push(event);
}

function assignToJobs(withoutUid: readonly JobEvent[], jobs: Map<string, JobEvent[]>): void {
  const byIdentity = firstHeardByIdentity(jobs);
  const changed = new Set<JobEvent[]>();
  for (const event of withoutUid) {
    const identity = uidWithoutCreation(event.attributes) ?? "";
    const known = byIdentity
      .get(identity)
      ?.findLast(({ firstHeard }) => secondsBetween(timeOf(event), firstHeard) <= skewSeconds);
    const uid = known?.uid ?? identity;
    addTo(jobs, uid, event);
    changed.add(jobs.get(uid) ?? []);
  }
  for (const list of changed) list.sort(compareEvents);
}

interface KnownJob {
  readonly uid: string;
  readonly firstHeard: HrTime;
}

/** The jobs that have a uid, earliest first, by system, namespace, queue and id. */
function firstHeardByIdentity(jobs: ReadonlyMap<string, readonly JobEvent[]>): Map<string, KnownJob[]> {
  const byIdentity = new Map<string, KnownJob[]>();
  for (const [uid, events] of jobs) {
    const first = events[0];
    const identity = events.map(({ attributes }) => uidWithoutCreation(attributes)).find((each) => each !== undefined);
    if (first === undefined || identity === undefined) continue;
    byIdentity.set(identity, [...(byIdentity.get(identity) ?? []), { uid, firstHeard: timeOf(first) }]);
  }
  for (const list of byIdentity.values())
    list.sort((a, b) => compareTimes(a.firstHeard, b.firstHeard) || compareTexts(a.uid, b.uid));
  return byIdentity;
}
