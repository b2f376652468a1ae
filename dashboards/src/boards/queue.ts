import type { Board } from "../board.ts";
import { anyIsBad, called, failureThresholds, heatmap, lines, orZero, query, stat, table, towards } from "../panel.ts";
import { buckets, increased, promql, series, sum } from "../promql.ts";
import { ofJobs, variables } from "../scope.ts";
import { duration, failedRuns, failures, lostJobs, quantiles, retries, runs, wait, whereTimeGoes } from "./red.ts";
import { arrivals, departures, drainTime, oldestAge, queueSize, queueSizeByState, workers } from "./waiting.ts";

const job = ["job.queue.name", "job.name"] as const;

/** One queue, or some, by the jobs in it. */
export const queue: Board = {
  id: "queue",
  title: "Jobs: queue",
  about: "What happens in a queue, by the jobs in it: does it keep up, what fails, what is slow, who works on it?",
  from: "now-6h",
  variables,
  rows: [
    {
      title: "Now",
      panels: [
        stat("Runs per second", "ops", [query(runs())], {
          about: "Runs that ended. At zero while jobs wait, workers are missing or stuck.",
          to: "pipeline",
        }),
        stat("Failing runs", "percentunit", [query(failures())], {
          about: "The share of tries that failed. Red: the jobs of this queue below, worst first.",
          to: "job",
          thresholds: failureThresholds,
        }),
        stat("Runs at work", "none", [query(sum(series("job.run.active", ofJobs)))], {
          about:
            "Runs that have begun and not ended. Always at the limit: give the workers more concurrency, or add some.",
          to: "job",
        }),
        stat("Jobs waiting", "none", [query(queueSize())], {
          about: "Jobs that could start now. When it grows, compare arrivals with ends.",
          to: "overview",
          source: "observer",
        }),
        stat("Oldest waiting job", "s", [query(oldestAge())], {
          about: "How long the job has waited that waits longest. Red: no worker takes this queue, or all are stuck.",
          to: "overview",
          source: "observer",
          thresholds: { warn: 300, bad: 900 },
        }),
        stat("Workers", "none", [query(workers())], {
          about: "Workers that take jobs from here. Red: none. See whether their processes run.",
          to: "pipeline",
          source: "observer",
          thresholds: { bad: 1, below: true },
        }),
      ],
    },
    {
      title: "Does it keep up?",
      panels: [
        lines("Arrivals and ends", "ops", [called("arrived", arrivals()), called("ended", departures())], {
          about: "Jobs that came and jobs that left. While more come than leave, the backlog grows.",
          to: "overview",
          source: "gateway",
        }),
        lines("Jobs by state", "none", [query(queueSizeByState, ["job.state"])], {
          about: "What the queue holds. When waiting grows and active does not, workers are missing.",
          ...towards("overview", "job.state"),
          source: "observer",
          stacked: true,
        }),
        lines("Oldest waiting job by queue", "s", [query(oldestAge("job.queue.name"))], {
          about: "A line that rises at 45 degrees: nobody takes from here. Red: see the workers.",
          ...towards("overview", "job.queue.name"),
          source: "observer",
          thresholds: { warn: 300, bad: 900 },
        }),
        lines("Time to drain", "s", [query(drainTime("job.queue.name"))], {
          about:
            "How long until it is empty, at this pace. Nothing where it is empty, or grows. Red: add workers until it drains.",
          ...towards("overview", "job.queue.name"),
          source: "observer",
          thresholds: { warn: 1800, bad: 7200 },
        }),
        lines(
          "Wait",
          "s",
          quantiles((q) => wait(q)),
          {
            about: "How long jobs waited that could have started. Red: add workers, or find what blocks them.",
            to: "job",
            thresholds: { warn: 60, bad: 600 },
          },
        ),
        lines("Where the time goes", "s", whereTimeGoes, {
          about: "The mean of waiting and of working. More workers help against waiting, a faster job against both.",
          to: "job",
          stacked: true,
        }),
        lines(
          "Runs at work by process",
          "none",
          [query(sum(series("job.run.active", ofJobs), ["job", "instance"]), ["job", "instance"])],
          {
            about:
              "Who works on it. A process that stays at its limit while others are idle holds jobs that do not end.",
            ...towards("pipeline", "job", "instance"),
          },
        ),
        lines("Workers by queue", "none", [query(workers("job.queue.name"))], {
          about: "Workers that take jobs. A step down without a deploy is a process that died.",
          ...towards("pipeline", "job.queue.name"),
          source: "observer",
        }),
      ],
    },
    {
      title: "What fails",
      panels: [
        table(
          "Jobs",
          "none",
          [
            called("Failing", failures(...job), { unit: "percentunit" }),
            called("Runs/s", runs(...job), { unit: "ops" }),
            called("Work p95", duration(0.95, ...job), { unit: "s" }),
            called("Failed for good", orZero(lostJobs(...job), job)),
          ],
          {
            about: "The jobs of this queue, the one that fails most on top. Red: open its board.",
            ...towards("job", ...job),
            width: 24,
            sortBy: 0,
            thresholds: failureThresholds,
          },
        ),
        lines("Failing runs by job", "percentunit", [query(failures(...job), ["job.name"])], {
          about: "The share of tries that failed. Red, one job: its code. Red, all: what the queue's jobs share.",
          ...towards("job", ...job),
          thresholds: failureThresholds,
        }),
        lines("Failing runs by error type", "none", [query(failedRuns("error.type"), ["error.type"])], {
          about: "Why runs fail. worker_lost: the process died at work.",
          ...towards("job", "error.type"),
        }),
        lines("Retries by job", "none", [query(retries(...job), ["job.name"])], {
          about: "Tries that are followed by another. They also cost the queue its pace.",
          ...towards("job", ...job),
        }),
        lines(
          "Stalls by job",
          "none",
          [
            query(
              promql`(${sum(increased("job.run.stalls", ofJobs, "$__rate_interval"), job)}) or 0 * ${sum(series("job.run.active", ofJobs), job)}`,
              ["job.name"],
            ),
          ],
          {
            about:
              "Jobs whose worker's lock or heartbeat expired. Red: the worker died, or its event loop was blocked longer than the lock lasts.",
            ...towards("job", ...job),
            thresholds: anyIsBad,
          },
        ),
      ],
    },
    {
      title: "What is slow",
      panels: [
        lines("Work by job, p95", "s", [query(duration(0.95, ...job), ["job.name"])], {
          about: "How long runs worked. A job that rises alone has changed.",
          ...towards("job", ...job),
        }),
        heatmap("Work, all runs", "s", [query(buckets("job.run.duration", ofJobs, ["le"]))], {
          about: "How many runs took how long.",
          to: "job",
          by: ["le"],
        }),
      ],
    },
  ],
};
