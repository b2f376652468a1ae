import type { JobSystem } from "@jobtrail/instrumentation/system";

/** cron, as it is watched. */
export const cron: JobSystem = {
  name: "cron",
  package: "@jobtrail/instrumentation-cron",
  carrier: "none: nothing is stored, and a run is in the process that made its schedule",
  reusesIds: false,
  bundled: { text: "[Cron] error in callback", isWhole: true },
  variants: [
    {
      name: "cron 2 to 4",
      module: "cron",
      versions: ">=2.0.0 <5",
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
