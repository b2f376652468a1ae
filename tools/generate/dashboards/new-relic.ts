import { charts, unproved } from "./signal.ts";
import type { Chart } from "./signal.ts";

const columns = 2;
const width = 6;
const height = 3;

/** The overview as New Relic imports it. The account is filled in when it is imported: 0 stands for it. */
export const newRelic = (): object => ({
  name: "Jobs: overview",
  description: unproved("New Relic, Import, export and add dashboards using API"),
  permissions: "PUBLIC_READ_WRITE",
  pages: [
    {
      name: "Overview",
      description: null,
      widgets: charts.map((chart, n) => ({
        title: chart.title,
        layout: {
          column: (n % columns) * width + 1,
          row: Math.floor(n / columns) * height + 1,
          width,
          height,
        },
        linkedEntityGuids: null,
        visualization: { id: "viz.line" },
        rawConfiguration: {
          nrqlQueries: [{ accountIds: [0], query: queryOf(chart) }],
          yAxisLeft: { zero: true },
          units: { unit: chart.unit === "seconds" ? "SECONDS" : "COUNT" },
        },
      })),
    },
  ],
  variables: [],
});

function queryOf({ metric, show, by, results }: Chart): string {
  const where =
    results === undefined ? "" : ` WHERE job.run.result IN (${results.map((each) => `'${each}'`).join(", ")})`;
  const facet = by === undefined ? "" : ` FACET ${by}`;
  return `SELECT ${selected(metric, show)} FROM Metric${where}${facet} TIMESERIES`;
}

function selected(metric: string, show: Chart["show"]): string {
  if (show === "value") return `latest(${metric})`;
  if (show === "rate")
    return metric === "job.run.duration" ? `rate(count(${metric}), 1 minute)` : `rate(sum(${metric}), 1 minute)`;
  return `percentile(${metric}, ${show.slice(1)})`;
}
