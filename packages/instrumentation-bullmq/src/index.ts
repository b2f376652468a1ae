import { version } from "@jobtrail/conventions";
import { all, instrumentationOf } from "@jobtrail/instrumentation";
import type { InstrumentationClass, JobSystem, JobtrailInstrumentation, Target } from "@jobtrail/instrumentation";
import { watchTracing } from "./asking.ts";
import { watchChanges, watchRemovals } from "./change.ts";
import { watchJobs } from "./enqueue.ts";
import { watchFlowJobs, watchFlows } from "./flow.ts";
import { watchOutcomes } from "./outcome.ts";
import { watchWorkers } from "./run.ts";
import { watchSchedulers } from "./scheduler.ts";

// BullMQ's inner CommonJS files: reached from ESM and CommonJS apps alike, with no loader hook,
// where its entry is not (it is loaded before any require hook could see it).
const inner = (file: string, name: string, watch: Target["watch"]): Target => ({
  module: "bullmq",
  file: `dist/cjs/classes/${file}`,
  versions: [">=6.0.0 <7"],
  watch: (exports, to) => watch((exports as Readonly<Record<string, unknown>>)[name], to),
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
    inner("job.js", "Job", (Job, to) => all([watchJobs(Job, to), watchFlowJobs(Job), watchChanges(Job, to)])),
    inner("queue-base.js", "QueueBase", watchTracing),
    inner("queue.js", "Queue", watchRemovals),
    inner("flow-producer.js", "FlowProducer", watchFlows),
    inner("job-scheduler.js", "JobScheduler", watchSchedulers),
    inner("worker.js", "Worker", (Worker, to) => all([watchWorkers(Worker, to), watchOutcomes(Worker, to)])),
  ],
};

/** The instrumentation, for `registerInstrumentations`. */
export const BullMQInstrumentation: InstrumentationClass = instrumentationOf(bullmq, {
  name: "@jobtrail/instrumentation-bullmq",
  version,
});

/** An instance of `BullMQInstrumentation`. */
export type BullMQInstrumentation = JobtrailInstrumentation;
