import type { JobSystem } from "@jobtrail/instrumentation/system";

/** Bree, as it is watched. */
export const bree: JobSystem = {
  name: "bree",
  package: "@jobtrail/instrumentation-bree",
  carrier: "the variables TRACEPARENT and TRACESTATE in the environment of the run's worker thread; nothing is stored",
  reusesIds: false,
  bundled: { text: "bree.init() was not called", isWhole: false },
  variants: [
    {
      name: "Bree 9",
      module: "bree",
      versions: ">=9.0.0 <10",
      files: ["."],
      esm: false,
      sees: [
        "job.schedule.created",
        "job.schedule.deleted",
        "job.schedule.missed",
        "job.run.started",
        "job.run.heartbeat",
        "job.run.ended",
      ],
    },
    // What computes the times of Bree's patterns, which Bree itself does not tell.
    { name: "later 4 in Bree", module: "@breejs/later", versions: ">=4.1.0 <5", files: ["."], esm: false, sees: [] },
  ],
};
