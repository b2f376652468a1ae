import { guard } from "@jobtrail/core/recorder";
import type { Enqueue, Recorder } from "@jobtrail/core/recorder";

import { all, wrap } from "@jobtrail/instrumentation/adapter";
import type { Call, Undo } from "@jobtrail/instrumentation/adapter";
import type { Job, JobsOptions } from "bullmq";
import { ask, spanOfBullMQ } from "./asking.ts";
import { carrying } from "./carrier.ts";
import { constantsOf } from "./job.ts";
import type { Place } from "./job.ts";
import { queued } from "./queued.ts";

/** Watches the two functions that every new job of a queue passes: `Job.create` and `Job.createBulk`. */
export const watchJobs = (Class: unknown, to: Recorder): Undo =>
  all([
    wrap(Class, "create", (original) => creating(original, to)),
    wrap(Class, "createBulk", (original) => creatingBulk(original, to)),
  ]);

/** `this` is the class that makes the job: an app's subclass keeps its own. */
const creating = (original: Call, to: Recorder): Call =>
  function (...args) {
    const [queue, name, data, opts, ...rest] = args as [Place, string, unknown, JobsOptions | undefined];
    const by = guard("bullmq: add", () => enqueueIn(queue, "add", to, name));
    if (by === undefined) return original.apply(this, args as unknown[]);
    const given = guard("bullmq: carrier", () => carrying(opts, by.carrier)) ?? opts;
    return ask(
      by,
      to,
      () => original.call(this, queue, name, data, given, ...rest),
      (job) => queued([{ job: job as Job, by }], to),
    );
  };

type Entry = { readonly opts?: JobsOptions };

const creatingBulk = (original: Call, to: Recorder): Call =>
  function (...args) {
    const [queue, entries, ...rest] = args as [Place, readonly Entry[]];
    const by = guard("bullmq: addBulk", () => enqueueIn(queue, "addBulk", to));
    if (by === undefined) return original.apply(this, args as unknown[]);
    const carry = (): Entry[] =>
      entries.map((entry) => {
        const opts = carrying(entry.opts, by.carrier);
        return opts === undefined ? entry : { ...entry, opts };
      });
    const given = guard("bullmq: carrier", carry) ?? entries;
    return ask(
      by,
      to,
      () => original.call(this, queue, given, ...rest),
      (jobs) =>
        queued(
          (jobs as Job[]).map((job) => ({ job, by })),
          to,
        ),
    );
  };

const enqueueIn = (queue: Place, verb: string, to: Recorder, name?: string): Enqueue =>
  to.enqueue(to.define(constantsOf(queue, name)), verb, spanOfBullMQ(queue));
