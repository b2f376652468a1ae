import type { JobSystem } from "@jobtrail/instrumentation/system";

/** node-schedule, as it is watched. */
export const nodeSchedule: JobSystem = {
  name: "node_schedule",
  package: "@jobtrail/instrumentation-node-schedule",
  carrier: "none: nothing is stored, and a run is in the process that made its schedule",
  reusesIds: false,
  bundled: { text: "The job method must be a function.", isWhole: true },
  variants: [
    {
      name: "node-schedule 2",
      module: "node-schedule",
      versions: ">=2.0.0 <3",
      files: ["."],
      esm: false,
      // Each time that passes is run, however late: none is missed.
      sees: ["job.schedule.created", "job.schedule.deleted", "job.run.started", "job.run.heartbeat", "job.run.ended"],
    },
  ],
};
