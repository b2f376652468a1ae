import type { Recorder } from "@jobtrail/core/recorder";
import { after, tap, watcherOf } from "@jobtrail/instrumentation/adapter";
import type { Adapter, Around, Schedules, Watcher } from "@jobtrail/instrumentation/adapter";
import { callbacksOf } from "./callback.ts";
import type { Callbacks } from "./callback.ts";
import { isActive, readerOf } from "./job.ts";
import type { Computed, CronJob, CronTime } from "./job.ts";
import { cron } from "./system.ts";

/** What is known of a job's timer, which itself calls nothing that could be watched. */
interface Timer {
  isSet: boolean;
  /** The time that it is set for. */
  next: number | undefined;
  /** The time that has come: the timer calls `start` for the next one, and then `fireOnTick`. */
  due: number | undefined;
  /** The call of `start` that is being made. */
  start: Start | undefined;
}

/** A call of `start`. Where the first time that it computes has passed by then, it fires or skips that, and computes another. */
interface Start {
  readonly computed: number[];
  hasFired: boolean;
}

const adapter: Adapter = (jobs) => ({
  "."(exports) {
    const { CronJob: Job, CronTime: Time } = exports as Record<"CronJob" | "CronTime", { readonly prototype: unknown }>;
    const computed = new WeakMap<CronTime, Computed>();
    const schedules = jobs.schedules(readerOf(computed));
    const callbacks = callbacksOf(jobs);
    const timers = new WeakMap<CronJob, Timer>();
    const timerOf = (job: CronJob): Timer => {
      const timer = timers.get(job) ?? { isSet: false, next: undefined, due: undefined, start: undefined };
      timers.set(job, timer);
      return timer;
    };
    let making: Start | undefined;
    return [
      after<CronTime, [number?], { toMillis?(): number }>(Time.prototype, "sendAt", (time, date, [count]) => {
        const next = count === undefined ? date.toMillis?.() : undefined;
        if (next === undefined) return;
        computed.set(time, { at: Date.now(), next });
        making?.computed.push(next);
      }),
      // The constructor calls it, from version 3 on.
      after<CronJob, []>(Job.prototype, "addCallback", (job) => schedules.found(job)),
      tap<CronJob, []>(Job.prototype, "start", (job) => {
        if (isActive(job)) return undefined;
        const timer = timerOf(job);
        const around = starting(job, timer, schedules);
        return {
          ...around,
          within(go) {
            const before = making;
            making = timer.start;
            try {
              return go();
            } finally {
              making = before;
            }
          },
        };
      }),
      after<CronJob, []>(Job.prototype, "stop", (job) => {
        timers.delete(job);
        schedules.gone(job, "stopped");
      }),
      tap<CronJob, []>(Job.prototype, "fireOnTick", (job) => ticking(job, timerOf(job), schedules, callbacks)),
    ];
  },
});

/** The timer is being set: at first, or by itself when its time has come. */
function starting(job: CronJob, timer: Timer, schedules: Schedules<CronJob>): Around {
  timer.due = timer.isSet ? timer.next : undefined;
  const start: Start = { computed: [], hasFired: false };
  timer.start = start;
  return {
    returned() {
      timer.start = undefined;
      const [first] = start.computed;
      timer.next = start.computed.at(-1);
      timer.isSet = isActive(job);
      if (timer.isSet) schedules.made(job);
      if (first !== undefined && first !== timer.next && !start.hasFired) schedules.missed(job, "late", first);
    },
    threw() {
      timer.start = undefined;
    },
  };
}

/** The callbacks are about to be called: by the timer, inside of `start`, or by hand. */
function ticking(job: CronJob, timer: Timer, schedules: Schedules<CronJob>, callbacks: Callbacks): Around | undefined {
  const { start, next, due } = timer;
  // For a date, the timer does not start the next one.
  const isOnce = job.runOnce === true && timer.isSet && !isActive(job);
  const nominalMs = start === undefined ? (isOnce ? next : due) : start.computed.at(-1);
  if (start === undefined) timer.due = undefined;
  else start.hasFired = true;
  if (job.waitForCompletion === true && job._isCallbackRunning === true) {
    if (nominalMs !== undefined) schedules.missed(job, "overlap", nominalMs);
    return undefined;
  }
  const around = callbacks.run(job, schedules.tick(job, { nominalMs }));
  if (isOnce) {
    timer.isSet = false;
    schedules.gone(job, "ended");
  }
  return around;
}

/** Watches cron with a recorder. */
export const watcher: (recorder: Recorder) => Watcher = watcherOf(cron, { "cron 2 to 4": adapter });
