import { ThemeProvider } from "@mui/material";
import { ChartsProvider, generateChartsTheme, getTheme, SnackbarProvider } from "@perses-dev/components";
import { DatasourceStoreProvider, Panel, VariableProvider } from "@perses-dev/dashboards";
import {
  DataQueriesProvider,
  dynamicImportPluginLoader,
  PluginRegistry,
  TimeRangeProvider,
} from "@perses-dev/plugin-system";
import * as prometheusPlugin from "@perses-dev/prometheus-plugin";
import * as timeseriesPlugin from "@perses-dev/timeseries-chart-plugin";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createElement } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router-dom";

const { title, panels, prometheus, duration } = globalThis.picture;

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
const loader = dynamicImportPluginLoader([
  { resource: prometheusPlugin.getPluginModule(), importPlugin: () => Promise.resolve(prometheusPlugin) },
  { resource: timeseriesPlugin.getPluginModule(), importPlugin: () => Promise.resolve(timeseriesPlugin) },
]);
const client = new QueryClient({ defaultOptions: { queries: { refetchOnWindowFocus: false, retry: 1 } } });

const wrap = (inner, ...wrappers) =>
  wrappers.reduceRight((child, [component, props]) => createElement(component, props, child), inner);

function One({ panel }) {
  const definitions = panel.spec.queries.map(({ spec }) => ({ kind: spec.plugin.kind, spec: spec.plugin.spec }));
  return createElement(
    "div",
    { style: { width: 470, height: 240 } },
    wrap(createElement(Panel, { definition: panel, panelOptions: { hideHeader: false } }), [
      DataQueriesProvider,
      { definitions, options: { suggestedStepMs: 1000, mode: "range" } },
    ]),
  );
}

createRoot(document.querySelector("#root")).render(
  wrap(
    createElement(
      "div",
      { style: { padding: 10, width: 960 } },
      createElement("h3", { style: { margin: "4px 6px 10px" } }, title),
      createElement(
        "div",
        { style: { display: "flex", flexWrap: "wrap", gap: 10 } },
        panels.map((panel, n) => createElement(One, { key: n, panel })),
      ),
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
