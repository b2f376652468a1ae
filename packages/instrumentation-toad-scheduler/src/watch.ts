import type { Recorder } from "@jobtrail/core/recorder";
import { after, fired, intervalFrom, tap, watcherOf, yielding } from "@jobtrail/instrumentation/adapter";
import type { Adapter, Around, Inner, Jobs, Schedules, Tap, Tick, Watcher } from "@jobtrail/instrumentation/adapter";
import { periodOf, readerOf } from "./job.ts";
import type { Job, Started, Task } from "./job.ts";
import { toadScheduler } from "./system.ts";

/** A class, and what it makes. */
interface Class {
  readonly prototype: object;
}

/** A job whose timer has fired. */
interface Firing {
  readonly job: Job;
  readonly nominalMs: number;
  hasRun: boolean;
}

const adapter: Adapter = (jobs) => ({
  "."(exports) {
    const library = exports as Record<
      "SimpleIntervalJob" | "LongIntervalJob" | "CronJob" | "Task" | "AsyncTask",
      Class
    >;
    const watching = new Watching(jobs);
    const classes = [library.SimpleIntervalJob, library.LongIntervalJob, library.CronJob];
    const { Task: Sync, AsyncTask: Async } = library;
    // Until 3.0.1, `execute` of an asynchronous task did its work itself.
    const execute = "executeAsync" in Async.prototype ? "executeAsync" : "execute";
    const taps: Tap[] = [
      tap<Task, [string?]>(Sync.prototype, "execute", (task, [id]) => watching.run(task, id)),
      tap<Task, [string?]>(Async.prototype, execute, (task, [id]) => watching.run(task, id)),
    ];
    for (const { prototype } of classes) {
      taps.push(tap<Job, []>(prototype, "start", (job) => watching.start(job)));
      taps.push(after<Job, []>(prototype, "stop", (job) => watching.stop(job)));
    }
    return taps;
  },
});

/** The tasks by which an interval that is too long for a timer waits. */
const waiting: ReadonlySet<string> = new Set(["time eating task", "Final mile task"]);

/** What is known of jobs and their tasks. */
class Watching {
  readonly schedules: Schedules<Job>;
  readonly #jobs: Jobs;
  readonly #started = new WeakMap<Job, Started>();
  readonly #ofTask = new WeakMap<Task, Set<Job>>();
  #firing: Firing | undefined;

  constructor(jobs: Jobs) {
    this.#jobs = jobs;
    this.schedules = jobs.schedules(readerOf(this.#started));
  }

  start(job: Job): Around | undefined {
    if (waiting.has(job.task.id)) return undefined;
    const of = this.#ofTask.get(job.task) ?? new Set();
    this.#ofTask.set(job.task, of.add(job));
    const periodMs = periodOf(job);
    if (periodMs === undefined) {
      const missed: Inner["missed"] = (reason, nominalMs, several) =>
        this.schedules.missed(job, reason, nominalMs, several);
      const inner: Inner = { missed };
      this.#started.set(job, { inner });
      return { within: (go) => yielding(go, inner), returned: () => this.schedules.made(job) };
    }
    const at = Date.now();
    this.#started.set(job, { interval: intervalFrom(at, periodMs) });
    this.schedules.made(job);
    return {
      // With `runImmediately`, the first run is in here.
      within: (go) => this.#fire({ job, nominalMs: at, hasRun: false }, go),
      returned: () => this.#timed(job),
      threw: () => this.schedules.gone(job, "stopped"),
    };
  }

  stop(job: Job): void {
    this.schedules.gone(job, "stopped");
    this.#ofTask.get(job.task)?.delete(job);
  }

  /** Watches the timer of an interval, which calls the task only if that is not at work. */
  #timed(job: Job): void {
    // A job that was started already was stopped by its start.
    this.#ofTask.get(job.task)?.add(job);
    this.schedules.made(job);
    const { timer } = job;
    if (timer === undefined) return;
    this.#jobs.tapOne(timer, "_onTimeout", () => {
      const nominalMs = this.#due(job);
      const firing = { job, nominalMs, hasRun: false };
      return {
        within: (go) => this.#fire(firing, go),
        returned: () => firing.hasRun || this.schedules.missed(job, "overlap", nominalMs),
      };
    });
  }

  /** The time that is due, for whose run or skip the timer has fired now. */
  #due(job: Job): number {
    const interval = this.#started.get(job)?.interval;
    return interval === undefined ? Date.now() : fired(interval, Date.now());
  }

  #fire(firing: Firing, go: () => unknown): unknown {
    const before = this.#firing;
    this.#firing = firing;
    try {
      return go();
    } finally {
      this.#firing = before;
    }
  }

  run(task: Task, id: string | undefined): Around | undefined {
    const found = this.#tickOf(task, id);
    if (found === undefined) return undefined;
    const work = this.schedules.tick(found.job, found);
    const around = this.#jobs.run(work);
    const skipped = (): unknown => this.#jobs.end(work[0]?.key, { result: "skip", final: true });
    // The task catches errors itself, so its handler is watched.
    return around && this.#jobs.lend(task, "handler", around, skipped);
  }

  /** The job that a task is being run for: the one whose timer fired, the one that croner ticks for, or one by hand. */
  #tickOf(task: Task, id: string | undefined): ({ readonly job: Job } & Tick) | undefined {
    const firing = this.#firing;
    if (firing?.job.task === task && firing.job.id === id) {
      firing.hasRun = true;
      return { job: firing.job, nominalMs: firing.nominalMs };
    }
    const candidates = [...(this.#ofTask.get(task) ?? [])].filter((job) => job.id === id);
    for (const job of candidates) {
      const inner = this.#started.get(job)?.inner;
      if (inner?.nominalMs !== undefined) return { job, inner };
    }
    const [job] = candidates;
    if (job === undefined) return undefined;
    const { inner, interval } = this.#started.get(job) ?? {};
    if (inner !== undefined && inner.nextMs === undefined) return { job, isTimed: true };
    const isDue = interval !== undefined && Date.now() >= interval.at + interval.periodMs;
    return isDue ? { job, nominalMs: this.#due(job) } : { job };
  }
}

/** Watches toad-scheduler with a recorder. */
export const watcher: (recorder: Recorder) => Watcher = watcherOf(toadScheduler, {
  "toad-scheduler 3 and 4": adapter,
});
