import type { JobState } from "@jobtrail/conventions";
import { fromMillis, now } from "@jobtrail/core/event";
import { adopted, tap } from "@jobtrail/instrumentation/adapter";
import type { Jobs, Outcome, Tap } from "@jobtrail/instrumentation/adapter";
import type { Job } from "bullmq";
import { readJob, readNamed } from "./job.ts";
import type { Owner } from "./job.ts";
import { knownById } from "./queue.ts";

/** A worker, as it is read. */
type Worker = Owner & {
  readonly Job: unknown;
  readonly opts: Owner["opts"] & { readonly name?: string };
};

/** When workers last began to look for stalled jobs: what they find may run again before they say so. */
const checks = new WeakMap<Worker, ReturnType<typeof now>>();

/** Until when processors put their jobs back. */
const moved = new WeakMap<Job, number>();

/** Why the outcome of a job could not be stored, in BullMQ's own words. */
const unstored = new WeakMap<Job, unknown>();

/** What a job does on its way to its store: it is put back for later, or its outcome is stored. */
export const storing = (prototype: unknown): readonly Tap[] => [
  // Noted before it is done: a sandboxed processor does not wait for it.
  tap<Job, [unknown]>(prototype, "moveToDelayed", (job, [ms]) => {
    if (typeof ms === "number") moved.set(job, ms);
  }),
  ...["moveToCompleted", "moveToFailed"].map((name) =>
    tap<Job, []>(prototype, name, (job) => ({ threw: (error) => unstored.set(job, error) })),
  ),
];

/** The call of the processor, the clean-up around it, what workers tell their listeners, and the check for stalled jobs. */
export const working = (prototype: unknown, jobs: Jobs): readonly Tap[] => [
  tap<Worker, [Job]>(prototype, "callProcessJob", (worker, args) => {
    const job = args[0];
    const reading = readJob(job);
    return jobs.run([{ key: job, reading }], {
      outcome: "later",
      adopt: worker.opts.telemetry === undefined ? undefined : adopted(reading.carried),
      putBack: (thrown) => putBack(job, thrown),
      worker: worker.opts.name,
    });
  }),
  tap<Worker, [Job]>(prototype, "processJob", (worker, args) => {
    const job = args[0];
    const over = (): void => {
      if (jobs.isOpen(job)) jobs.end(job, withoutOutcome(worker, job));
    };
    return { returned: over, threw: over };
  }),
  // A listener of our own could change what `error` does, and would come after the app's.
  tap<Worker, readonly unknown[]>(prototype, "emit", (worker, args) => {
    emitted.get(args[0])?.(worker, args, jobs);
  }),
  tap<Worker, []>(prototype, "moveStalledJobsToWait", (worker) => void checks.set(worker, now())),
];

/** @param args what `emit` was called with: the event's name, then what its listeners get. */
type Seen = (worker: Worker, args: readonly unknown[], jobs: Jobs) => void;

/** What workers tell their listeners, recorded before any listener runs. */
const emitted: ReadonlyMap<unknown, Seen> = new Map<unknown, Seen>([
  [
    "completed",
    (_, args, jobs) => void jobs.end(args[1], { result: "success", final: true, native: "completed", value: args[2] }),
  ],
  ["failed", (_, [, job, thrown], jobs) => void (job !== undefined && failed(job as Job, thrown, jobs))],
  ["progress", (_, [, job, value], jobs) => jobs.progress(job, value)],
  [
    "stalled",
    // Only the id is told, and the job may be done and removed by now.
    (worker, [, id], jobs) => {
      const known = knownById(worker, worker.Job, String(id), jobs);
      const reading = known.then((found) => found ?? readNamed({ owner: worker, id: String(id) }));
      jobs.event("job.stalled", reading, { native: "stalled", time: checks.get(worker) });
    },
  ],
]);

function failed(job: Job, thrown: unknown, jobs: Jobs): void {
  // BullMQ emits 'failed' on every attempt; only a final one has finishedOn.
  const final = typeof job.finishedOn === "number";
  const delay = job.delay > 0 ? job.delay : 0;
  const ended = jobs.end(job, {
    result: "failure",
    final,
    thrown,
    native: final ? "failed" : delay > 0 ? "delayed" : "waiting",
    retry: final ? undefined : { attempt: job.attemptsMade + 1, at: Date.now() + delay },
  });
  if (!ended && final) failedWithoutRun(job, thrown, jobs);
}

/** A job that a worker takes only to fail it: it stalled or was started too often, or a child failed it. */
function failedWithoutRun(job: Job, thrown: unknown, jobs: Jobs): void {
  const message = thrown instanceof Error ? thrown.message : "";
  const [, often] = /^job (stalled|started) more than/.exec(message) ?? [];
  jobs.event("job.ended", readJob(job), {
    result: often === undefined ? "failure" : "error",
    state: "failed",
    native: "failed",
    thrown,
    errorType: often === "stalled" ? "worker_lost" : undefined,
    time: fromMillis(job.finishedOn ?? Date.now()),
  });
}

/** Errors by which a processor says that it has put its job back: BullMQ knows them by name. */
const putBacks: Readonly<Record<string, readonly [reason: string, state: JobState]>> = {
  DelayedError: ["delayed", "scheduled"],
  WaitingError: ["put back to wait", "waiting"],
  WaitingChildrenError: ["waiting for its children", "blocked"],
};
const rateLimited = ["rate limited", "waiting"] as const;

/** How a run ended that put its job back; nothing where it failed. */
function putBack(job: Job, thrown: unknown): Outcome | undefined {
  const { name = "", message } = (thrown ?? {}) as { name?: string; message?: string };
  // Of this one BullMQ looks at the message, and before all others.
  const known = message === "bullmq:rateLimitExceeded" ? rateLimited : Object.hasOwn(putBacks, name) && putBacks[name];
  if (!known) return undefined;
  const [reason, state] = known;
  const until = state === "scheduled" ? moved.get(job) : undefined;
  return { result: "deferred", final: false, reason, state, until };
}

/** How BullMQ says that a job's lock is gone, or another's, and that the job itself is. */
const lockCodes: readonly unknown[] = [-2, -6];
const goneCode = -1;

/**
 * The end of a run whose outcome BullMQ did not store and says to nobody. Its job is on the list of
 * active jobs still, until a check for stalled jobs finds it.
 */
function withoutOutcome(worker: Worker, job: Job): Outcome {
  const cause = unstored.get(job);
  const { code } = (cause ?? {}) as { code?: unknown };
  const because = (type: string, reason: string, state: JobState = "stalled"): Outcome => {
    const message = `The work ended, but its outcome could not be stored: ${reason}.`;
    return { result: "error", state, reason, error: { type, message } };
  };
  if (isClosing(worker)) return because("worker_closed", "the worker was closed");
  if (lockCodes.includes(code)) return because("lock_lost", "the job's lock was lost");
  if (code === goneCode) return because("job_gone", "the job was removed", "removed");
  if (cause === undefined) return because("outcome_lost", "BullMQ does not say why");
  // The store refused it, as a read-only server does: its own words say why.
  return { result: "error", state: "stalled", reason: "the outcome could not be stored", thrown: cause };
}

const isClosing = ({ backend, connection }: Worker): boolean =>
  Boolean((backend ?? (connection as { closing?: unknown } | undefined))?.closing);
