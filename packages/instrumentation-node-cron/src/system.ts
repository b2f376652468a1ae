import type { JobSystem, Variant } from "@jobtrail/instrumentation/system";

/** Where version 4 has had the class of its tasks, one file for each module format. */
const taskFiles = [
  "dist/_shared.cjs",
  "dist/_shared.js",
  "dist/tasks/inline-scheduled-task.cjs",
  "dist/tasks/inline-scheduled-task.js",
  "dist/cjs/tasks/inline-scheduled-task.js",
  "dist/esm/tasks/inline-scheduled-task.js",
];

const sees: Variant["sees"] = [
  "job.schedule.created",
  "job.schedule.deleted",
  "job.schedule.missed",
  "job.run.started",
  "job.run.heartbeat",
  "job.run.ended",
];

/** node-cron, as it is watched. */
export const nodeCron: JobSystem = {
  name: "node_cron",
  package: "@jobtrail/instrumentation-node-cron",
  carrier: "none: nothing is stored, and a run is in the process that made its schedule",
  reusesIds: false,
  bundled: { text: "Possible blocking IO or high CPU user at the same process used by node-cron", isWhole: false },
  variants: [
    {
      name: "node-cron 3",
      module: "node-cron",
      versions: ">=3.0.1 <4",
      files: [".", "src/scheduled-task.js"],
      esm: false,
      sees,
    },
    { name: "node-cron 4", module: "node-cron", versions: ">=4.0.0 <5", files: taskFiles, esm: true, sees },
  ],
};
