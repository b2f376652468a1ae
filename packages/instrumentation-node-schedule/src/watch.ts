import type { Recorder } from "@jobtrail/core/recorder";
import { tap, watcherOf } from "@jobtrail/instrumentation/adapter";
import type { Adapter, Watcher } from "@jobtrail/instrumentation/adapter";
import { readerOf, specOf } from "./job.ts";
import type { Job, Plan } from "./job.ts";
import { nodeSchedule } from "./system.ts";

/** Watches the methods that all jobs share; a job tells by events when it will run. */
const adapter: Adapter = (jobs) => ({
  "."(exports) {
    const { prototype } = (exports as { readonly Job: { readonly prototype: unknown } }).Job;
    const plans = new WeakMap<Job, Plan>();
    const planOf = (job: Job): Plan => {
      const plan = plans.get(job) ?? { expression: undefined, timezone: undefined, isOnce: false, times: [] };
      plans.set(job, plan);
      return plan;
    };
    const schedules = jobs.schedules(readerOf(planOf));
    const without = (plan: Plan, time: number): void => {
      plan.times = plan.times.filter((each) => each !== time);
    };
    const told: Readonly<Record<string, (job: Job, plan: Plan, time: number) => void>> = {
      scheduled(job, plan, time) {
        plan.times = [...plan.times, time].toSorted((one, other) => one - other);
        schedules.made(job);
      },
      canceled(job, plan, time) {
        without(plan, time);
        if (plan.times.length === 0) schedules.gone(job, "stopped");
      },
    };
    return [
      tap<Job, [unknown]>(prototype, "schedule", (job, [spec]) => {
        Object.assign(planOf(job), specOf(spec));
      }),
      tap<Job, [string, { getTime(): number }]>(prototype, "emit", (job, [event, date]) => {
        told[event]?.(job, planOf(job), date.getTime());
      }),
      tap<Job, [unknown]>(prototype, "invoke", (job, [given]) => {
        const plan = planOf(job);
        const time = given instanceof Date ? given.getTime() : undefined;
        // What somebody else gives is no time of the schedule's.
        const nominalMs = time !== undefined && plan.times.includes(time) ? time : undefined;
        if (nominalMs !== undefined) without(plan, nominalMs);
        const around = jobs.run(schedules.tick(job, { nominalMs }));
        if (nominalMs !== undefined && plan.times.length === 0) schedules.gone(job, "ended");
        return around;
      }),
    ];
  },
});

/** Watches node-schedule with a recorder. */
export const watcher: (recorder: Recorder) => Watcher = watcherOf(nodeSchedule, { "node-schedule 2": adapter });
