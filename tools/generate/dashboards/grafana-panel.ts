import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphThresholdsStyleMode,
  GraphThresholdsStyleConfigBuilder,
  LegendDisplayMode,
  LegendPlacement,
  LogsSortOrder,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TableSortByFieldStateBuilder,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import { ThresholdsConfigBuilder, ThresholdsMode } from "@grafana/grafana-foundation-sdk/dashboard";
import type {
  DashboardLink,
  DataTransformerConfig,
  DynamicConfigValue,
  Panel as GrafanaPanel,
  Threshold,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as HeatmapBuilder } from "@grafana/grafana-foundation-sdk/heatmap";
import { PanelBuilder as LogsBuilder } from "@grafana/grafana-foundation-sdk/logs";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as TimeseriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import { emptyText } from "../../../dashboards/src/board.ts";
import type { Board, Panel, PanelKind, Thresholds } from "../../../dashboards/src/board.ts";
import { labelName } from "../../../dashboards/src/metric.ts";
import type { Naming } from "../../../dashboards/src/metric.ts";
import { refId, sources, targetsOf } from "./grafana-query.ts";
import { columnOf, panelLinks, seriesLinks } from "./link.ts";
import type { Link } from "./link.ts";
import { titleOfColumn } from "./source.ts";

type Builders = StatBuilder | TimeseriesBuilder | TableBuilder | HeatmapBuilder | LogsBuilder;

/** A panel of Grafana. */
export function panelOf(board: Board, panel: Panel, naming: Naming, id: number): Builder<GrafanaPanel> {
  const language = panel.queries[0]?.language ?? "promql";
  const made = makers[panel.kind](panel, naming)
    .id(id)
    .title(panel.title)
    .description(panel.about)
    .datasource({ type: sources[language].type, uid: `\${${sources[language].name}}` })
    .span(panel.width)
    .height(panel.height)
    .unit(panel.unit)
    .noValue(emptyText[panel.source])
    .thresholds(thresholdsOf(panel.thresholds))
    .links(panelLinks(board, panel).map(built));
  for (const target of targetsOf(panel, naming)) made.withTarget(target);
  const links = seriesLinks(board, panel, naming);
  return links.length === 0 ? made : made.dataLinks(links.map(built));
}

/** Grafana's builder fills a link with what only a board's own links have. */
const built = (link: Link): Builder<DashboardLink> => ({ build: () => link as unknown as DashboardLink });

const makers: Readonly<Record<PanelKind, (panel: Panel, naming: Naming) => Builders>> = {
  stat: ({ thresholds }) =>
    new StatBuilder()
      .graphMode(BigValueGraphMode.None)
      .colorMode(thresholds === undefined ? BigValueColorMode.Value : BigValueColorMode.Background)
      .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]).values(false)),
  timeseries: timeseriesOf,
  heatmap: () => new HeatmapBuilder().calculate(false),
  table: tableOf,
  logs: () =>
    new LogsBuilder().showTime(true).wrapLogMessage(true).enableLogDetails(true).sortOrder(LogsSortOrder.Descending),
  // Tempo gives a list of traces as a table.
  traces: () => new TableBuilder(),
};

function timeseriesOf({ thresholds, stacked, unit }: Panel): TimeseriesBuilder {
  const made = new TimeseriesBuilder()
    .lineWidth(1)
    .fillOpacity(stacked === true ? 30 : 8)
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .calcs([]),
    );
  if (unit === "percentunit") made.min(0);
  if (stacked === true) made.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group("A"));
  if (thresholds !== undefined)
    made.thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  return made;
}

/** One row per set of labels, one column per query. */
function tableOf(panel: Panel, naming: Naming): TableBuilder {
  const made = new TableBuilder().transformations(transformationsOf(panel, naming));
  const { queries, sortBy, thresholds } = panel;
  const titles = queries.map((query, n) => titleOfColumn(panel, n));
  if (sortBy !== undefined)
    made.sortBy([new TableSortByFieldStateBuilder().displayName(titles[sortBy] ?? "").desc(true)]);
  queries.forEach((query, n) => {
    const unit = query.language === "promql" ? query.unit : undefined;
    const isColoured = thresholds !== undefined && n === sortBy;
    const properties: DynamicConfigValue[] = [
      ...(unit === undefined ? [] : [{ id: "unit", value: unit }]),
      ...(isColoured ? [{ id: "custom.cellOptions", value: { type: "color-background", mode: "basic" } }] : []),
    ];
    if (properties.length > 0) made.overrideByName(titles[n] ?? "", properties);
  });
  return made;
}

function transformationsOf(panel: Panel, naming: Naming): DataTransformerConfig[] {
  const isOfLogs = panel.queries[0]?.language === "logql";
  const values = panel.queries.map((_query, n): readonly [string, string] => [
    isOfLogs || panel.queries.length === 1 ? "Value" : `Value #${refId(n)}`,
    titleOfColumn(panel, n),
  ]);
  const labels = panel.by.map((label): readonly [string, string] => [labelName(label, naming), columnOf(label)]);
  return [
    ...(isOfLogs ? [{ id: "labelsToFields", options: {} }] : []),
    { id: "merge", options: {} },
    {
      id: "organize",
      options: { excludeByName: { Time: true }, renameByName: Object.fromEntries([...labels, ...values]) },
    },
  ];
}

const green = "green";
const yellow = "yellow";
const red = "red";

function thresholdsOf(thresholds: Thresholds | undefined): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(stepsOf(thresholds));
}

/** From which value on which colour holds. */
function stepsOf(thresholds: Thresholds | undefined): Threshold[] {
  if (thresholds === undefined) return [{ value: null, color: "text" }];
  const { warn, bad, below } = thresholds;
  if (below === true)
    return [
      { value: null, color: red },
      ...(warn === undefined
        ? [{ value: bad, color: green }]
        : [
            { value: bad, color: yellow },
            { value: warn, color: green },
          ]),
    ];
  return [
    { value: null, color: green },
    ...(warn === undefined ? [] : [{ value: warn, color: yellow }]),
    { value: bad, color: red },
  ];
}
