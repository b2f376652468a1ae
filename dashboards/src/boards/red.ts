import type { MetricQuery } from "../board.ts";
import type { Label } from "../metric.ts";
import { increased, mean, quantile, rate, rateWindow, share, sum } from "../promql.ts";
import type { Matcher, Promql } from "../promql.ts";
import { called } from "../panel.ts";
import { counted, failing, final, ofJobs } from "../scope.ts";

/** Rate, errors and duration of the chosen runs, as queries. */

/** Runs that ended, in a second. */
export const runs = (...by: readonly Label[]): Promql => sum(rate("job.run.duration", ofJobs), by);

/** The share of tries that failed. It counts growth, not rates, which would miss the first failure of a job. */
export const failures = (...by: readonly Label[]): Promql =>
  share(grown([...ofJobs, failing], by), grown([...ofJobs, counted], by));

const grown = (where: readonly Matcher[], by: readonly Label[]): Promql =>
  sum(increased("job.run.duration", where, rateWindow), by);

/** Jobs that failed for good. */
export const lostJobs = (...by: readonly Label[]): Promql => grown([...ofJobs, failing, final], by);

/** Runs that failed. */
export const failedRuns = (...by: readonly Label[]): Promql => grown([...ofJobs, failing], by);

/** How long runs worked. */
export const duration = (q: number | string, ...by: readonly Label[]): Promql =>
  quantile(q, "job.run.duration", ofJobs, by);

/** How long jobs waited that could have started. */
export const wait = (q: number | string, ...by: readonly Label[]): Promql => quantile(q, "job.run.wait", ofJobs, by);

/** The three quantiles of a histogram, each a line. */
export const quantiles = (of: (q: number) => Promql, more: Partial<MetricQuery> = {}): readonly MetricQuery[] => [
  called("p50", of(0.5), more),
  called("p95", of(0.95), more),
  called("p99", of(0.99), more),
];

/** Where the time of a job goes: the mean wait, and the mean work. */
export const whereTimeGoes: readonly MetricQuery[] = [
  called("waiting", mean("job.run.wait", ofJobs)),
  called("working", mean("job.run.duration", ofJobs)),
];

/** Tries that will be followed by another. */
export const retries = (...by: readonly Label[]): Promql => sum(increased("job.run.retries", ofJobs, rateWindow), by);
