import { instrumentationOf } from "@jobtrail/instrumentation";
import type { InstrumentationClass, JobSystem, JobtrailInstrumentation, Target } from "@jobtrail/instrumentation";
import { watchJobs, watchRetries } from "./enqueue.ts";
import { watchFlows } from "./flow.ts";
import { watchEmitter } from "./outcome.ts";
import { watchWorkers } from "./run.ts";
import { watchSchedulers } from "./scheduler.ts";

// BullMQ's inner CommonJS files: reached from ESM and CommonJS apps alike, with no loader hook,
// where its entry is not (it is loaded before any require hook could see it).
const inner = (file: string, watch: Target["watch"]): Target => ({
  module: "bullmq",
  file: `dist/cjs/classes/${file}`,
  versions: [">=6.0.0 <7"],
  watch,
});

/** BullMQ 6, as it is watched. */
export const bullmq: JobSystem = {
  name: "bullmq",
  sees: [
    "job.queued",
    "job.deduplicated",
    "job.run.started",
    "job.run.progress",
    "job.run.heartbeat",
    "job.run.ended",
    "job.retry_scheduled",
    "job.stalled",
    "job.restarted",
    "job.ended",
    "job.removed",
  ],
  carrier: "the job option telemetry.metadata: a JSON object of strings, whose other keys are kept",
  targets: [
    inner("job.js", (exports, to) => watchJobs(classIn(exports, "Job"), to)),
    inner("job.js", (exports, to) => watchRetries(classIn(exports, "Job"), to)),
    inner("flow-producer.js", (exports, to) => watchFlows(classIn(exports, "FlowProducer"), to)),
    inner("job-scheduler.js", (exports, to) => watchSchedulers(classIn(exports, "JobScheduler"), to)),
    inner("queue-base.js", (exports, to) => watchEmitter(classIn(exports, "QueueBase"), to)),
    inner("worker.js", (exports, to) => watchWorkers(classIn(exports, "Worker"), to)),
  ],
};

const classIn = (exports: unknown, name: string): unknown => (exports as Record<string, unknown>)[name];

/** The instrumentation, for `registerInstrumentations`. */
export const BullMQInstrumentation: InstrumentationClass = instrumentationOf(bullmq, {
  name: "@jobtrail/instrumentation-bullmq",
  version: "0.1.0",
});

/** An instance of `BullMQInstrumentation`. */
export type BullMQInstrumentation = JobtrailInstrumentation;
