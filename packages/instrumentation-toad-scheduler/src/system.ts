import type { JobSystem } from "@jobtrail/instrumentation/system";

/** toad-scheduler, as it is watched. */
export const toadScheduler: JobSystem = {
  name: "toad_scheduler",
  package: "@jobtrail/instrumentation-toad-scheduler",
  carrier: "none: nothing is stored, and a run is in the process that made its schedule",
  reusesIds: false,
  bundled: { text: "Please create LongIntervalJob instead.", isWhole: true },
  variants: [
    {
      name: "toad-scheduler 3 and 4",
      module: "toad-scheduler",
      versions: ">=3.0.0 <5",
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
  ],
};
