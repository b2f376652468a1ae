import type { JobState, RunResult } from "@jobtrail/conventions";
import type { JobError } from "@jobtrail/core/event";
import type { Recorder } from "@jobtrail/core/recorder";

/** How a run, or a job without one, came to its end. */
export interface Outcome {
  readonly result?: RunResult | undefined;
  /** Whether it is the job's end too; absent where that is not known. */
  readonly final?: boolean | undefined;
  /** Where it does not follow from the result. */
  readonly state?: JobState | undefined;
  /** The system's own word for the state. */
  readonly native?: string | undefined;
  readonly reason?: string | undefined;
  /** What was thrown, or given as the reason. */
  readonly thrown?: unknown;
  /** What `error.type` says instead of the thrown error's own code or class. */
  readonly errorType?: string | undefined;
  /** An error that the adapter itself words. */
  readonly error?: JobError | undefined;
  /** What the work gave: never kept, at the most measured. */
  readonly value?: unknown;
  readonly maxAttempts?: number | undefined;
  /** The try that comes next: its number, and when it may start. */
  readonly retry?: Retry | undefined;
  /** For a run that put its job back: when the job may start again. */
  readonly until?: number | undefined;
}

/** The try that comes next. */
export interface Retry {
  readonly attempt: number;
  /** In milliseconds. */
  readonly at: number;
}

/** The state that follows from an outcome. */
export function stateOf({ state, result, final }: Outcome): JobState | undefined {
  if (state !== undefined) return state;
  if (result === "success") return "completed";
  if (result === "cancellation" || result === "skip") return "cancelled";
  if (final === undefined || result === undefined) return undefined;
  return final ? "failed" : "retrying";
}

/** The error of an outcome. */
export function errorOf({ thrown, errorType, error }: Outcome, recorder: Recorder): JobError | undefined {
  const known = error ?? (thrown === undefined ? undefined : recorder.error(thrown));
  return known === undefined || errorType === undefined ? known : { ...known, type: errorType };
}
