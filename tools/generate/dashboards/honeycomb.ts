import { charts, unproved } from "./signal.ts";
import type { Chart } from "./signal.ts";

/**
 * The overview as a flexible board of Honeycomb, over spans: there a run is an event, and its duration a column.
 * A board names queries by id, so each panel holds the query that is to be created first.
 */
export const honeycomb = (): object => ({
  type: "flexible",
  name: "Jobs: overview",
  description: unproved("Honeycomb API, Boards and Queries"),
  panels: charts.filter(({ metric }) => metric === "job.run.duration").map(panelOf),
});

const panelOf = (chart: Chart): object => ({
  type: "query",
  query_panel: { query_style: "graph", query_annotation: { name: chart.title }, query: queryOf(chart) },
});

const queryOf = ({ show, by, results }: Chart): object => ({
  time_range: 21_600,
  breakdowns: by === undefined ? [] : [by],
  calculations: [show === "rate" ? { op: "COUNT" } : { op: show.toUpperCase(), column: "duration_ms" }],
  filters: [
    { column: "job.run.uid", op: "exists" },
    ...(results === undefined ? [] : [{ column: "job.run.result", op: "in", value: results }]),
  ],
  filter_combination: "AND",
});
