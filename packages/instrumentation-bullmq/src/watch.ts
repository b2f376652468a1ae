import type { Recorder } from "@jobtrail/core/recorder";
import { all, watcherOfTargets } from "@jobtrail/instrumentation/adapter";
import type { Target, Watcher } from "@jobtrail/instrumentation/adapter";
import { watchTracing } from "./asking.ts";
import { watchChanges, watchRemovals } from "./change.ts";
import { watchJobs } from "./enqueue.ts";
import { watchFlowJobs, watchFlows } from "./flow.ts";
import { watchOutcomes } from "./outcome.ts";
import { watchWorkers } from "./run.ts";
import { watchSchedulers } from "./scheduler.ts";
import { bullmq } from "./system.ts";

const inner = (file: string, name: string, watch: Target["watch"]): Target => ({
  file: `dist/cjs/classes/${file}`,
  watch: (exports, to) => watch((exports as Readonly<Record<string, unknown>>)[name], to),
});

/** Watches BullMQ with a recorder. */
export const watcher: (recorder: Recorder) => Watcher = watcherOfTargets(bullmq, [
  inner("job.js", "Job", (Job, to) => all([watchJobs(Job, to), watchFlowJobs(Job), watchChanges(Job, to)])),
  inner("queue-base.js", "QueueBase", watchTracing),
  inner("queue.js", "Queue", watchRemovals),
  inner("flow-producer.js", "FlowProducer", watchFlows),
  inner("job-scheduler.js", "JobScheduler", watchSchedulers),
  inner("worker.js", "Worker", (Worker, to) => all([watchWorkers(Worker, to), watchOutcomes(Worker, to)])),
]);
