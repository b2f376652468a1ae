import type { Recorder } from "@jobtrail/core/recorder";
import { watcherOf } from "@jobtrail/instrumentation/adapter";
import type { Adapter, Watcher } from "@jobtrail/instrumentation/adapter";
import { ofJobs, ofQueues } from "./queue.ts";
import type { JobClass } from "./queue.ts";
import { beeQueue } from "./system.ts";
import { retrying, working } from "./worker.ts";

const adapter: Adapter = (jobs) => {
  // The queue's file requires the job's, so that one comes first.
  let Job: JobClass | undefined;
  return {
    "lib/job.js"(exports) {
      Job = exports as JobClass;
      return [...ofJobs(Job, jobs), retrying(Job.prototype)];
    },
    "lib/queue.js"(exports) {
      const { prototype } = exports as { readonly prototype: unknown };
      return Job === undefined ? [] : [...ofQueues(prototype, Job, jobs), ...working(prototype, Job, jobs)];
    },
  };
};

/** Watches Bee-Queue with a recorder. */
export const watcher: (recorder: Recorder) => Watcher = watcherOf(beeQueue, {
  "Bee-Queue 1": adapter,
  "Bee-Queue 2": adapter,
});
