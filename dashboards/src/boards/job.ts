import type { Board } from "../board.ts";
import { anyIsBad, failureThresholds, heatmap, lines, orZero, query, stat, towards } from "../panel.ts";
import { buckets, by, promql, quantile, quoted, rate, series, share, sum } from "../promql.ts";
import type { Promql } from "../promql.ts";
import { counted, failing, final, ofJobs, variables } from "../scope.ts";
import { duration, failedRuns, failures, lostJobs, quantiles, retries, runs, whereTimeGoes } from "./red.ts";

/** Runs with the version of their process, which target_info says. What a gateway derives has one without an instance. */
const withVersion = (of: Promql): Promql =>
  promql`${of} * on (job, instance) group_left (${quoted("service.version")}) max${by(["job", "instance", "service.version"])}(target_info{instance!=""})`;

const byVersion = (...where: Parameters<typeof rate>[1]): Promql =>
  promql`sum by (${quoted("service.version")}) (${withVersion(sum(rate("job.run.duration", [...ofJobs, ...where]), ["job", "instance"]))})`;

/** One job definition: where its time goes, what it fails of, and since which version. */
export const job: Board = {
  id: "job",
  title: "Jobs: job definition",
  about: "One kind of job: where its time goes, how many tries it takes, why it fails, and since which version.",
  from: "now-24h",
  variables,
  rows: [
    {
      title: "Now",
      panels: [
        stat("Runs per second", "ops", [query(runs())], {
          about: "Runs that ended. At zero, see whether its queue's workers run, or its schedule.",
          to: "queue",
        }),
        stat("Failing runs", "percentunit", [query(failures())], {
          about: "The share of tries that failed. Red: error types and versions below.",
          to: "audit",
          thresholds: failureThresholds,
        }),
        stat("Failed for good", "none", [query(orZero(lostJobs()))], {
          about: "Jobs that nobody will try again, in the time shown. Red: open them in the job log.",
          to: "audit",
          thresholds: anyIsBad,
        }),
        stat(
          "Tries per job",
          "short",
          [
            query(
              promql`${sum(rate("job.run.duration", [...ofJobs, counted]))} / (${sum(rate("job.run.duration", [...ofJobs, final]))} > 0)`,
            ),
          ],
          {
            about:
              "How many tries a job takes to end. Above 1.5 it seldom succeeds at once: find the error that goes away by itself.",
            to: "audit",
            thresholds: { warn: 1.5, bad: 3 },
          },
        ),
        stat("Work, p95", "s", [query(duration(0.95))], {
          about:
            "Nineteen of twenty runs took no longer. When it rises, open a slow run from a dot of the chart below.",
          to: "run",
        }),
        stat("Runs at work", "none", [query(sum(series("job.run.active", ofJobs)))], {
          about: "Runs that have begun and not ended. One that stays for long may be stuck.",
          to: "queue",
        }),
      ],
    },
    {
      title: "Where the time goes",
      panels: [
        lines(
          "Work",
          "s",
          quantiles((q) => duration(q), { exemplars: true }),
          {
            about:
              "How long runs worked. Dots are single runs and lead to their traces, where the data source has exemplars.",
            to: "run",
          },
        ),
        lines("Where the time goes", "s", whereTimeGoes, {
          about:
            "The mean of waiting and of working. If waiting is the larger, this job is not the problem: its queue is.",
          to: "queue",
          stacked: true,
        }),
        heatmap("Work, all runs", "s", [query(buckets("job.run.duration", ofJobs, ["le"]))], {
          about: "How many runs took how long. A second band above is the slow case.",
          to: "run",
          by: ["le"],
        }),
        lines(
          "Spans, p95 by kind",
          "s",
          [query(quantile(0.95, "job.span.duration", ofJobs, ["span.kind"]), ["span.kind"])],
          {
            about:
              "From spans: producers are the calls that queue the job, consumers its runs. A slow producer is a slow queue server.",
            ...towards("run", "span.kind"),
            source: "gateway",
          },
        ),
        lines("Spans by kind", "ops", [query(sum(rate("job.span.calls", ofJobs), ["span.kind"]), ["span.kind"])], {
          about: "How often the job is queued, and how often it runs, before any sampling.",
          ...towards("run", "span.kind"),
          source: "gateway",
        }),
        lines(
          "Counted items",
          "ops",
          [query(sum(rate("job.run.items", ofJobs), ["job.item.name"]), ["job.item.name"])],
          {
            about: "What the job counted. Runs that succeed while this falls do nothing.",
            ...towards("audit", "job.item.name"),
          },
        ),
      ],
    },
    {
      title: "Tries and errors",
      panels: [
        lines(
          "Runs by result",
          "ops",
          [query(runs("job.run.result", "job.run.final"), ["job.run.result", { text: "final" }, "job.run.final"])],
          {
            about:
              "How runs ended, and whether that was the end of the job. failure, final true: nobody will try again.",
            ...towards("audit", "job.run.result", "job.run.final"),
            stacked: true,
          },
        ),
        lines("Retries", "none", [query(retries("job.name"))], {
          about: "Tries that are followed by another. Compare with failed for good: do retries help at all?",
          ...towards("audit", "job.name"),
        }),
        lines("Failing runs by error type", "none", [query(failedRuns("error.type"), ["error.type"])], {
          about: "Why runs fail. worker_lost: the process died at work.",
          ...towards("audit", "error.type"),
        }),
        lines(
          "Failing runs by version",
          "percentunit",
          [query(share(byVersion(failing), byVersion(counted)), ["service.version"])],
          {
            about:
              "Red since a version: that deploy brought it. It shows the share of tries that failed, by service.version, which target_info says.",
            ...towards("audit", "service.version"),
            thresholds: failureThresholds,
          },
        ),
      ],
    },
  ],
};
