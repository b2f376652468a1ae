import type {
  Dashboard,
  Panel as GrafanaPanel,
  RowPanel,
  VariableModel,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { VariableHide } from "@grafana/grafana-foundation-sdk/dashboard";
import type * as v2 from "@grafana/grafana-foundation-sdk/dashboardv2";
import { uidOf } from "../../../dashboards/src/board.ts";
import type { Board } from "../../../dashboards/src/board.ts";
import type { Naming } from "../../../dashboards/src/metric.ts";
import { grafana } from "./grafana.ts";
import { sources } from "./grafana-query.ts";

/** A board as the manifest of Grafana 13: the classic one, with its panels and their places apart. */
export function grafanaV2(board: Board, naming: Naming): object {
  return {
    apiVersion: "dashboard.grafana.app/v2",
    kind: "Dashboard",
    metadata: { name: uidOf(board.id) },
    spec: specOf(grafana(board, naming)),
  };
}

function specOf(classic: Dashboard): v2.Dashboard {
  const panels = (classic.panels ?? []) as readonly (GrafanaPanel | RowPanel)[];
  const shown = panels.filter((panel): panel is GrafanaPanel => panel.type !== "row");
  return {
    title: classic.title ?? "",
    description: classic.description ?? "",
    tags: classic.tags ?? [],
    editable: false,
    preload: false,
    cursorSync: "Crosshair" as v2.DashboardCursorSync,
    annotations: [],
    links: classic.links ?? [],
    timeSettings: {
      timezone: "browser",
      from: classic.time?.from ?? "now-6h",
      to: "now",
      autoRefresh: "1m",
      autoRefreshIntervals: ["30s", "1m", "5m", "15m", "1h"],
      hideTimepicker: false,
      fiscalYearStartMonth: 0,
    },
    variables: (classic.templating?.list ?? []).map(variableOf),
    elements: Object.fromEntries(shown.map((panel) => [nameOf(panel), elementOf(panel)])),
    layout: layoutOf(panels),
  };
}

const nameOf = ({ id }: GrafanaPanel): string => `panel-${id}`;

/** Each row with its panels; places count from the row's top. */
function layoutOf(panels: readonly (GrafanaPanel | RowPanel)[]): v2.RowsLayoutKind {
  const rows: { title: string; top: number; items: v2.GridLayoutItemKind[] }[] = [];
  for (const panel of panels) {
    const { x = 0, y = 0, w = 0, h = 0 } = panel.gridPos ?? {};
    if (panel.type === "row") rows.push({ title: panel.title ?? "", top: y + 1, items: [] });
    else
      rows.at(-1)?.items.push({
        kind: "GridLayoutItem",
        spec: {
          x,
          y: y - (rows.at(-1)?.top ?? 0),
          width: w,
          height: h,
          element: { kind: "ElementReference", name: nameOf(panel) },
        },
      });
  }
  return {
    kind: "RowsLayout",
    spec: {
      rows: rows.map(({ title, items }) => ({
        kind: "RowsLayoutRow",
        spec: { title, collapse: false, layout: { kind: "GridLayout", spec: { items } } },
      })),
    },
  };
}

function elementOf(panel: GrafanaPanel): v2.PanelKind {
  const datasource = panel.datasource?.uid ?? "";
  const group = panel.datasource?.type ?? "";
  return {
    kind: "Panel",
    spec: {
      id: panel.id ?? 0,
      title: panel.title ?? "",
      description: panel.description ?? "",
      links: (panel.links ?? []) as unknown as v2.DataLink[],
      data: {
        kind: "QueryGroup",
        spec: {
          queries: (panel.targets ?? []).map((target) => queryOf(target, group, datasource)),
          transformations: (panel.transformations ?? []).map(({ id, options }) => ({
            kind: "Transformation",
            group: id,
            spec: { options: options as unknown },
          })),
          queryOptions: {},
        },
      },
      vizConfig: {
        kind: "VizConfig",
        group: panel.type,
        version: "",
        spec: {
          options: (panel.options ?? {}) as unknown,
          fieldConfig: panel.fieldConfig as unknown as v2.FieldConfigSource,
        },
      },
    },
  };
}

function queryOf(target: unknown, group: string, datasource: string): v2.PanelQueryKind {
  const { refId = "A", ...spec } = target as { readonly refId?: string };
  return {
    kind: "PanelQuery",
    spec: {
      refId,
      hidden: false,
      query: { kind: "DataQuery", group, version: "v0", datasource: { name: datasource }, spec },
    },
  };
}

const kinds: Readonly<Record<string, v2.VariableKind["kind"]>> = {
  datasource: "DatasourceVariable",
  query: "QueryVariable",
  custom: "CustomVariable",
  textbox: "TextVariable",
};

function variableOf(variable: VariableModel): v2.VariableKind {
  const { type, name, label = "", description = "", query, current } = variable;
  const shared = { name, label, description, current, hide: hiddenOf(variable), skipUrlSync: false };
  const choice = {
    ...shared,
    options: [],
    multi: variable.multi ?? false,
    includeAll: variable.includeAll ?? false,
    allowCustomValue: true,
  };
  const specs: Readonly<Record<string, object>> = {
    datasource: { ...choice, pluginId: query, refresh: "onDashboardLoad", regex: "" },
    query: {
      ...choice,
      refresh: "onTimeRangeChanged",
      regex: variable.regex ?? "",
      sort: "alphabeticalCaseInsensitiveAsc",
      definition: variable.definition ?? "",
      ...(variable.allValue !== undefined && { allValue: variable.allValue }),
      query: {
        kind: "DataQuery",
        group: sources.promql.type,
        version: "v0",
        datasource: { name: "${metrics}" },
        spec: query,
      },
    },
    custom: { ...choice, query },
    textbox: { ...shared, query },
  };
  return { kind: kinds[type], spec: specs[type] } as unknown as v2.VariableKind;
}

const hiddenOf = ({ hide }: VariableModel): string =>
  hide === undefined || hide === VariableHide.DontHide ? "dontHide" : "inControlsMenu";
