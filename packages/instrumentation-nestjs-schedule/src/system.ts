import type { JobSystem } from "@jobtrail/instrumentation/system";

/** Nest's schedules, as they are watched. */
export const nestjsSchedule: JobSystem = {
  name: "nestjs_schedule",
  package: "@jobtrail/instrumentation-nestjs-schedule",
  carrier: "none: nothing is stored, and a run is in the process that made its schedule",
  reusesIds: false,
  bundled: { text: "because it is defined in a non static provider", isWhole: false },
  variants: [
    {
      name: "@nestjs/schedule 4 to 12",
      module: "@nestjs/schedule",
      versions: ">=4.0.0 <13",
      files: ["dist/schedule.explorer.js", "dist/scheduler.orchestrator.js", "dist/scheduler.registry.js"],
      // Since version 12.
      esm: true,
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
