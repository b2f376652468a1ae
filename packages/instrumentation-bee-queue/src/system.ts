import type { JobSystem, Variant } from "@jobtrail/instrumentation/system";

// Reached from ESM and CommonJS apps alike, with no loader hook.
const files = ["job", "queue"].map((name) => `lib/${name}.js`);

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
  "job.removed",
];

/** Bee-Queue, as it is watched. */
export const beeQueue: JobSystem = {
  name: "bee_queue",
  package: "@jobtrail/instrumentation-bee-queue",
  carrier: "the key jobtrail in the job's options: a JSON object of strings, beside Bee-Queue's own options",
  // `destroy` counts ids from 1 again.
  reusesIds: true,
  variants: [
    { name: "Bee-Queue 1", module: "bee-queue", versions: ">=1.3.0 <2", files, esm: false, sees },
    { name: "Bee-Queue 2", module: "bee-queue", versions: ">=2.0.0 <3", files, esm: false, sees },
  ],
};
