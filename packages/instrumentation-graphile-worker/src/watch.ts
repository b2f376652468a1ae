import type { Recorder } from "@jobtrail/core/recorder";
import { watcherOf } from "@jobtrail/instrumentation/adapter";
import type { Adapter, Jobs, Watch, Watcher } from "@jobtrail/instrumentation/adapter";
import { adding } from "./queue.ts";
import { graphileWorker } from "./system.ts";
import { byHand } from "./hand.ts";
import { fetching, outcomes, telling, working } from "./worker.ts";
import type { Runs } from "./worker.ts";

const runsOf = (jobs: Jobs): Runs => ({ jobs, thrown: new WeakMap() });

/** What all versions have. */
const common = (runs: Runs): Readonly<Record<string, Watch>> => ({
  "dist/helpers.js": (exports) => adding(exports, runs.jobs),
  "dist/worker.js": (exports) => [working(exports, runs)],
  "dist/workerUtils.js": (exports) => [byHand(exports, runs.jobs)],
});

const early: Adapter = (jobs) => {
  const runs = runsOf(jobs);
  return { ...common(runs), "dist/lib.js": (exports) => [telling(exports, runs)] };
};

const single: Adapter = (jobs) => {
  const runs = runsOf(jobs);
  return {
    ...common(runs),
    "dist/sql/getJob.js": fetching,
    "dist/sql/completeJob.js": (exports) => outcomes(exports, runs),
    "dist/sql/failJob.js": (exports) => outcomes(exports, runs),
  };
};

const many: Adapter = (jobs) => {
  const runs = runsOf(jobs);
  return {
    ...common(runs),
    "dist/sql/getJobs.js": fetching,
    "dist/sql/completeJobs.js": (exports) => outcomes(exports, runs),
    "dist/sql/failJobs.js": (exports) => outcomes(exports, runs),
  };
};

/** Watches Graphile Worker with a recorder. */
export const watcher: (recorder: Recorder) => Watcher = watcherOf(graphileWorker, {
  "Graphile Worker 0.13": early,
  "Graphile Worker 0.15 and 0.16": single,
  "Graphile Worker 0.17": many,
  "Graphile Worker 0.18": many,
});
