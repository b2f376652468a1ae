import { AsyncLocalStorage } from "node:async_hooks";
import { guard } from "@jobtrail/core/recorder";
import type { Enqueue, Recorder } from "@jobtrail/core/recorder";

import { all, outcome, wrap } from "@jobtrail/instrumentation/adapter";
import type { Call, Undo } from "@jobtrail/instrumentation/adapter";
import type { Job, JobsOptions } from "bullmq";
import { ask, asking } from "./asking.ts";
import type { Asking } from "./asking.ts";
import { carrying } from "./carrier.ts";
import { constantsOf } from "./job.ts";
import type { Place } from "./job.ts";
import { queuedEvent } from "./queued.ts";

/** A call for a scheduler, with what stood for its job. */
interface SchedulerCall extends Asking {
  by?: Enqueue;
}

/** The call that a scheduler's first job is being made for. */
const calls = new AsyncLocalStorage<SchedulerCall>();

/**
 * Watches job schedulers: whoever makes or changes one queues its next job; after that each worker
 * that takes a job queues the one after it, which is nobody's call and has no span.
 */
export function watchSchedulers(Class: unknown, to: Recorder): Undo {
  const { prototype } = Class as { prototype: unknown };
  return all([
    wrap(
      prototype,
      "upsertJobScheduler",
      (original) =>
        function (this: unknown, ...args) {
          const { override } = (args[5] ?? {}) as { override?: boolean };
          return (override === true ? upsert : iterate)(this as Place, args, original, to);
        },
    ),
    wrap(
      prototype,
      "getNextJobOpts",
      (original) =>
        function (this: unknown, ...args) {
          const opts = original.apply(this, args as unknown[]) as JobsOptions;
          const call = calls.getStore();
          return call === undefined ? opts : (guard("bullmq: scheduler", () => carry(opts, call)) ?? opts);
        },
    ),
  ]);
}

function upsert(scheduler: Place, args: readonly unknown[], original: Call, to: Recorder): unknown {
  const [id, , name] = args as [string, unknown, string];
  const traced = scheduler.opts?.telemetry !== undefined;
  const define = (): SchedulerCall => asking(to, to.define(constantsOf(scheduler, name, id)), "add", traced);
  const open = guard("bullmq: scheduler", define);
  const call = (): unknown => original.apply(scheduler, args as unknown[]);
  if (open === undefined) return call();
  return ask(
    open,
    to,
    () => calls.run(open, call),
    (job) => job !== undefined && (open.by ?? to).emit(queuedEvent(job as Job, to)),
  );
}

/** A worker gives the job that it has taken as the model of the next: the carrier goes from one to the other. */
function iterate(scheduler: Place, args: readonly unknown[], original: Call, to: Recorder): unknown {
  return outcome(
    "bullmq: next job of a scheduler",
    original.apply(scheduler, args as unknown[]),
    (job) => job !== undefined && to.emit(queuedEvent(job as Job, to)),
    () => undefined,
  );
}

/** The scheduler itself keeps the options that it was given. */
function carry(opts: JobsOptions, call: SchedulerCall): JobsOptions {
  call.by = call.now();
  return carrying(opts, call.by.carrier) ?? opts;
}
