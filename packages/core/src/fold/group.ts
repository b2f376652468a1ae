import type { HrTime } from "@opentelemetry/api";
import type { EventName } from "@jobtrail/conventions";
import type { JobEvent } from "../event/event.ts";
import { jobUid } from "../event/identity.ts";
import { at, compareEvents, compareTexts } from "./order.ts";
import { compareTimes, secondsBetween } from "../event/time.ts";

/** How far the clocks of two observers may be apart. */
export const skewSeconds = 2;

/** What each event is told of: a job, one of its runs, or no job at all. */
export const partOf: Readonly<Record<EventName, "job" | "run" | "neither">> = {
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
  "job.removed": "job",
  "job.log.gap": "neither",
};

/**
 * Ordered events by the job that they are told of. One that does not name its job belongs to the
 * latest job of the same identity that was born no later than it, give or take the clocks.
 */
export function byJob(events: readonly JobEvent[]): Map<string, JobEvent[]> {
  const jobs = new Map<string, JobEvent[]>();
  const nameless: JobEvent[] = [];
  for (const event of events) {
    const uid = event.attributes["job.uid"];
    if (partOf[event.name] === "neither") continue;
    if (uid !== undefined) put(jobs, uid, event);
    else if (event.attributes["job.id"] !== undefined) nameless.push(event);
  }
  if (nameless.length > 0) join(nameless, jobs);
  return jobs;
}

/** Puts an event on the list under a key. */
export function put<K>(lists: Map<K, JobEvent[]>, key: K, event: JobEvent): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [event]);
  else list.push(event);
}

function join(nameless: readonly JobEvent[], jobs: Map<string, JobEvent[]>): void {
  const births = birthsByIdentity(jobs);
  const changed = new Set<JobEvent[]>();
  for (const event of nameless) {
    const plain = identityOf(event);
    const born = births.get(plain)?.findLast(({ time }) => secondsBetween(at(event), time) <= skewSeconds);
    const uid = born?.uid ?? plain;
    put(jobs, uid, event);
    changed.add(jobs.get(uid) ?? []);
  }
  for (const list of changed) list.sort(compareEvents);
}

interface Birth {
  readonly uid: string;
  readonly time: HrTime;
}

/** When each named job was first heard of, earliest first, by what it would be called without a time of creation. */
function birthsByIdentity(jobs: ReadonlyMap<string, readonly JobEvent[]>): Map<string, Birth[]> {
  const births = new Map<string, Birth[]>();
  for (const [uid, events] of jobs) {
    const first = events[0];
    const identified = events.find((event) => event.attributes["job.id"] !== undefined);
    if (first === undefined || identified === undefined) continue;
    const identity = identityOf(identified);
    births.set(identity, [...(births.get(identity) ?? []), { uid, time: at(first) }]);
  }
  for (const list of births.values()) list.sort((a, b) => compareTimes(a.time, b.time) || compareTexts(a.uid, b.uid));
  return births;
}

const identityOf = ({ attributes }: JobEvent): string =>
  jobUid({
    system: attributes["job.system.name"] ?? "",
    namespace: attributes["job.namespace"],
    queue: attributes["job.queue.name"],
    id: attributes["job.id"] ?? "",
  });
