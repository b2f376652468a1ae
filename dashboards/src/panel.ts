import type { BoardId, LogQuery, MetricQuery, Panel, PanelKind, Query, Thresholds, Unit } from "./board.ts";
import type { Label } from "./metric.ts";
import { promql, rateWindow, series, sum } from "./promql.ts";
import type { Promql } from "./promql.ts";
import { ofJobs } from "./scope.ts";

/** What most panels do not say. */
type Wish = Pick<Panel, "about" | "to"> & Partial<Omit<Panel, "id" | "title" | "kind" | "unit">>;

const sizes: Readonly<Record<PanelKind, readonly [width: number, height: number]>> = {
  stat: [4, 4],
  timeseries: [12, 8],
  heatmap: [12, 8],
  table: [12, 9],
  logs: [24, 12],
  traces: [24, 9],
};

/** Makes a panel of a kind with its usual size; the id is its title in lower case. */
const panelOf =
  (kind: PanelKind) =>
  (title: string, unit: Unit, queries: readonly Query[], wish: Wish): Panel => ({
    id: title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-"),
    title,
    kind,
    unit,
    queries: kind === "stat" || kind === "table" ? queries.map(overRange) : queries,
    source: "process",
    by: [],
    width: sizes[kind][0],
    height: sizes[kind][1],
    ...wish,
  });

/** What shows one moment counts over all the time shown: a job may run once a day. */
const overRange = (query: Query): Query =>
  query.language === "promql"
    ? { ...query, expr: (naming) => query.expr(naming).replaceAll(rateWindow, "$__range") }
    : query;

/** One number. */
export const stat: ReturnType<typeof panelOf> = panelOf("stat");
/** Lines over time. */
export const lines: ReturnType<typeof panelOf> = panelOf("timeseries");
/** A table with a column per query. */
export const table: ReturnType<typeof panelOf> = panelOf("table");
/** A histogram over time. */
export const heatmap: ReturnType<typeof panelOf> = panelOf("heatmap");
/** Log lines. */
export const logs: ReturnType<typeof panelOf> = panelOf("logs");
/** A list of traces. */
export const traces: ReturnType<typeof panelOf> = panelOf("traces");

/** A query whose series are called by labels and words. */
export const query = (
  expr: Promql,
  legend?: readonly (Label | { readonly text: string })[],
  more: Partial<MetricQuery> = {},
): MetricQuery => ({ language: "promql", expr, ...(legend !== undefined && { legend }), ...more });

/** A query of one series with a name. */
export const called = (text: string, expr: Promql, more: Partial<MetricQuery> = {}): MetricQuery =>
  query(expr, [{ text }], more);

/** A query of log records. */
export const records = (expr: string, legend?: string): LogQuery => ({
  language: "logql",
  expr,
  ...(legend !== undefined && { legend }),
});

/** A query that is 0, and not empty, where jobs report and nothing of this kind has happened. */
export const orZero = (expr: Promql, by: readonly Label[] = []): Promql =>
  promql`(${expr}) or 0 * ${sum(series("job.run.active", ofJobs), by)}`;

/** From where failing runs are too many: one in a hundred, one in twenty. */
export const failureThresholds: Thresholds = { warn: 0.01, bad: 0.05 };

/** Where something should never happen. */
export const anyIsBad: Thresholds = { bad: 1 };

/** A board and the labels that lead to it. */
export const towards = (to: BoardId, ...by: readonly Label[]): Pick<Panel, "to" | "by"> => ({ to, by });
