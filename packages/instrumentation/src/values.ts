import { isoOfMillis } from "@jobtrail/core/event";
import { keys } from "@jobtrail/core/recorder";
import type { Key } from "@jobtrail/core/recorder";
import type { JobReading } from "./reading.ts";
import { stateOf } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";

/** A fixed list of attributes and their values beside it; a value that is undefined is absent. */
export interface Values {
  readonly keys: readonly Key[];
  readonly values: readonly unknown[];
}

const iso = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : isoOfMillis(ms));

/** No priority is what systems store as 0. */
const urgency = ({ priority }: JobReading): number | undefined => (priority === 0 ? undefined : priority);

/** What made a job, where its reading does not say it: other jobs that it waited for, or its delay. */
const triggerOf = ({ trigger, blocked, delay }: JobReading): string | undefined =>
  blocked === true ? "dependency" : (trigger ?? (delay !== undefined && delay > 0 ? "delay" : undefined));

const queuedKeys = keys(
  "job.id",
  "job.uid",
  "job.max_attempts",
  "job.trigger.type",
  "job.priority",
  "job.state",
  "job.schedule.nominal_time",
  "job.delay",
  "job.available_at",
);

/** What is said of a job that was stored. */
export function queuedValues(reading: JobReading, uid: string | undefined): Values {
  const { id, maxAttempts, blocked, state, delay, ready, nominal } = reading;
  const waits = delay !== undefined && delay > 0;
  const follows = delay === undefined ? undefined : waits ? "scheduled" : "waiting";
  return {
    keys: queuedKeys,
    values: [
      id,
      uid,
      maxAttempts,
      triggerOf(reading),
      urgency(reading),
      blocked === true ? "blocked" : (state ?? follows),
      iso(nominal),
      waits ? delay / 1000 : undefined,
      // The delay of a job that waits for others begins when the last of them is done.
      waits && blocked !== true ? iso(ready) : undefined,
    ],
  };
}

const keptKeys = keys(
  "job.id",
  "job.uid",
  "job.max_attempts",
  "job.trigger.type",
  "job.priority",
  "job.deduplication.key",
  "job.reason",
);

/** What is said where a job was not stored: of the one that was kept. */
export const keptValues = (
  kept: JobReading,
  uid: string | undefined,
  key: string | undefined,
  reason: string,
): Values => ({
  keys: keptKeys,
  values: [kept.id, uid, kept.maxAttempts, kept.trigger, urgency(kept), key, reason],
});

/** What only the start of a run knows. */
export interface Start {
  readonly uid: string | undefined;
  readonly runUid: string | undefined;
  /** Seconds. */
  readonly wait: number | undefined;
  readonly lateness: number | undefined;
  readonly worker: string | undefined;
  readonly batchSize: number | undefined;
}

const startedKeys = keys(
  "job.id",
  "job.uid",
  "job.max_attempts",
  "job.trigger.type",
  "job.priority",
  "job.state",
  "job.created_at",
  "job.run.uid",
  "job.run.number",
  "job.run.attempt",
  "job.run.wait",
  "job.worker.name",
  "job.batch.size",
  "job.schedule.nominal_time",
  "job.schedule.lateness",
  "job.schedule.next_time",
);

/** What is said of a run that starts. */
export const startedValues = (reading: JobReading, start: Start): Values => ({
  keys: startedKeys,
  values: [
    reading.id,
    start.uid,
    reading.maxAttempts,
    reading.blocked === true ? "dependency" : reading.trigger,
    urgency(reading),
    reading.state,
    iso(reading.created),
    start.runUid,
    reading.runNumber,
    reading.attempt,
    start.wait,
    start.worker,
    start.batchSize,
    iso(reading.nominal),
    start.lateness,
    iso(reading.next),
  ],
});

const endedKeys = keys(
  "job.run.result",
  "job.run.final",
  "job.state",
  "job.status.native",
  "job.reason",
  "job.max_attempts",
  "job.available_at",
);

/** What is said of a run that ends. */
export const endedValues = (outcome: Outcome): Values => ({
  keys: endedKeys,
  values: [
    outcome.result,
    outcome.final,
    stateOf(outcome),
    outcome.native,
    outcome.reason,
    outcome.maxAttempts,
    iso(outcome.until),
  ],
});

const retryKeys = keys("job.retry.attempt", "job.available_at", "job.state");

/** What is said of a try that will come. */
export const retryValues = (attempt: number, at: number): Values => ({
  keys: retryKeys,
  values: [attempt, iso(at), "retrying"],
});

const knownKeys = keys(
  "job.id",
  "job.uid",
  "job.max_attempts",
  "job.trigger.type",
  "job.priority",
  "job.run.result",
  "job.state",
  "job.status.native",
  "job.reason",
  "job.retry.attempt",
  "job.available_at",
);

/** What is said of something that happened to a job outside of its runs. */
export const knownValues = (reading: JobReading, uid: string | undefined, outcome: Outcome): Values => ({
  keys: knownKeys,
  values: [
    reading.id,
    uid,
    outcome.maxAttempts ?? reading.maxAttempts,
    reading.trigger,
    urgency(reading),
    outcome.result,
    stateOf(outcome),
    outcome.native,
    outcome.reason,
    outcome.retry?.attempt,
    iso(outcome.retry?.at ?? outcome.until),
  ],
});
