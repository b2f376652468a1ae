import type { JobSystem, Variant } from "@jobtrail/instrumentation/system";

const files = ["helpers", "worker", "workerUtils", "sql/getJobs", "sql/completeJobs", "sql/failJobs"].map(
  (name) => `dist/${name}.js`,
);

/** Until 0.14 workers store outcomes by themselves, and tell their listeners afterwards. */
const early = ["lib", "helpers", "worker", "workerUtils"].map((name) => `dist/${name}.js`);

/** Where 0.15 and 0.16 store one job at a time. */
const single = ["helpers", "worker", "workerUtils", "sql/getJob", "sql/completeJob", "sql/failJob"].map(
  (name) => `dist/${name}.js`,
);

const sees: Variant["sees"] = [
  "job.queued",
  "job.deduplicated",
  "job.run.started",
  "job.run.heartbeat",
  "job.run.ended",
  "job.retry_scheduled",
  "job.restarted",
  "job.ended",
];

/** Graphile Worker, as it is watched. */
export const graphileWorker: JobSystem = {
  name: "graphile_worker",
  package: "@jobtrail/instrumentation-graphile-worker",
  carrier: "one of the job's flags, jobtrail: and a JSON object of strings; the payload is never touched",
  // A schema that is made again counts from 1.
  reusesIds: true,
  bundled: { text: "Failed to release job '", isWhole: false },
  variants: [
    {
      name: "Graphile Worker 0.13",
      module: "graphile-worker",
      versions: ">=0.13.0 <0.15",
      files: early,
      esm: false,
      sees,
    },
    {
      name: "Graphile Worker 0.15 and 0.16",
      module: "graphile-worker",
      versions: ">=0.15.0 <0.17",
      files: single,
      esm: false,
      sees,
    },
    { name: "Graphile Worker 0.17", module: "graphile-worker", versions: ">=0.17.0 <0.18", files, esm: false, sees },
    { name: "Graphile Worker 0.18", module: "graphile-worker", versions: ">=0.18.0 <0.19", files, esm: true, sees },
  ],
};
