import type { Recorder } from "@jobtrail/core/recorder";
import { after, fired, intervalFrom, tap, watcherOf, yielding } from "@jobtrail/instrumentation/adapter";
import type { Adapter, Around, Inner, Jobs, Schedules, Tick, Watcher } from "@jobtrail/instrumentation/adapter";
import { isActive, reader } from "./job.ts";
import type { CronJob, CronOptions, Method } from "./job.ts";
import { nestjsSchedule } from "./system.ts";

/** What Nest keeps of a method in its orchestrator. */
interface Mounted {
  readonly target: object;
  readonly timeout?: number;
  readonly ref?: object;
}

interface Orchestrator {
  readonly cronJobs: Readonly<Record<string, Mounted>>;
  readonly timeouts: Readonly<Record<string, Mounted>>;
  readonly intervals: Readonly<Record<string, Mounted>>;
}

interface Registry {
  readonly cronJobs: ReadonlyMap<string, object>;
  readonly timeouts: ReadonlyMap<string, object>;
  readonly intervals: ReadonlyMap<string, object>;
}

type Callback = (this: unknown, ...args: readonly unknown[]) => unknown;

const prototypeOf = (exports: unknown, name: string): unknown =>
  (exports as Readonly<Record<string, { readonly prototype: unknown } | undefined>>)[name]?.prototype;

const deleting = [
  ["deleteCronJob", "cronJobs"],
  ["deleteInterval", "intervals"],
  ["deleteTimeout", "timeouts"],
] as const;

const adapter: Adapter = (jobs) => {
  const watching = new Watching(jobs);
  return {
    "dist/schedule.explorer.js": (exports) => [
      tap<unknown, [Callback, object]>(
        prototypeOf(exports, "ScheduleExplorer"),
        "wrapFunctionInTryCatchBlocks",
        (_, [method, instance]) => watching.wrap(method, instance),
      ),
    ],
    "dist/scheduler.orchestrator.js"(exports) {
      const prototype = prototypeOf(exports, "SchedulerOrchestrator");
      return [
        after<unknown, [object, CronOptions]>(prototype, "addCron", (_, __, [target, cron]) =>
          watching.add(target, { cron, name: cron.name }),
        ),
        after<unknown, [object, number, string?]>(prototype, "addInterval", (_, __, [target, ___, name]) =>
          watching.add(target, { name }),
        ),
        after<unknown, [object, number, string?]>(prototype, "addTimeout", (_, __, [target, ___, name]) =>
          watching.add(target, { name }),
        ),
        tap<Orchestrator, []>(prototype, "mountCron", (orchestrator) => watching.mountCron(orchestrator)),
        after<Orchestrator, []>(prototype, "mountIntervals", ({ intervals }) => watching.mount(intervals, true)),
        after<Orchestrator, []>(prototype, "mountTimeouts", ({ timeouts }) => watching.mount(timeouts, false)),
      ];
    },
    "dist/scheduler.registry.js"(exports) {
      const prototype = prototypeOf(exports, "SchedulerRegistry");
      return deleting.map(([name, kind]) =>
        tap<Registry, [string]>(prototype, name, (registry, [key]) => watching.gone(registry[kind].get(key))),
      );
    },
  };
};

/** What is known of methods. */
class Watching {
  readonly schedules: Schedules<Method>;
  readonly #jobs: Jobs;
  /** By the function that Nest makes of a method. */
  readonly #ofTarget = new WeakMap<object, Method>();
  /** By the CronJob or the timer that Nest makes of that. */
  readonly #ofRef = new WeakMap<object, Method>();
  /** What cron, where it is watched too, tells of the jobs that Nest makes there. */
  readonly #inner: Inner;

  constructor(jobs: Jobs) {
    this.#jobs = jobs;
    const schedules = jobs.schedules(reader);
    this.schedules = schedules;
    const told = (ref: object, then: (method: Method) => void): void => {
      const method = this.#ofRef.get(ref);
      if (method !== undefined) then(method);
    };
    this.#inner = {
      made: (ref) => told(ref, (method) => schedules.made(method)),
      gone: (ref, reason) => told(ref, (method) => schedules.gone(method, reason)),
      missed: (reason, nominalMs, several, ref) =>
        told(ref, (method) => schedules.missed(method, reason, nominalMs, several)),
    };
  }

  /** Nest catches what a method throws, so the method itself is watched. */
  wrap(original: Callback, instance: object): Around {
    const path = `${instance.constructor.name}.${original.name}`;
    const method: Method = {
      path,
      name: undefined,
      cron: undefined,
      job: undefined,
      interval: undefined,
      once: undefined,
    };
    const surrounded = this.#jobs.surround(original, path, () => this.#run(method));
    return {
      args: [surrounded, instance],
      returned: (target) => this.#ofTarget.set(target as object, method),
    };
  }

  add(target: object, known: Partial<Method>): void {
    const method = this.#ofTarget.get(target);
    if (method !== undefined) Object.assign(method, known);
  }

  mountCron({ cronJobs }: Orchestrator): Around {
    return {
      within: (go) => yielding(go, this.#inner),
      returned: () => {
        for (const { target, ref } of Object.values(cronJobs)) {
          const method = this.#ofTarget.get(target);
          if (method === undefined || ref === undefined) continue;
          this.#ofRef.set(ref, method);
          method.job = ref as CronJob;
          if (isActive(method.job)) this.schedules.made(method);
        }
      },
    };
  }

  mount(mounted: Readonly<Record<string, Mounted>>, isInterval: boolean): void {
    const at = Date.now();
    for (const { target, timeout = 0, ref } of Object.values(mounted)) {
      const method = this.#ofTarget.get(target);
      if (method === undefined || ref === undefined) continue;
      this.#ofRef.set(ref, method);
      if (isInterval) method.interval = intervalFrom(at, timeout);
      else method.once = at + timeout;
      this.schedules.made(method);
    }
  }

  gone(ref: object | undefined): void {
    const method = ref === undefined ? undefined : this.#ofRef.get(ref);
    if (method !== undefined) this.schedules.gone(method, "stopped");
  }

  #run(method: Method): Around | undefined {
    const around = this.#jobs.run(this.schedules.tick(method, this.#tickOf(method)));
    if (method.once !== undefined) this.schedules.gone(method, "ended");
    method.once = undefined;
    return around;
  }

  #tickOf({ interval, once }: Method): Tick {
    if (interval !== undefined) return { nominalMs: fired(interval, Date.now()) };
    if (once !== undefined) return { nominalMs: once };
    // cron calls the method within its own tick; where it is not watched, the nominal time is not known.
    return this.#inner.nominalMs === undefined ? { isTimed: true } : { inner: this.#inner };
  }
}

/** Watches Nest's schedules with a recorder. */
export const watcher: (recorder: Recorder) => Watcher = watcherOf(nestjsSchedule, {
  "@nestjs/schedule 4 to 12": adapter,
});
