import type { JobSystem } from "@jobtrail/instrumentation/system";

/** pg-boss, as it is watched. */
export const pgboss: JobSystem = {
  name: "pgboss",
  package: "@jobtrail/instrumentation-pg-boss",
  carrier: "the key jobtrail in the column trace_context: a JSON object of strings, beside what pg-boss stores there",
  reusesIds: false,
  // Its entry does not give the two classes that all jobs pass.
  bundled: { text: "pgboss.test_clock", isWhole: false },
  variants: [
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
