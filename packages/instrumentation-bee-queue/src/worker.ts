import { after, tap } from "@jobtrail/instrumentation/adapter";
import type { Call, Jobs, Outcome, Tap } from "@jobtrail/instrumentation/adapter";
import { readJob, stalls } from "./job.ts";
import type { Job, Queue } from "./job.ts";
import { stored } from "./queue.ts";
import type { JobClass } from "./queue.ts";

/** How long Bee-Queue waits before it tries a job again; to ask it would double an exponential delay. */
const delays = new WeakMap<Job, number>();

/** What a job computes on its way to a later try. */
export const retrying = (prototype: unknown): Tap =>
  after<Job, [], number>(prototype, "computeDelay", (job, ms) => delays.set(job, ms));

/** The handler, the call that stores its outcome, and what is said of stalled jobs. */
export const working = (prototype: unknown, Class: JobClass, jobs: Jobs): readonly Tap[] => [
  tap<Queue, readonly unknown[]>(prototype, "process", (_, args) => {
    const at = typeof args[0] === "function" ? 0 : 1;
    const handler = args[at];
    if (typeof handler !== "function") return undefined;
    const watched = jobs.surround(handler as Call, "handler", (_self, [job]) => {
      const around = jobs.run([{ key: job, reading: readJob(job as Job) }], { outcome: "later" });
      // A handler may call back instead of giving a promise: the work is over when its outcome is stored.
      return around && { within: around.within, threw: () => undefined };
    });
    return { args: args.with(at, watched) };
  }),
  tap<Queue, [unknown, unknown, Job]>(prototype, "_finishJob", (_, [error, value, job]) => {
    jobs.settle(job, error ?? undefined);
    return {
      returned: () => jobs.end(job, outcomeOf(job.status, error, value, job)),
      // It could not be stored, or the queue was closed meanwhile: another worker will find the job stalled.
      threw: (cause) =>
        jobs.end(job, {
          result: "error",
          state: "stalled",
          thrown: cause,
          reason: "the outcome could not be stored",
        }),
    };
  }),
  tap<Queue, [unknown, unknown]>(prototype, "emit", (queue, [name, id]) => {
    if (name !== "stalled") return;
    stalls.note(queue, id);
    jobs.event("job.stalled", stored(Class, queue, String(id), jobs), { native: "stalled" });
  }),
];

/** How a run ended, in Bee-Queue's own word for the job's state. */
function outcomeOf(native: string, thrown: unknown, value: unknown, job: Job): Outcome {
  if (native === "succeeded") return { result: "success", final: true, native, value };
  const isTimeout = thrown instanceof Error && /^Job .+ timed out \(\d+ ms\)$/.test(thrown.message);
  const failed = { result: isTimeout ? "timeout" : "failure", errorType: isTimeout ? "timeout" : undefined } as const;
  if (native === "failed") return { ...failed, final: true, native, thrown };
  const attempt = job.options.stacktraces.length + 1;
  return { ...failed, final: false, native, thrown, retry: { attempt, at: Date.now() + delayOf(job) } };
}

/** Before 1.7 the delay is computed where nobody sees it; an exponential one is doubled by then. */
function delayOf(job: Job): number {
  const { strategy, delay = 0 } = job.options.backoff ?? {};
  return delays.get(job) ?? (strategy === "exponential" ? delay / 2 : strategy === "fixed" ? delay : 0);
}
