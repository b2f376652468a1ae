import type { JobError } from "@jobtrail/core/event";
import type { Outcome, Sight } from "@jobtrail/instrumentation/observed";
import type { Job } from "bullmq";

/** An entry of a queue's event stream. */
export interface Entry {
  /** `<milliseconds of the server>-<number>` */
  readonly id: string;
  readonly event: string;
  readonly jobId: string | undefined;
  readonly fields: Readonly<Record<string, string>>;
}

/** What an entry says happened to its job. */
export type Said = Pick<Sight, "name"> & { readonly outcome?: Sight["outcome"]; readonly isOfRun?: true };

/** An entry of the stream as the server gives it: its id, and names and values in turn. */
export function entryOf([id, list]: readonly [string, readonly string[]]): Entry {
  const fields: Record<string, string> = {};
  for (let at = 0; at + 1 < list.length; at += 2) fields[list[at] ?? ""] = list[at + 1] ?? "";
  return { id, event: fields["event"] ?? "", jobId: fields["jobId"], fields };
}

/** The server's time of an entry. */
export const timeOf = ({ id }: Entry): number => Number.parseInt(id);

/**
 * What an entry says; nothing for what is no transition of a job, or is told by another entry.
 * @param job as the store has it now: absent where it is gone.
 * @param next the entry that follows.
 */
export function said(entry: Entry, job: Job | undefined, next: Entry | undefined): Said | undefined {
  return Object.hasOwn(table, entry.event) ? table[entry.event]?.(entry, job, next) : undefined;
}

type Row = (entry: Entry, job: Job | undefined, next: Entry | undefined) => Said | undefined;

/** A run that put its job back, or failed and will be tried again: the stream does not say which. */
const putBack = (outcome: Outcome): Said => ({
  name: "job.run.ended",
  isOfRun: true,
  outcome: { final: false, ...outcome },
});

const table: Readonly<Record<string, Row>> = {
  added: () => ({ name: "job.queued" }),
  duplicated: () => ({ name: "job.deduplicated", outcome: { reason: "a job with this id exists" } }),
  deduplicated: () => ({ name: "job.deduplicated", outcome: { reason: "a job with this deduplication key exists" } }),
  // A job that a worker takes only to fail it does not run.
  active: (_, job) => (fails(job) ? undefined : { name: "job.run.started", isOfRun: true }),
  waiting({ fields: { prev }, jobId }, job, next) {
    if (prev === "failed" || prev === "completed") return { name: "job.restarted", outcome: { state: "waiting" } };
    if (prev !== "active" || (next?.event === "stalled" && next.jobId === jobId)) return undefined;
    return putBack({ state: "waiting", native: "waiting" });
  },
  // The first delay of a job comes before its first start.
  delayed: (_, job) =>
    job === undefined || job.processedOn === undefined ? undefined : putBack({ state: "scheduled", native: "delayed" }),
  "waiting-children": ({ fields: { prev } }) =>
    prev === "active"
      ? putBack({
          result: "deferred",
          state: "blocked",
          native: "waiting-children",
          reason: "waiting for its children",
        })
      : undefined,
  completed: () => ({
    name: "job.run.ended",
    isOfRun: true,
    outcome: { result: "success", final: true, native: "completed" },
  }),
  failed({ fields: { failedReason = "" } }, job) {
    const outcome = {
      result: "failure",
      final: true,
      state: "failed",
      native: "failed",
      error: errorIn(failedReason),
    } as const;
    return withoutRun.test(failedReason) || fails(job)
      ? { name: "job.ended", outcome }
      : { name: "job.run.ended", isOfRun: true, outcome };
  },
  stalled: () => ({ name: "job.stalled", outcome: { state: "stalled", native: "stalled" } }),
  removed: () => ({ name: "job.removed", outcome: { state: "removed", reason: "removed by a call" } }),
};

/** Why BullMQ fails a job that it does not run. */
const withoutRun = /^(job (stalled|started) more than|child .+ failed)/;

const fails = (job: Job | undefined): boolean => typeof job?.deferredFailure === "string";

const errorIn = (message: string): JobError => ({
  type: message.startsWith("job stalled more than") ? "worker_lost" : "_OTHER",
  ...(message !== "" && { message }),
});
