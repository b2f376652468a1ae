import type { MetricRow } from "@jobtrail/conventions";

/** The name of a metric that needs an observer. */
export type OutsideMetricName = "job.schedule.interval";

/**
 * Metrics that only an observer can measure, because they describe jobs and workers that no process of ours works
 * on. Nothing emits them yet, so they are not in the registry. Their panels and alerts are ready, and say what is
 * missing while they are empty. Once an observer emits one, its row moves to the registry; a test enforces that.
 */
export const outside: Readonly<Record<OutsideMetricName, MetricRow>> = {
  "job.schedule.interval": {
    instrument: "gauge",
    unit: "s",
    attributes: ["job.system.name", "job.schedule.id"],
    brief: "The time between two runs of a schedule.",
  },
};
