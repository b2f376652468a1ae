import type { HrTime } from "@opentelemetry/api";
import type { JobAttributes, JobState, RunResult } from "@jobtrail/conventions";
import type { JobError, JobEvent } from "./event.ts";

/** One start of a job's work, as all its records together tell it. */
export interface Run {
  /** `job.run.uid`; absent where no observer could name the run. */
  readonly uid?: string;
  /** Which life of the job the run belongs to, from 1; `job.restarted` opens another. */
  readonly life: number;
  readonly start?: HrTime;
  readonly end?: HrTime;
  /** The run has no end of its own and a later run of the same life has started. */
  readonly lost?: true;
  readonly result?: RunResult;
  /** In seconds; only from two real times, never negative. */
  readonly duration?: number;
  /** Definition, job and run attributes, each from the best source. */
  readonly attributes: JobAttributes;
  readonly error?: JobError;
  /** The best source's record of the start and of the end. */
  readonly started?: JobEvent;
  readonly ended?: JobEvent;
}

/** A job, as all its records together tell it. */
export interface Job {
  readonly uid: string;
  readonly state: JobState;
  /** The result of the last run that ended, or of `job.ended`; absent where nothing certain is known. */
  readonly result?: RunResult;
  readonly error?: JobError;
  /** When the job was queued, by its best source. */
  readonly queued?: HrTime;
  /** When anything was last heard of it. */
  readonly last: HrTime;
  readonly attributes: JobAttributes;
  /** In the order of their start. */
  readonly runs: readonly Run[];
}

/**
 * The jobs that a set of events tells of. Pure, over the whole set: the order of the events, their
 * repetition and which observer came first make no difference.
 */
export function fold(events: Iterable<JobEvent>): readonly Job[] {
  throw new Error("being written");
}
