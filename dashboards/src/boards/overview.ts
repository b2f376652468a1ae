import type { Board } from "../board.ts";
import { anyIsBad, called, failureThresholds, heatmap, lines, orZero, query, stat, table, towards } from "../panel.ts";
import { buckets, increased, promql, rate, rateWindow, series, sum } from "../promql.ts";
import { ofJobs, ofService, variables } from "../scope.ts";
import { duration, failedRuns, failures, lostJobs, quantiles, retries, runs, wait } from "./red.ts";
import { arrivals, departures, drainTime, oldestAge, queueSize, queueSizeByState } from "./waiting.ts";

const queue = ["job.system.name", "job.queue.name"] as const;
const job = [...queue, "job.name"] as const;

/** All jobs at a glance: rate, errors, duration, waiting, and what is worst. */
export const overview: Board = {
  id: "overview",
  title: "Jobs: overview",
  about: "Are the jobs all right, and if not, which? Worst first; every row leads on to its queue, job and records.",
  from: "now-6h",
  variables,
  rows: [
    {
      title: "Now",
      panels: [
        stat("Runs per second", "ops", [query(runs())], {
          about:
            "Runs that ended, failed ones too. At zero nothing works: see whether processes report, on Pipeline health.",
          to: "pipeline",
        }),
        stat("Failing runs", "percentunit", [query(failures())], {
          about:
            "The share of tries that failed. Red: the table of failing jobs below says which, its error types why.",
          to: "slo",
          thresholds: failureThresholds,
        }),
        stat("Jobs failed for good", "none", [query(orZero(lostJobs()))], {
          about:
            "Jobs that nobody will try again, in the time shown. Red: open them in the job log, and restart them once the cause is mended.",
          to: "audit",
          thresholds: anyIsBad,
        }),
        stat("Work, p95", "s", [query(duration(0.95))], {
          about:
            "Nineteen of twenty runs took no longer. When it rises, see on the job's board whether it waits or works.",
          to: "job",
        }),
        stat("Wait, p95", "s", [query(wait(0.95))], {
          about:
            "Nineteen of twenty jobs began this soon after they could have. Red: too few workers, or each job too slow.",
          to: "queue",
          thresholds: { warn: 60, bad: 600 },
        }),
        stat("Runs at work", "none", [query(sum(series("job.run.active", ofJobs)))], {
          about: "Runs that have begun and not ended. When it stays at the workers' limit, jobs wait for a free one.",
          to: "queue",
        }),
        stat("Jobs waiting", "none", [query(queueSize())], {
          about: "Jobs that could start now. When it grows, compare arrivals with ends below.",
          to: "queue",
          source: "observer",
        }),
        stat("Oldest waiting job", "s", [query(oldestAge())], {
          about: "How long the job has waited that waits longest. Red: no worker takes this queue, or all are stuck.",
          to: "queue",
          source: "observer",
          thresholds: { warn: 300, bad: 900 },
        }),
        stat("Retries", "none", [query(orZero(sum(increased("job.run.retries", ofJobs, rateWindow))))], {
          about:
            "Tries that are followed by another, in the time shown. Many retries hide a failure that has not yet become final.",
          to: "job",
        }),
        stat("Stalls", "none", [query(orZero(sum(increased("job.run.stalls", ofJobs, rateWindow))))], {
          about:
            "Jobs whose worker's lock or heartbeat expired. Red: a worker died, or its event loop was blocked for longer than the lock lasts.",
          to: "queue",
          thresholds: anyIsBad,
        }),
        stat(
          "Missed schedules",
          "none",
          [
            query(
              promql`(${sum(increased("job.schedule.missed", ofService, rateWindow))}) or 0 * ${sum(series("job.run.active", ofService))}`,
            ),
          ],
          {
            about: "Times at which a schedule meant to run and did not. Red: the schedules' board says which.",
            to: "schedules",
            source: "schedule",
            thresholds: anyIsBad,
          },
        ),
        stat(
          "Records given up",
          "none",
          [
            query(
              promql`(${sum(increased("job.log.dropped", ofService, rateWindow))}) or 0 * ${sum(series("job.run.active", ofService))}`,
            ),
          ],
          {
            about:
              "Records that could not be delivered. Red: what these boards and the job log say is not whole; see Pipeline health.",
            to: "pipeline",
            thresholds: anyIsBad,
          },
        ),
      ],
    },
    {
      title: "Worst first",
      panels: [
        table(
          "Queues",
          "none",
          [
            called("Failing", failures(...queue), { unit: "percentunit" }),
            called("Runs/s", runs(...queue), { unit: "ops" }),
            called("Work p95", duration(0.95, ...queue), { unit: "s" }),
            called("Wait p95", wait(0.95, ...queue), { unit: "s" }),
            called("Failed for good", orZero(lostJobs(...queue), queue)),
            called("At work", sum(series("job.run.active", ofJobs), queue)),
          ],
          {
            about:
              "Every queue in one line, the one that fails most on top. Red: open its board. Schedules in the process have no queue.",
            ...towards("queue", ...queue),
            width: 24,
            sortBy: 0,
            thresholds: failureThresholds,
          },
        ),
        table(
          "Failing jobs",
          "none",
          [
            called("Failed runs", promql`topk(20, ${failedRuns(...job)} > 0)`),
            called("Failed for good", promql`(${lostJobs(...job)} > 0)`),
          ],
          {
            about:
              "Jobs whose runs failed in the time shown. Begin with the one on top: its board shows errors by version.",
            ...towards("job", ...job),
            sortBy: 0,
          },
        ),
        table(
          "Error types",
          "none",
          [called("Failed runs", promql`topk(20, ${failedRuns("error.type", "job.queue.name", "job.name")} > 0)`)],
          {
            about:
              "Why runs failed: the error's class or code. One type over many jobs points to something that they share.",
            ...towards("job", "error.type", "job.queue.name", "job.name"),
            sortBy: 0,
          },
        ),
      ],
    },
    {
      title: "Rate, errors, duration",
      panels: [
        lines("Runs by result", "ops", [query(runs("job.run.result"), ["job.run.result"])], {
          about:
            "How runs ended. deferred put its job back and is no failure. Look at what was deployed where failure begins.",
          ...towards("queue", "job.run.result"),
          stacked: true,
        }),
        lines("Failing runs by queue", "percentunit", [query(failures("job.queue.name"))], {
          about:
            "The share of tries that failed. Red, one queue: see its jobs. Red, all at once: what they share, such as a database.",
          ...towards("queue", "job.queue.name"),
          thresholds: failureThresholds,
        }),
        lines(
          "Work",
          "s",
          quantiles((q) => duration(q), { exemplars: true }),
          {
            about: "How long runs worked. When only p99 rises, a few jobs are slow: the heat map shows how many.",
            to: "job",
          },
        ),
        lines(
          "Wait",
          "s",
          quantiles((q) => wait(q)),
          {
            about: "How long jobs waited that could have started. Red: add workers, or find what blocks them.",
            to: "queue",
            thresholds: { warn: 60, bad: 600 },
          },
        ),
        heatmap("Work, all runs", "s", [query(buckets("job.run.duration", ofJobs, ["le"]))], {
          about: "How many runs took how long. Two bands are two kinds of job, or a cache that is hit or missed.",
          to: "job",
          by: ["le"],
        }),
        lines("Slowest jobs, p95", "s", [query(promql`topk(10, ${duration(0.95, "job.queue.name", "job.name")})`)], {
          about: "The jobs that take longest. One that rises alone has changed; all that rise share something.",
          ...towards("job", "job.queue.name", "job.name"),
        }),
      ],
    },
    {
      title: "Waiting",
      panels: [
        lines("Jobs by state", "none", [query(queueSizeByState, ["job.state"])], {
          about: "What the queues hold. When waiting grows and active does not, workers are missing.",
          ...towards("queue", "job.state"),
          source: "observer",
          stacked: true,
        }),
        lines("Oldest waiting job by queue", "s", [query(oldestAge("job.queue.name"))], {
          about: "A line that rises at 45 degrees is a queue that nobody takes from. Red: see its workers.",
          ...towards("queue", "job.queue.name"),
          source: "observer",
          thresholds: { warn: 300, bad: 900 },
        }),
        lines("Arrivals and ends", "ops", [called("arrived", arrivals()), called("ended", departures())], {
          about: "Jobs that came and jobs that left. While more come than leave, the backlog grows.",
          to: "queue",
          source: "gateway",
        }),
        lines("Time to drain", "s", [query(drainTime("job.queue.name"))], {
          about:
            "How long a queue takes to be empty at this pace. Nothing where it is empty, or grows. Red: add workers until it drains.",
          ...towards("queue", "job.queue.name"),
          source: "observer",
          thresholds: { warn: 1800, bad: 7200 },
        }),
      ],
    },
    {
      title: "Trouble",
      panels: [
        lines("Retries by queue", "none", [query(retries("job.queue.name"))], {
          about: "Tries that are followed by another. A steady line is a job that never succeeds at first.",
          ...towards("queue", "job.queue.name"),
        }),
        lines(
          "Stalls by queue",
          "none",
          [
            query(
              promql`(${sum(increased("job.run.stalls", ofJobs, "$__rate_interval"), ["job.queue.name"])}) or 0 * ${sum(series("job.run.active", ofJobs), ["job.queue.name"])}`,
            ),
          ],
          {
            about: "Jobs whose worker's lock or heartbeat expired. Red: a worker died, or its event loop was blocked.",
            ...towards("queue", "job.queue.name"),
            thresholds: anyIsBad,
          },
        ),
        lines("Failing runs by error type", "none", [query(failedRuns("error.type"), ["error.type"])], {
          about: "Why runs fail, over time. A type that is new since a deploy is the first suspect.",
          ...towards("job", "error.type"),
        }),
        lines(
          "Counted items",
          "ops",
          [query(sum(rate("job.run.items", ofJobs), ["job.item.name"]), ["job.item.name"])],
          {
            about: "What the jobs counted, such as emails sent. Runs that succeed while this falls do nothing.",
            ...towards("job", "job.item.name"),
          },
        ),
      ],
    },
  ],
};
