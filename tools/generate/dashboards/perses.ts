import { jobLogVariable } from "../../../dashboards/src/scope.ts";
import { boards } from "../../../dashboards/src/boards.ts";
import { emptyText, uidOf } from "../../../dashboards/src/board.ts";
import type { Board, Panel, PanelKind, Query, Thresholds, Unit, Variable } from "../../../dashboards/src/board.ts";
import { labelName } from "../../../dashboards/src/metric.ts";
import type { Naming } from "../../../dashboards/src/metric.ts";
import { columnOf } from "./link.ts";
import { generatedFrom, legendOf, placesOf, textOf, titleOfColumn } from "./source.ts";

/** A board as Perses has it, which Dash0 and SigNoz read too. */
export const perses = (board: Board, naming: Naming): object => ({
  kind: "Dashboard",
  metadata: { name: uidOf(board.id), project: "jobtrail" },
  spec: {
    display: { name: board.title, description: `${board.about} ${generatedFrom}` },
    duration: board.from.replace("now-", ""),
    refreshInterval: "1m",
    variables: [...board.variables, jobLogVariable].map((variable) => variableOf(variable, naming)),
    panels: Object.fromEntries(
      board.rows.flatMap(({ panels }, row) =>
        panels.map((panel) => [keyOf(row, panel), panelOf(board, panel, naming)]),
      ),
    ),
    layouts: board.rows.map(({ title, panels }, row) => ({
      kind: "Grid",
      spec: {
        display: { title, collapse: { open: true } },
        items: placesOf(panels).map(({ panel, ...place }) => ({
          ...place,
          content: { $ref: `#/spec/panels/${keyOf(row, panel)}` },
        })),
      },
    })),
  },
});

const keyOf = (row: number, { id }: Panel): string => `${row + 1}-${id}`;

function variableOf(variable: Variable, naming: Naming): object {
  const display = { name: variable.title, description: variable.about };
  if (variable.kind === "text")
    return { kind: "TextVariable", spec: { name: variable.name, display, value: variable.value } };
  if (variable.kind === "choice")
    return {
      kind: "ListVariable",
      spec: {
        name: variable.name,
        display,
        defaultValue: variable.values[0],
        allowAllValue: false,
        allowMultiple: false,
        plugin: { kind: "StaticListVariable", spec: { values: variable.values } },
      },
    };
  return {
    kind: "ListVariable",
    spec: {
      name: variable.name,
      display,
      defaultValue: "$__all",
      allowAllValue: true,
      allowMultiple: true,
      ...(variable.all !== undefined && { customAllValue: variable.all }),
      plugin: {
        kind: "PrometheusPromQLVariable",
        spec: { expr: variable.expr(naming), labelName: labelName(variable.label, naming) },
      },
    },
  };
}

function panelOf(board: Board, panel: Panel, naming: Naming): object {
  const buckets = areBuckets(panel, naming) ? " Each line: runs a second that took at most so many seconds." : "";
  const empty = panel.source === "process" ? "" : ` Where it is empty: ${emptyText[panel.source]}`;
  const about = `${panel.about}${buckets}${empty}`;
  return {
    kind: "Panel",
    spec: {
      display: { name: panel.title, description: about },
      plugin: plugins[panel.kind](panel, naming),
      queries: panel.queries.map((query) => queryOf(query, panel, naming)),
      links: [
        {
          name: boards.find(({ id }) => id === panel.to)?.title,
          url: `/projects/jobtrail/dashboards/${uidOf(panel.to)}`,
          renderVariables: true,
        },
        {
          name: "Job log",
          url: board.id === "run" ? "${joblog}/jobs/${uid}" : "${joblog}/",
          renderVariables: true,
          targetBlank: true,
        },
      ],
    },
  };
}

const queryKinds: Readonly<Record<Query["language"], readonly [kind: string, plugin: string]>> = {
  promql: ["TimeSeriesQuery", "PrometheusTimeSeriesQuery"],
  logql: ["TimeSeriesQuery", "LokiTimeSeriesQuery"],
  traceql: ["TraceQuery", "TempoTraceQuery"],
};

function queryOf(query: Query, panel: Panel, naming: Naming): object {
  const [kind, plugin] = panel.kind === "logs" ? ["LogQuery", "LokiLogQuery"] : queryKinds[query.language];
  const legend = legendOf(query, panel, naming);
  return {
    kind,
    spec: {
      plugin: {
        kind: plugin,
        spec: {
          query: textOf(query, naming),
          ...(query.language === "promql" && legend !== "" && panel.kind !== "table" && { seriesNameFormat: legend }),
        },
      },
    },
  };
}

const plugins: Readonly<Record<PanelKind, (panel: Panel, naming: Naming) => object>> = {
  stat: ({ unit, thresholds }) => ({
    kind: "StatChart",
    spec: { calculation: "last-number", format: formatOf(unit), ...thresholdsOf(thresholds) },
  }),
  timeseries: linesOf,
  heatmap: (panel, naming) =>
    areBuckets(panel, naming)
      ? linesOf({ unit: "ops" })
      : { kind: "HeatMapChart", spec: { yAxisFormat: formatOf(panel.unit) } },
  table: tableOf,
  logs: () => ({ kind: "LogsTable", spec: { showTime: true, allowWrap: true } }),
  traces: () => ({ kind: "TraceTable", spec: {} }),
};

/** Perses draws heat maps of native histograms alone; of classic ones it gets a line for each bucket. */
const areBuckets = ({ kind }: Panel, { histograms }: Naming): boolean => kind === "heatmap" && histograms === "classic";

function linesOf({ unit, stacked, thresholds }: Pick<Panel, "unit" | "stacked" | "thresholds">): object {
  return {
    kind: "TimeSeriesChart",
    spec: {
      legend: { position: "bottom", mode: "list" },
      yAxis: { format: formatOf(unit), ...(unit === "percentunit" && { min: 0 }) },
      visual: {
        display: "line",
        lineWidth: 1,
        areaOpacity: stacked === true ? 0.3 : 0.08,
        ...(stacked === true && { stack: "all" }),
      },
      ...thresholdsOf(thresholds),
    },
  };
}

function tableOf(panel: Panel, naming: Naming): object {
  const { queries, by } = panel;
  return {
    kind: "Table",
    spec: {
      density: "compact",
      defaultColumnWidth: "auto",
      columnSettings: [
        { name: "timestamp", hide: true },
        ...by.map((label) => ({ name: labelName(label, naming), header: columnOf(label) })),
        ...queries.map((query, n) => ({
          name: queries.length === 1 ? "value" : `value #${n + 1}`,
          header: titleOfColumn(panel, n),
          format: formatOf((query.language === "promql" ? query.unit : undefined) ?? panel.unit),
          ...(n === panel.sortBy && { sort: "desc" }),
        })),
      ],
      ...(queries.length > 1 && { transforms: [{ kind: "MergeSeries", spec: {} }] }),
    },
  };
}

const formats: Readonly<Record<Unit, object>> = {
  none: { unit: "decimal", decimalPlaces: 0 },
  short: { unit: "decimal", decimalPlaces: 2 },
  ops: { unit: "ops/sec" },
  percentunit: { unit: "percent-decimal" },
  s: { unit: "seconds" },
  dateTimeFromNow: { unit: "relative-time" },
  bytes: { unit: "bytes" },
};

const formatOf = (unit: Unit): object => formats[unit];

const green = "#2e7d32";
const yellow = "#ed8f02";
const red = "#d32f2f";

function thresholdsOf(thresholds: Thresholds | undefined): object {
  if (thresholds === undefined) return {};
  const { warn, bad, below } = thresholds;
  const steps =
    below === true
      ? [
          { value: bad, color: warn === undefined ? green : yellow },
          ...(warn === undefined ? [] : [{ value: warn, color: green }]),
        ]
      : [...(warn === undefined ? [] : [{ value: warn, color: yellow }]), { value: bad, color: red }];
  return { thresholds: { defaultColor: below === true ? red : green, steps } };
}
