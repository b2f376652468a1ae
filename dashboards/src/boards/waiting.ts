import type { Label } from "../metric.ts";
import { max, promql, rate, series, sum } from "../promql.ts";
import type { Matcher, Promql } from "../promql.ts";
import { ofJobs, ofQueues } from "../scope.ts";

/** What waits in the chosen queues, as queries. */

const waiting: Matcher = ["job.state", "=~", "waiting|retrying|blocked"];

const queueLabels: readonly Label[] = ["job.system.name", "job.queue.name"];

/** Jobs that wait, as an observer counts them. */
export const queueSize = (...by: readonly Label[]): Promql =>
  sum(max(series("job.queue.size", [...ofQueues, waiting]), [...queueLabels, "job.state"]), by);

/** Jobs of a queue in each state. */
export const queueSizeByState: Promql = sum(max(series("job.queue.size", ofQueues), [...queueLabels, "job.state"]), [
  "job.state",
]);

/** How long the oldest waiting job has waited. */
export const oldestAge = (...by: readonly Label[]): Promql => max(series("job.queue.oldest_job.age", ofQueues), by);

/** Workers that take jobs. */
export const workers = (...by: readonly Label[]): Promql =>
  sum(max(series("job.worker.count", ofQueues), queueLabels), by);

/** Jobs that came, in a second: a gateway counts their records. */
export const arrivals = (...by: readonly Label[]): Promql =>
  sum(rate("job.log.records", [...ofJobs, ["job.event.name", "=", "job.queued"]]), by);

/** Jobs that left, in a second. */
export const departures = (...by: readonly Label[]): Promql =>
  sum(rate("job.run.duration", [...ofJobs, ["job.run.final", "=", "true"]]), by);

/** How long a queue takes to be empty, if jobs come and go as now; nothing while it grows. */
export const drainTime = (...by: readonly Label[]): Promql =>
  promql`(${queueSize(...by)} > 0) / ((${departures(...by)} - ${arrivals(...by)}) > 0)`;
