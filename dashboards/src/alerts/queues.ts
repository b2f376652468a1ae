import { deriv, increased, max, promql, quantileOver, series, sum } from "../promql.ts";
import type { Matcher, Promql } from "../promql.ts";
import type { Alert, Scope } from "./alert.ts";
import { secondsOf } from "./config.ts";

const queue = ["job.system.name", "job.queue.name"] as const;

const waitingState: Matcher = ["job.state", "=", "waiting"];

const waiting = ({ where }: Scope): Promql => max(series("job.queue.size", [...where, waitingState]), queue);

const workers = ({ where }: Scope): Promql => max(series("job.worker.count", where), queue);

/** Alerts about queues. All but the first need an observer, and are silent without one. */
export const queueAlerts: readonly Alert[] = [
  {
    name: "JobQueueAge",
    severity: "warning",
    summary: "Jobs wait {value:duration} in queue {job.queue.name}",
    about:
      "Jobs wait longer than they may, until they run or until now. Too few workers, workers that are stuck, or a burst.",
    source: "process",
    by: queue,
    board: "queue",
    over: "queues",
    uses: ["queueAge"],
    metrics: ({ where, at }) => ({
      expr: promql`(${max(series("job.queue.oldest_job.age", where), queue)} > ${secondsOf(at.queueAge) ?? 0}) or (${quantileOver(0.95, "job.run.wait", where, queue, "10m")} > ${secondsOf(at.queueAge) ?? 0})`,
      for: "5m",
    }),
  },
  {
    name: "JobBacklogGrowing",
    severity: "warning",
    summary: "Queue {job.queue.name} holds {value:count} jobs and grows",
    about:
      "More jobs come than leave, and have for a while. Add workers, make jobs faster, or slow down who sends them.",
    source: "observer",
    by: queue,
    board: "queue",
    over: "queues",
    uses: ["backlogMinimum", "backlogFor"],
    metrics: (scope) => ({
      expr: promql`(${waiting(scope)} >= ${scope.at.backlogMinimum}) and (${max(deriv("job.queue.size", [...scope.where, waitingState], scope.at.backlogFor), queue)} > 0)`,
      for: scope.at.backlogFor,
    }),
  },
  {
    name: "JobQueueWithoutWorkers",
    severity: "critical",
    summary: "{value:count} jobs wait in queue {job.queue.name}, and nobody works on it",
    about: "Jobs wait and no worker takes them. Its processes do not run, or are connected to another place.",
    source: "observer",
    by: queue,
    board: "queue",
    over: "queues",
    uses: ["noWorkerFor"],
    metrics: (scope) => ({
      expr: promql`(${waiting(scope)} > 0) unless (${workers(scope)} > 0)`,
      for: scope.at.noWorkerFor,
    }),
  },
  {
    name: "JobQueueNotMoving",
    severity: "critical",
    summary: "{value:count} jobs wait in queue {job.queue.name}, and none ends",
    about: "Jobs wait, workers are there, and no run ends. The workers are stuck, or the queue is paused.",
    source: "observer",
    by: queue,
    board: "queue",
    over: "queues",
    uses: ["notMovingFor"],
    metrics: (scope) => {
      const { where, at } = scope;
      const ends = promql`${sum(increased("job.run.duration", where, at.notMovingFor), queue)} > 0`;
      return {
        expr: promql`((${waiting(scope)} > 0) and (${workers(scope)} > 0)) unless (${ends})`,
        for: at.notMovingFor,
      };
    },
  },
];
