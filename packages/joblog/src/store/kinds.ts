import type { EventName } from "@jobtrail/conventions";

/** How many records of a kind count, however many a job has: the oldest and the newest so many. */
export interface Kind {
  readonly number: number;
  readonly oldest: number;
  readonly newest: number;
}

/**
 * The kinds of records, and what the history of one job may cost. A job of 60,000 runs is folded from the newest
 * 1,000 events of its runs; a run of hours from its newest 50 signs of life.
 */
export const kinds: Readonly<Record<"job" | "run" | "progress" | "heartbeat", Kind>> = {
  job: { number: 0, oldest: 10, newest: 200 },
  run: { number: 1, oldest: 0, newest: 1000 },
  progress: { number: 2, oldest: 0, newest: 50 },
  heartbeat: { number: 3, oldest: 0, newest: 50 },
};

/** Ends of runs that this job log inferred. They are made again with each fold, and never counted. */
export const inferredKind = 4;

/** The kind of an event's record. */
export function kindOf(name: EventName): Kind {
  if (name === "job.run.progress") return kinds.progress;
  if (name === "job.run.heartbeat") return kinds.heartbeat;
  return runEvents.has(name) ? kinds.run : kinds.job;
}

const runEvents: ReadonlySet<EventName> = new Set([
  "job.run.started",
  "job.run.ended",
  "job.retry_scheduled",
  "job.stalled",
]);

/** Records that have no job of their own to be found by count like events of runs: the newest. */
export const mostWithoutUid = 1000;

/** Of the jobs that had one id after another, only so many are folded with records that have no uid: the newest. */
export const mostOfIdentity = 50;
