import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import { DataqueryBuilder as LokiQueryBuilder } from "@grafana/grafana-foundation-sdk/loki";
import {
  DataqueryBuilder as PrometheusQueryBuilder,
  PromQueryFormat,
} from "@grafana/grafana-foundation-sdk/prometheus";
import { DataqueryBuilder as TempoQueryBuilder, TempoQueryType } from "@grafana/grafana-foundation-sdk/tempo";
import type { MetricQuery, LogQuery, Panel, Query } from "../../../dashboards/src/board.ts";
import type { Naming } from "../../../dashboards/src/metric.ts";
import { legendOf } from "./source.ts";

/** The variable that holds the data source of a language, and that source's type. */
export const sources = {
  promql: { name: "metrics", title: "Metrics", type: "prometheus" },
  logql: { name: "logs", title: "Logs", type: "loki" },
  traceql: { name: "traces", title: "Traces", type: "tempo" },
} as const;

/** A panel's queries as Grafana has them. */
export const targetsOf = (panel: Panel, naming: Naming): Builder<Dataquery>[] =>
  panel.queries.map((query, n) => targetOf(query, panel, naming, refId(n)));

/** A query's name within a panel: A, B, C. */
export const refId = (n: number): string => String.fromCodePoint(65 + n);

function targetOf(query: Query, panel: Panel, naming: Naming, id: string): Builder<Dataquery> {
  if (query.language === "promql") return metricTarget(query, panel, naming, id);
  if (query.language === "logql") return logTarget(query, panel, naming, id);
  return new TempoQueryBuilder().refId(id).queryType(TempoQueryType.Traceql).query(query.expr).limit(50);
}

function metricTarget(query: MetricQuery, panel: Panel, naming: Naming, id: string): Builder<Dataquery> {
  const target = new PrometheusQueryBuilder().refId(id).expr(query.expr(naming));
  if (panel.kind === "table") return target.instant().format(PromQueryFormat.Table);
  if (panel.kind === "stat") target.instant();
  else target.range();
  target.legendFormat(legendOf(query, panel, naming) || "__auto");
  if (panel.kind === "heatmap") target.format(PromQueryFormat.Heatmap);
  if (query.exemplars === true) target.exemplar(true);
  return target;
}

function logTarget(query: LogQuery, panel: Panel, naming: Naming, id: string): Builder<Dataquery> {
  const isInstant = panel.kind === "stat" || panel.kind === "table";
  const target = new LokiQueryBuilder()
    .refId(id)
    .expr(query.expr)
    .queryType(isInstant ? "instant" : "range");
  if (panel.kind === "logs") target.maxLines(500);
  const legend = legendOf(query, panel, naming);
  return legend === "" ? target : target.legendFormat(legend);
}
