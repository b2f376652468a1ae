import { ThemeProvider } from "@mui/material";
import { ChartsProvider, generateChartsTheme, getTheme, SnackbarProvider } from "@perses-dev/components";
import { DatasourceStoreProvider, Panel, VariableProvider } from "@perses-dev/dashboards";
import {
  DataQueriesProvider,
  dynamicImportPluginLoader,
  PluginRegistry,
  TimeRangeProvider,
} from "@perses-dev/plugin-system";
import * as heatmapPlugin from "@perses-dev/heatmap-chart-plugin";
import * as prometheusPlugin from "@perses-dev/prometheus-plugin";
import * as statPlugin from "@perses-dev/stat-chart-plugin";
import * as tablePlugin from "@perses-dev/table-plugin";
import * as timeseriesPlugin from "@perses-dev/timeseries-chart-plugin";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createElement } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router-dom";

const { title, rows, prometheus, duration } = globalThis.picture;

const datasource = {
  kind: "GlobalDatasource",
  metadata: { name: "prometheus" },
  spec: {
    default: true,
    plugin: { kind: "PrometheusDatasource", spec: { directUrl: prometheus, scrapeInterval: "1s" } },
  },
};
const datasourceApi = {
  getDatasource: () => Promise.resolve(undefined),
  getGlobalDatasource: () => Promise.resolve(datasource),
  listDatasources: () => Promise.resolve([]),
  listGlobalDatasources: () => Promise.resolve([datasource]),
  buildProxyUrl: () => prometheus,
};
const dashboard = {
  kind: "Dashboard",
  metadata: { name: "picture", project: "jobtrail", version: 0 },
  spec: { duration, variables: [], panels: {}, layouts: [], datasources: {} },
};
const theme = getTheme("light");
const charts = generateChartsTheme(theme, {});
const plugins = [prometheusPlugin, timeseriesPlugin, statPlugin, tablePlugin, heatmapPlugin];
const loader = dynamicImportPluginLoader(
  plugins.map((plugin) => ({ resource: plugin.getPluginModule(), importPlugin: () => Promise.resolve(plugin) })),
);
const client = new QueryClient({ defaultOptions: { queries: { refetchOnWindowFocus: false, retry: 1 } } });

const wrap = (inner, ...wrappers) =>
  wrappers.reduceRight((child, [component, props]) => createElement(component, props, child), inner);

/** One of the board's 24 columns, one of its lines, and what is between panels; in pixels. */
const column = 40;
const line = 28;
const gap = 8;

function One({ panel, width, height }) {
  const definitions = panel.spec.queries.map(({ spec }) => ({ kind: spec.plugin.kind, spec: spec.plugin.spec }));
  const mode = panel.spec.plugin.kind === "Table" ? "instant" : "range";
  return createElement(
    "div",
    { style: { width: width * column - gap, height: height * line } },
    wrap(createElement(Panel, { definition: panel, panelOptions: { hideHeader: false } }), [
      DataQueriesProvider,
      { definitions, options: { suggestedStepMs: 1000, mode } },
    ]),
  );
}

const Row = ({ items }) =>
  createElement(
    "div",
    { style: { display: "flex", flexWrap: "wrap", gap, marginBottom: gap } },
    items.map((item, n) => createElement(One, { key: n, ...item })),
  );

createRoot(document.querySelector("#root")).render(
  wrap(
    createElement(
      "div",
      { style: { padding: 10, width: 24 * column } },
      createElement("h3", { style: { margin: "4px 6px 10px" } }, title),
      rows.map((items, n) => createElement(Row, { key: n, items })),
    ),
    [BrowserRouter, {}],
    [ThemeProvider, { theme }],
    [ChartsProvider, { chartsTheme: charts }],
    [SnackbarProvider, { anchorOrigin: { vertical: "bottom", horizontal: "right" } }],
    [
      PluginRegistry,
      {
        pluginLoader: loader,
        defaultPluginKinds: { Panel: "TimeSeriesChart", TimeSeriesQuery: "PrometheusTimeSeriesQuery" },
      },
    ],
    [QueryClientProvider, { client }],
    [TimeRangeProvider, { timeRange: { pastDuration: duration }, refreshInterval: "0s" }],
    [VariableProvider, {}],
    [DatasourceStoreProvider, { dashboardResource: dashboard, datasourceApi }],
  ),
);
