import type { Board } from "../board.ts";
import { anyIsBad, called, failureThresholds, lines, orZero, query, stat, table, towards } from "../panel.ts";
import { increased, max, promql, quantile, rate, rateWindow, series, shareWithin, sum } from "../promql.ts";
import type { Promql } from "../promql.ts";
import { ofJobs, ofSchedules, scheduleVariable, variables } from "../scope.ts";
import { failures } from "./red.ts";

const schedule = ["job.system.name", "job.schedule.id"] as const;

/** When schedules succeeded last; a process that has ended since is remembered for as long as is shown. */
const lastSuccess: Promql = max(
  promql`last_over_time(${series("job.schedule.last_success.time", ofSchedules)}[$__range])`,
  schedule,
);

const nextRun: Promql = max(
  promql`last_over_time(${series("job.schedule.next_run.time", ofSchedules)}[$__range])`,
  schedule,
);

/** How long a run is overdue; nothing where the next one is still to come. */
const overdue: Promql = promql`clamp_min(time() - (${max(series("job.schedule.next_run.time", ofSchedules), schedule)} > 0), 0)`;

const missed: Promql = sum(increased("job.schedule.missed", ofSchedules, rateWindow), schedule);

const lateness = (q: number): Promql => quantile(q, "job.schedule.lateness", ofSchedules, schedule);

/** Runs of one job at the same time, where no queue is meant to allow that. */
const together: Promql = sum(series("job.run.active", [...ofJobs, ["job.queue.name", "=", ""]]), [
  "job.system.name",
  "job.name",
]);

/** What runs by time: next, last success, missed, late, overlapping. */
export const schedules: Board = {
  id: "schedules",
  title: "Jobs: schedules",
  about: "Did everything run that should have, in time, and only once?",
  from: "now-24h",
  variables: [...variables, scheduleVariable],
  rows: [
    {
      title: "Now",
      panels: [
        stat("Missed", "none", [query(orZero(promql`sum(${missed})`))], {
          about:
            "Times at which a schedule meant to run and did not. Red: the process was away, its event loop blocked, or the run before had not ended.",
          to: "audit",
          source: "schedule",
          thresholds: anyIsBad,
        }),
        stat("Most overdue", "s", [query(max(overdue))], {
          about: "How long a schedule's next run is overdue. Red: its process does not run, or is blocked.",
          to: "pipeline",
          source: "schedule",
          thresholds: { warn: 60, bad: 300 },
        }),
        stat("Lateness, p95", "s", [query(quantile(0.95, "job.schedule.lateness", ofSchedules))], {
          about: "How much later than meant runs start. Red: the process is busy with something else at that time.",
          to: "job",
          source: "schedule",
          thresholds: { warn: 10, bad: 60 },
        }),
        stat("Oldest last success", "s", [query(promql`time() - min(${lastSuccess})`)], {
          about:
            "How long ago the schedule last succeeded that waits longest for one. Compare with how often it is meant to run.",
          to: "audit",
          source: "schedule",
        }),
        stat("Failing runs", "percentunit", [query(failures())], {
          about: "The share of tries that failed. Red: see the job's board.",
          to: "job",
          thresholds: failureThresholds,
        }),
        stat("Most runs together", "none", [query(promql`max(${together})`)], {
          about:
            "How many runs of one schedule are at work at once. Above 1 they overlap: two replicas tick, or a run takes longer than the interval.",
          to: "job",
          source: "schedule",
          thresholds: { warn: 2, bad: 3 },
        }),
      ],
    },
    {
      title: "Schedules",
      panels: [
        table(
          "All schedules",
          "none",
          [
            called("Missed", promql`(${missed}) or 0 * (${lastSuccess})`),
            called("Next run", promql`1000 * (${nextRun} > 0)`, { unit: "dateTimeFromNow" }),
            called("Last success", promql`1000 * (${lastSuccess})`, { unit: "dateTimeFromNow" }),
            called("Interval", max(series("job.schedule.interval", ofSchedules), schedule), { unit: "s" }),
            called("Lateness p95", lateness(0.95), { unit: "s" }),
          ],
          {
            about:
              "Every schedule in one line, the one that missed most on top. Red: it missed. A next run in the past is overdue. The interval needs an observer.",
            ...towards("audit", ...schedule),
            source: "schedule",
            width: 24,
            sortBy: 0,
            thresholds: anyIsBad,
          },
        ),
      ],
    },
    {
      title: "Missed, late, overlapping",
      panels: [
        lines(
          "Missed by schedule",
          "none",
          [
            query(
              promql`(${sum(increased("job.schedule.missed", ofSchedules, "$__rate_interval"), schedule)}) or 0 * ${max(series("job.schedule.last_success.time", ofSchedules), schedule)}`,
              ["job.schedule.id"],
            ),
          ],
          {
            about: "When runs were missed. Red, several schedules at once: their process was away or blocked.",
            ...towards("audit", ...schedule),
            source: "schedule",
            thresholds: anyIsBad,
          },
        ),
        lines("Overdue by schedule", "s", [query(overdue, ["job.schedule.id"])], {
          about: "How long the next run is overdue. Red, and rising: it does not run any more.",
          ...towards("audit", ...schedule),
          source: "schedule",
          thresholds: { warn: 60, bad: 300 },
        }),
        lines("Lateness by schedule, p95", "s", [query(lateness(0.95), ["job.schedule.id"])], {
          about: "How much later than meant runs start. Red: spread schedules that all tick at the full hour.",
          ...towards("audit", ...schedule),
          source: "schedule",
          thresholds: { warn: 10, bad: 60 },
        }),
        lines(
          "Runs that start within a minute",
          "percentunit",
          [query(shareWithin("60", "job.schedule.lateness", ofSchedules, schedule), ["job.schedule.id"])],
          {
            about:
              "The share of runs that started no more than a minute late. Red: someone who relies on the time is let down.",
            ...towards("audit", ...schedule),
            source: "schedule",
            thresholds: { warn: 0.99, bad: 0.95, below: true },
          },
        ),
        lines("Runs together", "none", [query(together, ["job.system.name", "job.name"])], {
          about: "How many runs of one schedule are at work at once. Above 1 they overlap.",
          ...towards("job", "job.system.name", "job.name"),
          source: "schedule",
          thresholds: { warn: 2, bad: 3 },
        }),
        lines(
          "Starts by schedule",
          "ops",
          [query(sum(rate("job.schedule.lateness", ofSchedules), schedule), ["job.schedule.id"])],
          {
            about: "How often each schedule starts a run. Twice as often as meant: two replicas tick.",
            ...towards("job", ...schedule),
            source: "schedule",
          },
        ),
      ],
    },
  ],
};
