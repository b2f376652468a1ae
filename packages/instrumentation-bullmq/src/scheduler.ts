import { context } from "@opentelemetry/api";
import { guard } from "@jobtrail/core";
import type { Recorder } from "@jobtrail/core";
import { outcome, wrap } from "@jobtrail/instrumentation";
import type { Undo } from "@jobtrail/instrumentation";
import type { Job, JobsOptions } from "bullmq";
import { carrying, queuedEvent, spanOfBullMQ } from "./enqueue.ts";
import type { Queue } from "./enqueue.ts";
import { constantsOf } from "./job.ts";

/**
 * Watches job schedulers: whoever makes or changes one queues its next job; after that each worker
 * that takes a job queues the one after it, which is nobody's call and has no span.
 */
export const watchSchedulers = (Class: unknown, to: Recorder): Undo =>
  wrap(
    (Class as { prototype: unknown }).prototype,
    "upsertJobScheduler",
    (original) =>
      function (this: unknown, ...args) {
        const [id, repeat, name, data, opts, how] = args as Arguments;
        const own = how?.override !== true;
        const enqueue = own
          ? undefined
          : guard("bullmq: scheduler", () =>
              to.enqueue(to.define(constantsOf(this as Queue, name, id)), "add", spanOfBullMQ(this as Queue)),
            );
        const call = (): unknown =>
          original.call(
            this,
            id,
            repeat,
            name,
            data,
            enqueue === undefined ? opts : (carrying(opts, enqueue) ?? opts),
            how,
          );
        return outcome(
          "bullmq: scheduler",
          enqueue === undefined ? call() : context.with(enqueue.context, call),
          (job) => {
            if (job !== undefined) (enqueue ?? to).emit(queuedEvent(job as Job, to));
            enqueue?.end();
          },
          (thrown) => enqueue?.end(to.error(thrown)),
        );
      },
  );

type Arguments = [
  id: string,
  repeat: unknown,
  name: string,
  data: unknown,
  opts: JobsOptions,
  how: { override?: boolean },
];
