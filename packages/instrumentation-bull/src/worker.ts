import { fromMillis, now } from "@jobtrail/core/event";
import { after, tap } from "@jobtrail/instrumentation/adapter";
import type { Call, Jobs, Outcome, Tap } from "@jobtrail/instrumentation/adapter";
import { readJob, stalls } from "./job.ts";
import type { Job, Queue } from "./job.ts";

/** When queues last began to look for stalled jobs: what they find may run again before they say so. */
const checks = new WeakMap<Queue, ReturnType<typeof now>>();

/** Until when jobs are put back that failed, by queue and id. */
const delayed = new WeakMap<Queue, Map<string, number>>();

/** What is known on the way to the store alone: when a job may start again, and which have stalled. */
export const storing = (scripts: unknown): readonly Tap[] => [
  tap<unknown, [Queue, unknown, unknown]>(scripts, "moveToDelayedArgs", (_, [queue, id, ms]) => {
    const known = delayed.get(queue) ?? new Map<string, number>();
    delayed.set(queue, known);
    if (typeof ms === "number") known.set(String(id), ms);
  }),
  // Told here, as a job may be started again before its queue emits that it stalled.
  after<unknown, [Queue], readonly [unknown, readonly unknown[]]>(
    scripts,
    "moveUnlockedJobsToWait",
    (_, [, stalled], [queue]) => stalled.forEach((id) => stalls.note(queue, id)),
  ),
];

/** The handlers, the work around them, what queues tell their listeners, and the check for stalled jobs. */
export const working = (prototype: unknown, jobs: Jobs): readonly Tap[] => [
  tap<Queue, [string]>(prototype, "setHandler", (queue, [name]) => ({
    returned() {
      const handler = queue.handlers[name];
      if (typeof handler !== "function") return;
      queue.handlers[name] = jobs.surround(handler as Call, "handler", (_self, [job]) =>
        jobs.run([{ key: job, reading: readJob(job as Job) }], { outcome: "later" }),
      );
    },
  })),
  tap<Queue, [Job | null | undefined]>(prototype, "processJob", (_, [job]) => {
    const over = (cause: unknown): void => void (jobs.isOpen(job) && jobs.end(job, withoutOutcome(cause)));
    return job ? { returned: () => over(undefined), threw: over } : undefined;
  }),
  // A listener of our own could change what `error` does, and would come after the app's.
  tap<Queue, [unknown, ...unknown[]]>(prototype, "emit", (queue, [name, ...args]) => {
    if (typeof name === "string" && Object.hasOwn(emitted, name)) emitted[name]?.(queue, args, jobs);
  }),
  tap<Queue, []>(prototype, "moveUnlockedJobsToWait", (queue) => void checks.set(queue, now())),
];

type Seen = (queue: Queue, args: readonly unknown[], jobs: Jobs) => void;

/** What queues tell their listeners, recorded before any listener runs. */
const emitted: Readonly<Record<string, Seen>> = {
  completed: (_, [job, value], jobs) =>
    void jobs.end(job, { result: "success", final: true, native: "completed", value }),
  failed: (queue, [job, thrown], jobs) => void (isJob(job) && failed(queue, job, thrown, jobs)),
  // From the server comes the id alone, and the job itself from the check of this process.
  stalled(queue, [job], jobs) {
    if (isJob(job)) jobs.event("job.stalled", readJob(job), { native: "stalled", time: checks.get(queue) });
  },
};

const isJob = (job: unknown): job is Job => typeof job === "object" && job !== null;

function failed(queue: Queue, job: Job, thrown: unknown, jobs: Jobs): void {
  // Bull emits 'failed' on every attempt; only a final one has finishedOn.
  const final = typeof job.finishedOn === "number";
  const known = delayed.get(queue);
  const at = known?.get(String(job.id));
  known?.delete(String(job.id));
  const isTimeout = (thrown as { name?: unknown } | undefined)?.name === "TimeoutError";
  const outcome: Outcome = {
    result: isTimeout ? "timeout" : "failure",
    errorType: isTimeout ? "timeout" : undefined,
    final,
    thrown,
    native: final ? "failed" : at === undefined ? "waiting" : "delayed",
    retry: final ? undefined : { attempt: job.attemptsMade + 1, at: at ?? Date.now() },
  };
  if (!jobs.end(job, outcome)) failedWithoutRun(job, outcome, jobs);
}

/** A job that stalled too often, or for whose name there is no handler. */
function failedWithoutRun(job: Job, outcome: Outcome, jobs: Jobs): void {
  const reading = readJob(job);
  if (outcome.retry !== undefined) return jobs.event("job.retry_scheduled", reading, { retry: outcome.retry });
  const { message = "" } = outcome.thrown as { message?: string };
  const isLost = message.startsWith("job stalled more than");
  jobs.event("job.ended", reading, {
    ...outcome,
    result: isLost ? "error" : "failure",
    errorType: isLost ? "worker_lost" : undefined,
    state: "failed",
    time: fromMillis(job.finishedOn ?? Date.now()),
  });
}

/** Why an outcome could not be stored, by the first words of Bull's error. */
const unstored: readonly (readonly [words: string, type: string, reason: string, state: "stalled" | "removed"])[] = [
  ["Missing lock", "lock_lost", "the job's lock was lost", "stalled"],
  ["Lock mismatch", "lock_lost", "the job's lock was lost", "stalled"],
  ["Missing key", "job_gone", "the job was removed", "removed"],
];

/** The end of a run whose outcome Bull did not store and says to nobody. */
function withoutOutcome(cause: unknown): Outcome {
  const message = cause instanceof Error ? cause.message : "";
  const known = unstored.find(([words]) => message.startsWith(words));
  if (known === undefined)
    return { result: "error", state: "stalled", reason: "the outcome could not be stored", thrown: cause };
  const [, type, reason, state] = known;
  const error = { type, message: `The work ended, but its outcome could not be stored: ${reason}.` };
  return { result: "error", state, reason, error };
}
