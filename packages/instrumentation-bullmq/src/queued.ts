import { fromMillis, now } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { tell } from "@jobtrail/core/recorder";
import type { Enqueue, Recorder } from "@jobtrail/core/recorder";
import type { Job } from "bullmq";
import { constantsOf, createdOf, jobAttributes, placeOf, queuedAttributes, storedJob, uidOf } from "./job.ts";

/** A job that a call has made. */
export interface Made {
  readonly job: Job;
  /** What stood for it while it was made. */
  readonly by: Enqueue;
  /** Whether it waits for its children. */
  readonly blocked?: boolean;
}

/** Records the jobs of one call: each as queued, or as standing aside for one that was there. */
export function queued(jobs: Iterable<Made>, to: Recorder): void {
  const ids = new Set<string>();
  for (const made of jobs) {
    const { job, by } = made;
    const id = `${job.queueQualifiedName}:${job.id}`;
    if (!mayBeKept(job)) by.emit(queuedEvent(job, to, made.blocked));
    else compare(made, to, ids.has(id)).catch((error: unknown) => tell("bullmq: deduplication", error));
    ids.add(id);
  }
}

/** The event of a job that was stored. */
export const queuedEvent = (job: Job, to: Recorder, blocked = false): JobEvent => ({
  name: "job.queued",
  time: fromMillis(createdOf(job)),
  seen: now(),
  attributes: {
    ...constantsOf(placeOf(job), job.name, job.repeatJobKey),
    ...queuedAttributes(job, blocked),
    ...to.input(job.data),
  },
});

/** Whether another job may have stood for this one, so that only the stored job tells. */
const mayBeKept = ({ opts }: Job): boolean => opts.jobId !== undefined || opts.deduplication !== undefined;

/**
 * A job with a chosen id or a deduplication key may not have been stored: `add` gives back the id of
 * the job that was there. The stored job tells, by its creation time and by the carrier, which is of
 * one call only. Read beside the caller's way, so that it waits for nothing.
 * @param again whether an earlier job of the same call has the same id, and so stands for this one.
 */
async function compare({ job, by, blocked }: Made, to: Recorder, again: boolean): Promise<void> {
  const stored = await storedJob(job.constructor, placeOf(job), job.id ?? "");
  // A fast worker may have finished and removed it: then it was stored.
  const isStored = !again && (stored === undefined || isSame(stored, job)) && isNew(uidOf(job));
  by.emit(isStored ? queuedEvent(job, to, blocked) : deduplicated(job, stored ?? job));
}

const isSame = (stored: Job, job: Job): boolean =>
  createdOf(stored) === createdOf(job) && stored.opts.telemetry?.metadata === job.opts.telemetry?.metadata;

/** The last jobs with a chosen id that were told as queued. */
const told = new Set<string>();
const mostTold = 1024;

/** Whether a job was not told before: of two of one millisecond that carry nothing, only the first is stored. */
function isNew(uid: string): boolean {
  if (told.has(uid)) return false;
  told.add(uid);
  if (told.size > mostTold) told.delete(told.values().next().value ?? "");
  return true;
}

/** The event of a job for which another stands; all that is said is said of the one that was kept. */
function deduplicated(job: Job, kept: Job): JobEvent {
  const key = job.opts.deduplication?.id;
  return {
    name: "job.deduplicated",
    time: fromMillis(createdOf(job)),
    seen: now(),
    attributes: {
      ...constantsOf(placeOf(kept), kept.name, kept.repeatJobKey),
      ...jobAttributes(kept),
      ...(key !== undefined && { "job.deduplication.key": key }),
      "job.reason": key === undefined ? "a job with this id exists" : "a job with this deduplication key exists",
    },
  };
}
