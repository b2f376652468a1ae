import type { JobSystem, Variant } from "@jobtrail/instrumentation/system";

// Reached from ESM and CommonJS apps alike, with no loader hook.
const files = ["scripts", "job", "queue"].map((name) => `lib/${name}.js`);

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

/** Bull, as it is watched. */
export const bull: JobSystem = {
  name: "bull",
  package: "@jobtrail/instrumentation-bull",
  carrier: "the key jobtrail in the job's options: a JSON object of strings, beside Bull's own options",
  // `obliterate` counts ids from 1 again.
  reusesIds: true,
  bundled: { text: "Missing process handler for job type ", isWhole: false },
  variants: [
    { name: "Bull 3", module: "bull", versions: ">=3.29.0 <4", files, esm: false, sees },
    { name: "Bull 4", module: "bull", versions: ">=4.0.0 <5", files, esm: false, sees },
  ],
};
