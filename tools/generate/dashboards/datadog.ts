import { charts, unproved } from "./signal.ts";
import type { Chart } from "./signal.ts";

/** The overview as Datadog's API for dashboards takes it. Its agent and its OTLP intake keep dots in names. */
export const datadog = (): object => ({
  title: "Jobs: overview",
  description: unproved("Datadog API, Dashboards"),
  layout_type: "ordered",
  reflow_type: "auto",
  template_variables: [
    { name: "service", prefix: "service", available_values: [], default: "*" },
    { name: "env", prefix: "env", available_values: [], default: "*" },
    { name: "queue", prefix: "job.queue.name", available_values: [], default: "*" },
    { name: "job", prefix: "job.name", available_values: [], default: "*" },
  ],
  widgets: charts.map((chart) => ({
    definition: {
      title: chart.title,
      type: "timeseries",
      show_legend: true,
      requests: [
        {
          response_format: "timeseries",
          display_type: "line",
          queries: [{ data_source: "metrics", name: "query1", query: queryOf(chart) }],
          formulas: [{ formula: "query1" }],
        },
      ],
    },
  })),
});

/** Percentiles need distributions, which Datadog makes of histograms when asked to (`histograms: {mode: distributions}`). */
function queryOf({ metric, show, by, results }: Chart): string {
  const among = results === undefined ? "" : ` AND job.run.result IN (${results.join(",")})`;
  const where = `{$service AND $env AND $queue AND $job${among}}`;
  const grouped = by === undefined ? "" : ` by {${by}}`;
  if (show === "value") return `sum:${metric}${where}${grouped}`;
  if (show !== "rate") return `${show}:${metric}${where}${grouped}`;
  return metric === "job.run.duration"
    ? `count:${metric}${where}${grouped}.as_rate()`
    : `sum:${metric}${where}${grouped}.as_rate()`;
}
