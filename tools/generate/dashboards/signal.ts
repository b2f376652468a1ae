import type { AttributeName, MetricName } from "../../../packages/conventions/src/index.ts";
import { generatedFrom } from "./source.ts";

/** What the overview asks, for products that have a language of their own: each is one chart. */
export interface Chart {
  readonly title: string;
  readonly metric: MetricName;
  readonly show: "rate" | "p50" | "p95" | "p99" | "value";
  readonly by?: AttributeName;
  /** Results that are counted; by default all. */
  readonly results?: readonly string[];
  readonly unit: "seconds" | "count";
}

/** The charts of the overview. */
export const charts: readonly Chart[] = [
  { title: "Runs by result", metric: "job.run.duration", show: "rate", by: "job.run.result", unit: "count" },
  {
    title: "Failing runs by queue",
    metric: "job.run.duration",
    show: "rate",
    by: "job.queue.name",
    results: ["failure", "error", "timeout"],
    unit: "count",
  },
  {
    title: "Failing runs by job",
    metric: "job.run.duration",
    show: "rate",
    by: "job.name",
    results: ["failure", "error", "timeout"],
    unit: "count",
  },
  {
    title: "Failing runs by error type",
    metric: "job.run.duration",
    show: "rate",
    by: "error.type",
    results: ["failure", "error", "timeout"],
    unit: "count",
  },
  { title: "Work by queue, p95", metric: "job.run.duration", show: "p95", by: "job.queue.name", unit: "seconds" },
  { title: "Wait by queue, p95", metric: "job.run.wait", show: "p95", by: "job.queue.name", unit: "seconds" },
  { title: "Runs at work by queue", metric: "job.run.active", show: "value", by: "job.queue.name", unit: "count" },
  { title: "Retries by queue", metric: "job.run.retries", show: "rate", by: "job.queue.name", unit: "count" },
  { title: "Stalls by queue", metric: "job.run.stalls", show: "rate", by: "job.queue.name", unit: "count" },
  { title: "Missed schedules", metric: "job.schedule.missed", show: "rate", by: "job.schedule.id", unit: "count" },
];

/** What stands in the description of each of these files. */
export const unproved = (document: string): string =>
  `Rate, errors and duration of background jobs. ${generatedFrom} Written from the document "${document}" and not run.`;
