import type { Board, MetricQuery } from "../board.ts";
import type { Label } from "../metric.ts";
import { called, lines, query, stat, table, towards } from "../panel.ts";
import { increased, promql, rate, share, shareWithin, sum } from "../promql.ts";
import type { Promql } from "../promql.ts";
import { counted, failing, ofJobs, variables } from "../scope.ts";

const queue = ["job.system.name", "job.queue.name"] as const;

/** The share of tries that failed within a window. */
const errors = (window: string, ...by: readonly Label[]): Promql =>
  share(
    sum(increased("job.run.duration", [...ofJobs, failing], window), by),
    sum(increased("job.run.duration", [...ofJobs, counted], window), by),
  );

/** How many times faster than allowed the budget is spent. */
const burn = (window: string, ...by: readonly Label[]): Promql => promql`(${errors(window, ...by)}) / (1 - $objective)`;

const left = (...by: readonly Label[]): Promql => promql`1 - (${burn("$budget", ...by)})`;

const burns: readonly MetricQuery[] = ["5m", "1h", "6h", "3d"].map((window) => called(window, burn(window)));

const fixed = "A burn rate is defined over fixed windows: a short one that ends soon, and long ones that do not jump.";

/** Objectives: how much may fail, how much has. */
export const slo: Board = {
  id: "slo",
  title: "Jobs: SLO and error budget",
  about: "How many runs succeed and begin in time, against what was promised, and how fast the error budget is spent.",
  from: "now-7d",
  variables: [
    ...variables,
    {
      kind: "choice",
      name: "objective",
      title: "Objective",
      about: "The share of tries that should succeed.",
      values: ["0.99", "0.95", "0.995", "0.999", "0.9999"],
    },
    {
      kind: "choice",
      name: "budget",
      title: "Budget over",
      about: "The time that an error budget is for.",
      values: ["30d", "7d", "90d"],
    },
    {
      kind: "choice",
      name: "target",
      title: "Start within",
      about: "Seconds in which a job should start once it can; a bucket of the histogram.",
      values: ["60", "10", "30", "120", "300", "600", "1800"],
    },
  ],
  rows: [
    {
      title: "Now",
      panels: [
        stat("Error budget left", "percentunit", [query(left())], {
          about: "What is left of the failures that the objective allows. Red: nothing; stop what makes new failures.",
          to: "overview",
          width: 6,
          thresholds: { warn: 0.25, bad: 0, below: true },
          fixedWindows: "The window is the budget's own, $budget.",
        }),
        stat("Successful tries", "percentunit", [query(promql`1 - (${errors("$budget")})`)], {
          about: "The share of tries that did not fail, over the time of the budget. Compare with the objective.",
          to: "overview",
          width: 6,
          fixedWindows: "The window is the budget's own, $budget.",
        }),
        stat("Burn rate, 1 hour", "short", [query(burn("1h"))], {
          about: "A rate of 1 spends exactly the budget. Red: at 14.4 a month's budget lasts two days.",
          to: "overview",
          width: 6,
          thresholds: { warn: 1, bad: 14.4 },
          fixedWindows: fixed,
        }),
        stat("Started in time", "percentunit", [query(shareWithin("$target", "job.run.wait", ofJobs, []))], {
          about: "The share of jobs that began within the chosen time after they could. Red: too few workers.",
          to: "queue",
          width: 6,
          thresholds: { warn: 0.99, bad: 0.95, below: true },
        }),
      ],
    },
    {
      title: "By queue",
      panels: [
        table(
          "Budgets by queue",
          "none",
          [
            called("Budget spent", burn("$budget", ...queue), { unit: "percentunit" }),
            called("Burn 1h", burn("1h", ...queue), { unit: "short" }),
            called("Burn 6h", burn("6h", ...queue), { unit: "short" }),
            called("Tries", sum(rate("job.run.duration", [...ofJobs, counted], "$budget"), queue), { unit: "ops" }),
            called("Started in time", shareWithin("$target", "job.run.wait", ofJobs, queue), { unit: "percentunit" }),
          ],
          {
            about: "Every queue in one line, the one that has spent most on top. Red: more than all.",
            ...towards("queue", ...queue),
            width: 24,
            sortBy: 0,
            thresholds: { warn: 0.75, bad: 1 },
            fixedWindows: fixed,
          },
        ),
      ],
    },
    {
      title: "Over time",
      panels: [
        lines("Burn rate", "short", burns, {
          about:
            "How fast the budget is spent. Red on both 5m and 1h: it happens now. On 6h and 3d only: it has been so for long.",
          to: "overview",
          thresholds: { warn: 1, bad: 14.4 },
          fixedWindows: fixed,
        }),
        lines(
          "Good and failed tries",
          "ops",
          [
            called(
              "good",
              promql`${sum(rate("job.run.duration", [...ofJobs, counted]))} - (${sum(rate("job.run.duration", [...ofJobs, failing]))} or 0 * ${sum(rate("job.run.duration", [...ofJobs, counted]))})`,
            ),
            called(
              "failed",
              promql`${sum(rate("job.run.duration", [...ofJobs, failing]))} or 0 * ${sum(rate("job.run.duration", [...ofJobs, counted]))}`,
            ),
          ],
          {
            about: "How many tries the share is made of. At a few an hour one failure is a large share.",
            to: "overview",
            stacked: true,
          },
        ),
        lines("Failing tries by queue, 1 hour", "percentunit", [query(errors("1h", "job.queue.name"))], {
          about: "Which queue spends the budget.",
          ...towards("queue", "job.queue.name"),
          fixedWindows: fixed,
        }),
        lines(
          "Started in time by queue",
          "percentunit",
          [query(shareWithin("$target", "job.run.wait", ofJobs, ["job.queue.name"]))],
          {
            about: "The share of jobs that began within the chosen time. Red: add workers to this queue.",
            ...towards("queue", "job.queue.name"),
            thresholds: { warn: 0.99, bad: 0.95, below: true },
          },
        ),
      ],
    },
  ],
};
