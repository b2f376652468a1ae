import type { RunResult } from "@jobtrail/conventions";
import type { Outcome } from "@jobtrail/instrumentation/adapter";
import type { Row } from "./row.ts";

/** What the process itself knows of a run that is over. */
export interface Over {
  /** The last call of this process that changed the stored job: complete, fail, cancel, delete. */
  readonly landed: string | undefined;
  /** Why it went badly: what was thrown, or given to `fail`. */
  readonly thrown?: unknown;
  readonly errorType?: string | undefined;
  /** The result, where it went badly. */
  readonly result: RunResult;
  /** The work's result. */
  readonly value?: unknown;
}

/** Ends that pg-boss itself gives to a job, by the beginning of what it stores. */
const own: readonly (readonly [message: string, result: RunResult, errorType: string])[] = [
  ["handler execution exceeded", "timeout", "timeout"],
  ["pg-boss shut down", "error", "shutdown"],
];

/** What pg-boss gave to `fail`, where that is not what the work threw. */
export function badlyByPgBoss(given: unknown): Pick<Over, "thrown" | "errorType" | "result"> {
  const text = typeof given === "string" ? given : (given as { message?: unknown } | undefined)?.message;
  const found = typeof text === "string" ? own.find(([message]) => text.startsWith(message)) : undefined;
  return { thrown: given, errorType: found?.[2], result: found?.[1] ?? "failure" };
}

/** How a run ended, by the stored job, which alone knows whether there is another try. */
export function outcomeOf(row: Row | undefined, attempt: number, over: Over): Outcome {
  if (row === undefined) return unread(over);
  if (row.retryCount > attempt) return retried(row, attempt, over);
  return (states[row.state] ?? lost)(row, attempt, over);
}

type Judge = (row: Row, attempt: number, over: Over) => Outcome;

const states: Readonly<Record<string, Judge>> = {
  completed: (_, __, { value }) => completed(value),
  cancelled: () => cancelled,
  created: () => ({ ...cancelled, final: false, state: "waiting", native: "created" }),
  retry: retried,
  failed: (row, _, over) => broken(row, over, "failed"),
  active: lost,
};

/** The end of a run whose job is done. */
export const completed = (value: unknown): Outcome => ({ result: "success", final: true, native: "completed", value });

/** The end of a run whose job was cancelled meanwhile. */
const cancelled: Outcome = { result: "cancellation", final: true, native: "cancelled" };

function retried(row: Row, attempt: number, over: Over): Outcome {
  return { ...broken(row, over, "retry"), retry: { attempt: attempt + 2, at: row.readyMs } };
}

/** What pg-boss's supervisor stores in a job that it takes from a worker. */
const notes: Readonly<Record<string, string>> = {
  "job timed out": "timeout",
  "job heartbeat timeout": "heartbeat_timeout",
};

function broken(row: Row, over: Over, native: "failed" | "retry"): Outcome {
  const final = native === "failed";
  const { thrown, errorType, result } = over;
  return {
    ...(over.landed === "fail" ? { thrown, errorType, result } : taken(row)),
    final,
    native,
    maxAttempts: row.retryLimit + 1,
    reason: final && row.deadLetter !== undefined ? `copied to the dead letter queue ${row.deadLetter}` : undefined,
  };
}

/** The job was failed by someone else while it was at work here. */
function taken({ note = "" }: Row): Outcome {
  const type = notes[note];
  if (type !== undefined) return { result: "timeout", error: { type, message: note } };
  return { result: "error", error: { type: "claim_lost", message: "The job was taken from its worker." } };
}

/** For its store the job is still at work: the outcome could not be written. */
function lost(row: Row, _: number, { thrown }: Over): Outcome {
  const message = "The work ended, but its outcome could not be stored.";
  const error = thrown === undefined ? { type: "outcome_lost", message } : undefined;
  return { result: "error", native: row.state, thrown, error };
}

/** The job is gone or could not be read: certain is only what this process did, and that something was thrown. */
function unread({ thrown, errorType, result, landed, value }: Over): Outcome {
  if (landed === "cancel") return cancelled;
  if (landed === "complete" && thrown === undefined) return completed(value);
  const error = { thrown, errorType, result: thrown === undefined ? undefined : result };
  if (landed !== "delete") return error;
  return {
    ...error,
    result: error.result ?? "success",
    final: true,
    state: "removed",
    reason: "deleted while it was at work",
  };
}
