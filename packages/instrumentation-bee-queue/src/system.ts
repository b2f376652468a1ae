import type { JobSystem } from "@jobtrail/instrumentation/system";

/** Bee-Queue, as it is watched. */
export const beeQueue: JobSystem = {
  name: "bee_queue",
  package: "@jobtrail/instrumentation-bee-queue",
  carrier: "the key jobtrail in the job's options: a JSON object of strings, beside Bee-Queue's own options",
  // `destroy` counts ids from 1 again.
  reusesIds: true,
  variants: [
    {
      name: "Bee-Queue 2",
      module: "bee-queue",
      versions: ">=2.0.0 <3",
      // Reached from ESM and CommonJS apps alike, with no loader hook.
      files: ["lib/job.js", "lib/queue.js"],
      esm: false,
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
