import type { JobSystem, Variant } from "@jobtrail/instrumentation/system";

// BullMQ's inner CommonJS files: reached from ESM and CommonJS apps alike, with no loader hook,
// where its entry is not (it is loaded before any require hook could see it).
const files = ["job", "queue-base", "queue", "flow-producer", "job-scheduler", "worker"].map(
  (name) => `dist/cjs/classes/${name}.js`,
);

const sees: Variant["sees"] = [
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
];

/** BullMQ, as it is watched. */
export const bullmq: JobSystem = {
  name: "bullmq",
  package: "@jobtrail/instrumentation-bullmq",
  carrier:
    "the job option telemetry.metadata: a JSON object of strings, whose other keys are kept; where that holds a text of another library's, the job option jobtrail",
  reusesIds: true,
  bundled: { text: "BullMQ: Your redis options maxRetriesPerRequest must be null", isWhole: true },
  variants: [
    { name: "BullMQ 4 and 5", module: "bullmq", versions: ">=4.18.0 <6", files, esm: false, sees },
    { name: "BullMQ 6", module: "bullmq", versions: ">=6.0.0 <7", files, esm: false, sees },
  ],
};
