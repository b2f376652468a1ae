import { after, tap } from "@jobtrail/instrumentation/adapter";
import type { Around, Call, Jobs, Outcome, Retry, Tap } from "@jobtrail/instrumentation/adapter";
import { readJob, schemaOf, withoutFlag } from "./job.ts";
import type { Job, Options } from "./job.ts";

type Tasks = Readonly<Record<string, unknown>>;

/** What the parts that see a run tell each other. */
export interface Runs {
  readonly jobs: Jobs;
  /** What tasks threw; of a batch of which some failed, workers make an error of their own. */
  readonly thrown: WeakMap<Job, unknown>;
}

/** `makeNewWorker`: its tasks are read for each job. */
export const working = (exports: unknown, runs: Runs): Tap =>
  tap<unknown, readonly [Options & { readonly compiledSharedOptions?: Options }, unknown, ...unknown[]]>(
    exports,
    "makeNewWorker",
    (_, [shared, given, ...rest]) => {
      const schema = schemaOf(shared.compiledSharedOptions ?? shared);
      const { tasks } = given as { readonly tasks?: unknown };
      // Until 0.15 the tasks themselves are given.
      if (typeof tasks !== "object" || tasks === null)
        return { args: [shared, watchedTasks(given as Tasks, schema, runs), ...rest] };
      return { args: [shared, { ...(given as object), tasks: watchedTasks(tasks as Tasks, schema, runs) }, ...rest] };
    },
  );

/** The app's tasks, each with a run around it; they may change at any time, as those do that are read from files. */
function watchedTasks(tasks: Tasks, schema: string, runs: Runs): Tasks {
  const known = new WeakMap<Call, Call>();
  const watched = (task: unknown): unknown => {
    if (typeof task !== "function") return task;
    const found = known.get(task as Call) ?? running(task as Call, schema, runs);
    known.set(task as Call, found);
    return found;
  };
  // Over an object of its own, as a frozen list of tasks must give what it holds.
  return new Proxy<Tasks>(
    {},
    {
      get: (_, name) => (Object.hasOwn(tasks, name) ? watched(tasks[name as string]) : Reflect.get(tasks, name)),
      set: (_, name, value) => Reflect.set(tasks, name, value),
      has: (_, name) => Reflect.has(tasks, name),
      deleteProperty: (_, name) => Reflect.deleteProperty(tasks, name),
      ownKeys: () => Reflect.ownKeys(tasks),
      getOwnPropertyDescriptor(_, name) {
        const own = Reflect.getOwnPropertyDescriptor(tasks, name);
        return own && { ...own, value: watched(own.value), configurable: true };
      },
    },
  );
}

const running = (task: Call, schema: string, { jobs, thrown }: Runs): Call =>
  jobs.surround(task, "task", (_, [, helpers]) => {
    const { job } = helpers as { readonly job: Job };
    return jobs.run([{ key: job, reading: readJob({ job: withoutFlag(job), schema }) }], {
      outcome: "later",
      settled: (by) => void ("thrown" in by && thrown.set(job, by.thrown)),
    });
  });

/** The calls that fetch jobs: the host is shown none of our flags, in its events neither. */
export const fetching = (exports: unknown): readonly Tap[] =>
  ["batchGetJobs", "getJob"].map((name) =>
    tap(exports, name, () => ({
      gives(found) {
        for (const job of listOf(found as Job | readonly Job[] | undefined)) if (job !== undefined) withoutFlag(job);
        return found;
      },
    })),
  );

/** The calls that store outcomes, of one job or of several. */
export const outcomes = (exports: unknown, runs: Runs): readonly Tap[] => [
  ...["batchCompleteJobs", "completeJob"].map((name) =>
    tap<unknown, [Options, unknown, unknown, Job | readonly Job[]]>(exports, name, (_, [options, , , given]) =>
      storing(
        listOf(given),
        runs,
        () => done,
        (job) =>
          // It was given back while its task went on, and is done all the same.
          runs.jobs.event("job.ended", readJob({ job, schema: schemaOf(options) }), {
            result: "success",
            state: "completed",
          }),
      ),
    ),
  ),
  tap<unknown, [Options, unknown, unknown, readonly Failed[]]>(exports, "batchFailJobs", (_, [options, , , failed]) =>
    failing(failed, options, runs),
  ),
  tap<unknown, [Options, unknown, unknown, Job, string]>(exports, "failJob", (_, [options, , , job, message]) =>
    failing([{ job, message }], options, runs),
  ),
  // A worker that is shut down gives back what it has not finished.
  tap<unknown, [Options, unknown, unknown, readonly Job[], string]>(exports, "failJobs", (_, [, , , given, message]) =>
    storing(given, runs, (job) => ({
      ...failedOf(job),
      result: "error",
      reason: "the worker was shut down",
      error: { type: "worker_closed", message },
    })),
  ),
];

interface Worker {
  getActiveJob(): Job | null;
}

/** `processSharedOptions`, which makes the emitter to whose listeners a worker tells that an outcome is stored. */
export function telling(exports: unknown, runs: Runs): Tap {
  const known = new WeakSet<object>();
  return after<unknown, [], { readonly events?: object }>(exports, "processSharedOptions", (_, { events }) => {
    if (events === undefined || known.has(events)) return;
    known.add(events);
    runs.jobs.also([
      tap<unknown, [unknown, unknown]>(events, "emit", (_self, [name, told]) => {
        if (name === "job:start") withoutFlag((told as { readonly job: Job }).job);
        else if (name === "job:complete") {
          const { job, error } = told as { readonly job: Job; readonly error: unknown };
          runs.jobs.end(job, isFailed(error) ? { ...failedOf(job), result: "failure", thrown: error } : done);
        } else if (name === "worker:fatalError") {
          const { worker, error } = told as { readonly worker: Worker; readonly error: unknown };
          runs.jobs.end(worker.getActiveJob(), lost(error));
        }
      }),
    ]);
  });
}

const isFailed = (error: unknown): boolean => error !== null && error !== undefined;

const done: Outcome = { result: "success", final: true };

const lost = (cause: unknown): Outcome => ({
  result: "error",
  state: "stalled",
  thrown: cause,
  reason: "the outcome could not be stored",
});

const listOf = <T>(given: T | readonly T[]): readonly T[] =>
  Array.isArray(given) ? (given as readonly T[]) : [given as T];

interface Failed {
  readonly job: Job;
  readonly message: string;
}

const failing = (failed: readonly Failed[], options: Options, runs: Runs): Around => {
  const messages = new Map(failed.map(({ job, message }) => [job, message]));
  const outcome = (job: Job): Outcome => {
    const said = runs.thrown.get(job) ?? { message: messages.get(job) };
    return { ...failedOf(job), result: "failure", thrown: said };
  };
  return storing(
    failed.map(({ job }) => job),
    runs,
    outcome,
    (job) => failedWithoutRun(job, outcome(job), options, runs),
  );
};

/** A job whose task a worker does not know fails without a run. */
function failedWithoutRun(job: Job, outcome: Outcome, options: Options, { jobs }: Runs): void {
  const reading = readJob({ job, schema: schemaOf(options) });
  if (outcome.retry === undefined) jobs.event("job.ended", reading, outcome);
  else jobs.event("job.retry_scheduled", reading, { retry: outcome.retry });
}

/** Ends runs once the store has answered. */
const storing = (
  all: readonly Job[],
  { jobs }: Runs,
  outcome: (job: Job) => Outcome,
  withoutRun: (job: Job) => void = () => undefined,
): Around => ({
  returned() {
    for (const job of all) if (!jobs.end(job, outcome(job))) withoutRun(job);
  },
  threw(cause) {
    for (const job of all) jobs.end(job, lost(cause));
  },
});

function failedOf(job: Job): Outcome {
  const final = job.attempts >= job.max_attempts;
  return { final, retry: final ? undefined : retryOf(job) };
}

/** As the statement that stores a failure computes it. */
const retryOf = ({ attempts, run_at }: Job): Retry => ({
  attempt: attempts + 1,
  at: Math.max(Date.now(), run_at.getTime()) + Math.exp(Math.min(attempts, 10)) * 1000,
});
