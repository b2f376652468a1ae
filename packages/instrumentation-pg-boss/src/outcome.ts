import type { JobAttributes, RunResult } from "@jobtrail/conventions";
import { isoOfMillis, now } from "@jobtrail/core/event";
import type { JobError, JobEvent } from "@jobtrail/core/event";
import type { Recorder } from "@jobtrail/core/recorder";
import type { Row } from "./row.ts";

/** What the process itself knows of a run that is over. */
export interface Over {
  /** The last call of this process that changed the stored job: complete, fail, cancel, delete. */
  readonly landed: string | undefined;
  /** Why it went badly: what was thrown, or given to `fail`. */
  readonly error?: JobError | undefined;
  /** The result, where it went badly. */
  readonly result: RunResult;
  /** What is kept of the work's result. */
  readonly output?: JobAttributes | undefined;
}

/** How a run ended, and when the job is tried again. */
export interface Verdict {
  readonly attributes: JobAttributes;
  readonly error?: JobError | undefined;
  readonly retry?: Retry;
}

/** The try that comes next. */
interface Retry {
  readonly attempt: number;
  readonly readyMs: number;
}

/** Ends that pg-boss itself gives to a job, by the beginning of what it stores. */
const own: readonly (readonly [message: string, result: RunResult, type: string])[] = [
  ["handler execution exceeded", "timeout", "timeout"],
  ["pg-boss shut down", "error", "shutdown"],
];

/** What was given to `fail`, by the app or by the work itself. */
export const badly = (given: unknown, to: Recorder): Pick<Over, "error" | "result"> => ({
  error: to.error(given),
  result: "failure",
});

/** What pg-boss gave to `fail`, where that is not what the work threw. */
export function badlyByPgBoss(given: unknown, to: Recorder): Pick<Over, "error" | "result"> {
  const error = to.error(given);
  const found = own.find(([message]) => error.message?.startsWith(message));
  if (found === undefined) return { error, result: "failure" };
  const [, result, type] = found;
  return { error: { ...error, type }, result };
}

/** How a run ended, by the stored job, which alone knows whether there is another try. */
export function verdictOf(row: Row | undefined, attempt: number, over: Over): Verdict {
  if (row === undefined) return unread(over);
  if (row.retryCount > attempt) return retried(row, attempt, over);
  return (states[row.state] ?? lost)(row, attempt, over);
}

type Judge = (row: Row, attempt: number, over: Over) => Verdict;

const states: Readonly<Record<string, Judge>> = {
  completed: (_, __, over) => completed(over.output),
  cancelled: () => cancelled("cancelled"),
  created: () => cancelled("created"),
  retry: retried,
  failed: (row, _, over) => ({
    ...broken(row, over, "failed"),
  }),
  active: lost,
};

/** The end of a run whose job is done. */
export const completed = (output: JobAttributes = {}): Verdict => ({
  attributes: {
    "job.run.result": "success",
    "job.run.final": true,
    "job.state": "completed",
    "job.status.native": "completed",
    ...output,
  },
});

/** The end of a run whose job was cancelled meanwhile, and perhaps put back since. */
export const cancelled = (native: "cancelled" | "created"): Verdict => ({
  attributes: {
    "job.run.result": "cancellation",
    "job.run.final": native === "cancelled",
    "job.state": native === "cancelled" ? "cancelled" : "waiting",
    "job.status.native": native,
  },
});

function retried(row: Row, attempt: number, over: Over): Verdict {
  return { ...broken(row, over, "retry"), retry: { attempt: attempt + 2, readyMs: row.readyMs } };
}

/** What pg-boss's supervisor stores in a job that it takes from a worker. */
const notes: Readonly<Record<string, string>> = {
  "job timed out": "timeout",
  "job heartbeat timeout": "heartbeat_timeout",
};

function broken(row: Row, over: Over, native: "failed" | "retry"): Verdict {
  const final = native === "failed";
  const { error, result } = over.landed === "fail" ? over : taken(row);
  return {
    error,
    attributes: {
      "job.run.result": result,
      "job.run.final": final,
      "job.state": final ? "failed" : "retrying",
      "job.status.native": native,
      "job.max_attempts": row.retryLimit + 1,
      ...(final &&
        row.deadLetter !== undefined && { "job.reason": `copied to the dead letter queue ${row.deadLetter}` }),
    },
  };
}

/** The job was failed by someone else while it was at work here. */
function taken({ note = "" }: Row): Pick<Over, "error" | "result"> {
  const type = notes[note];
  if (type !== undefined) return { result: "timeout", error: { type, message: note } };
  return { result: "error", error: { type: "claim_lost", message: "The job was taken from its worker." } };
}

/** For its store the job is still at work: the outcome could not be written. */
function lost(row: Row, _: number, { error }: Over): Verdict {
  const message = "The work ended, but its outcome could not be stored.";
  return {
    error: error ?? { type: "outcome_lost", message },
    attributes: { "job.run.result": "error", "job.status.native": row.state },
  };
}

/** The job is gone or could not be read: certain is only what this process did, and that something was thrown. */
function unread({ error, result, landed, output }: Over): Verdict {
  if (landed === "cancel") return cancelled("cancelled");
  if (landed === "complete" && error === undefined) return completed(output);
  const gone = landed === "delete";
  return {
    error,
    attributes: {
      ...(error !== undefined ? { "job.run.result": result } : gone && { "job.run.result": "success" }),
      ...(gone && { "job.run.final": true, "job.state": "removed", "job.reason": "deleted while it was at work" }),
    },
  };
}

/** The event of a try that will come. */
export const retryEvent = ({ attempt, readyMs }: Retry, known: JobAttributes = {}): JobEvent => ({
  name: "job.retry_scheduled",
  time: now(),
  seen: now(),
  attributes: {
    ...known,
    "job.retry.attempt": attempt,
    "job.available_at": isoOfMillis(readyMs),
    "job.state": "retrying",
  },
});
