import type { JobSystem } from "@jobtrail/instrumentation/system";

/** Agenda, as it is watched. */
export const agenda: JobSystem = {
  name: "agenda",
  package: "@jobtrail/instrumentation-agenda",
  carrier: "none: a stored job has no place but its data, which is the app's",
  reusesIds: false,
  bundled: { text: "calling save() on a Job during a forkedWorker has no effect!", isWhole: true },
  variants: [
    {
      name: "Agenda 6",
      module: "agenda",
      versions: ">=6.2.0 <7",
      files: ["."],
      esm: true,
      sees: [
        "job.queued",
        "job.deduplicated",
        "job.run.started",
        "job.run.progress",
        "job.run.heartbeat",
        "job.run.ended",
        "job.retry_scheduled",
        "job.stalled",
        "job.restarted",
        "job.removed",
      ],
    },
  ],
};
