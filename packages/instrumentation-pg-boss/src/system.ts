import type { JobSystem, Variant } from "@jobtrail/instrumentation/system";

const seesOlder: Variant["sees"] = [
  "job.queued",
  "job.run.started",
  "job.run.heartbeat",
  "job.run.ended",
  "job.retry_scheduled",
  "job.restarted",
  "job.ended",
  "job.removed",
];

/** pg-boss, as it is watched. */
export const pgboss: JobSystem = {
  name: "pgboss",
  package: "@jobtrail/instrumentation-pg-boss",
  carrier:
    "the key jobtrail in the column trace_context: a JSON object of strings, beside what pg-boss stores there; none before 12.38",
  reusesIds: false,
  // Its entry does not give the two classes that all jobs pass.
  bundled: { text: "pgboss.test_clock", isWhole: false },
  variants: [
    {
      name: "pg-boss 10 and 11",
      module: "pg-boss",
      versions: ">=10.0.0 <12",
      files: ["src/manager.js"],
      esm: false,
      sees: seesOlder,
    },
    {
      name: "pg-boss 12 before 12.38",
      module: "pg-boss",
      versions: ">=12.5.0 <12.38.0",
      files: ["dist/manager.js", "."],
      esm: true,
      sees: seesOlder,
    },
    {
      name: "pg-boss 12",
      module: "pg-boss",
      versions: ">=12.38.0 <13",
      files: ["dist/telemetry.js", "dist/manager.js", "."],
      esm: true,
      sees: [
        "job.queued",
        "job.deduplicated",
        "job.run.started",
        "job.run.heartbeat",
        "job.run.ended",
        "job.retry_scheduled",
        "job.restarted",
        "job.ended",
        "job.removed",
      ],
    },
  ],
};
