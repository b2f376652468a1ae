import type { JobSystem } from "@jobtrail/instrumentation/system";

/** croner, as it is watched. */
export const croner: JobSystem = {
  name: "croner",
  package: "@jobtrail/instrumentation-croner",
  carrier: "none: nothing is stored, and a run is in the process that made its schedule",
  reusesIds: false,
  bundled: { text: "CronPattern: ", isWhole: true },
  variants: [
    {
      name: "croner 6 to 11",
      module: "croner",
      versions: ">=6.0.0 <12",
      files: ["."],
      esm: true,
      sees: [
        "job.schedule.created",
        "job.schedule.paused",
        "job.schedule.resumed",
        "job.schedule.deleted",
        "job.schedule.missed",
        "job.run.started",
        "job.run.heartbeat",
        "job.run.ended",
      ],
    },
  ],
};
