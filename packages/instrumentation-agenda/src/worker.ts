import { tap } from "@jobtrail/instrumentation/adapter";
import type { Jobs, Outcome, Tap, Work } from "@jobtrail/instrumentation/adapter";
import { idOf, isRecurring, readJob } from "./job.ts";
import type { Agenda, Attributes, Job } from "./job.ts";
import type { Classes } from "./queue.ts";

/** What is known of a job while it is run. */
interface Held {
  /** The time for which it is run: Agenda overwrites it with the next one. */
  readonly due: Date | null | undefined;
  readonly followsLost: boolean;
  outcome?: Outcome;
}

/** The runs of a process. */
interface Runs {
  readonly jobs: Jobs;
  readonly held: WeakMap<Job, Held>;
  /** Jobs at work, by id: what is logged of one names the id alone. */
  readonly active: Map<string, Job>;
  /** Times of schedules that failed and will be tried again, by the id of the schedule's job. */
  readonly retried: Map<string, Date | null | undefined>;
}

/** How many times of schedules that will be tried again are remembered. */
const mostRetried = 1024;

/** The work, what Agenda tells its listeners and its log of it, and its progress. */
export function working(classes: Classes, jobs: Jobs): readonly Tap[] {
  const runs: Runs = { jobs, held: new WeakMap(), active: new Map(), retried: new Map() };
  return [
    tap<Job, []>(classes.Job.prototype, "run", (job) => begin(job, runs)),
    tap<Job, []>(classes.Job.prototype, "runJob", (job) =>
      // In a forked child it is the parent's run.
      job.agenda.forkedWorker === true ? undefined : jobs.run([workOf(job, runs)], { outcome: "later" }),
    ),
    tap<Job, [unknown]>(classes.Job.prototype, "touch", (job, [progress]) => {
      if (progress !== undefined) jobs.progress(job, progress);
    }),
    // A listener of our own would come after the app's.
    tap<Agenda, [unknown, ...unknown[]]>(classes.Agenda.prototype, "emit", (_, [name, ...args]) => {
      if (typeof name === "string" && Object.hasOwn(emitted, name)) emitted[name]?.(args, runs);
    }),
    // Called for each event of its log, whether the app keeps one or not.
    tap<Agenda, [{ readonly event?: unknown; readonly jobId?: string }]>(
      classes.Agenda.prototype,
      "logJobEvent",
      (_, [{ event, jobId }]) => {
        const job = runs.active.get(jobId ?? "");
        if (event === "expired" && job !== undefined)
          jobs.event("job.stalled", workOf(job, runs).reading, { native: "expired" });
      },
    ),
  ];
}

function begin(job: Job, runs: Runs): void {
  const { attrs } = job;
  const id = idOf(attrs) ?? "";
  const due = isRecurring(attrs) && runs.retried.has(id) ? runs.retried.get(id) : attrs.nextRunAt;
  const known: Held = { due, followsLost: !isRecurring(attrs) && isUnfinished(attrs) };
  runs.held.set(job, known);
  runs.retried.delete(id);
  runs.active.set(id, job);
  if (known.followsLost) runs.jobs.event("job.stalled", workOf(job, runs).reading, { native: "expired" });
}

/** The lock of a worker that died has expired: nobody stored an end of the run that it had begun. */
const isUnfinished = ({ lastRunAt, lastFinishedAt }: Attributes): boolean =>
  (lastRunAt ?? undefined) !== undefined && (lastFinishedAt?.getTime() ?? 0) < (lastRunAt?.getTime() ?? 0);

const workOf = (job: Job, { held }: Runs): Work => ({
  key: job,
  reading: readJob({ agenda: job.agenda, attrs: job.attrs, ...held.get(job) }),
});

type Seen = (args: readonly unknown[], runs: Runs) => void;

/** What Agenda tells its listeners. Of the jobs of other processes it tells the same, without their objects. */
const emitted: Readonly<Record<string, Seen>> = {
  start([job], runs) {
    // The work is in another process, which this one waits for.
    if (runs.held.has(job as Job) && (job as Job).attrs.fork === true)
      runs.jobs.run([workOf(job as Job, runs)], { outcome: "later" });
  },
  success: ([job], runs) => settle(job, { result: "success", final: true, native: "success" }, runs),
  fail: ([thrown, job], runs) => settle(job, { result: "failure", final: true, native: "fail", thrown }, runs),
  retry([job, details], runs) {
    const { attempt, nextRunAt } = details as { readonly attempt: number; readonly nextRunAt: Date };
    const known = runs.held.get(job as Job);
    if (known === undefined) return;
    known.outcome = { ...known.outcome, final: false, retry: { attempt: attempt + 1, at: nextRunAt.getTime() } };
    const { attrs } = job as Job;
    if (!isRecurring(attrs)) return;
    runs.retried.set(idOf(attrs) ?? "", known.due);
    if (runs.retried.size > mostRetried) runs.retried.delete(runs.retried.keys().next().value ?? "");
  },
  complete([job], runs) {
    const known = runs.held.get(job as Job);
    if (known === undefined) return;
    runs.active.delete(idOf((job as Job).attrs) ?? "");
    runs.jobs.end(job, known.outcome ?? { result: "error" });
  },
};

/** The outcome is stored after it is told, and `complete` comes then. */
function settle(job: unknown, outcome: Outcome, { held, jobs }: Runs): void {
  const known = held.get(job as Job);
  if (known === undefined) return;
  known.outcome = outcome;
  jobs.settle(job, outcome.thrown);
}
