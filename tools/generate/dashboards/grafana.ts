import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  CustomVariableBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  TextBoxVariableBuilder,
  VariableHide,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import type { Dashboard, DashboardLink, VariableModel } from "@grafana/grafana-foundation-sdk/dashboard";
import { uidOf } from "../../../dashboards/src/board.ts";
import type { Board, Query, Variable } from "../../../dashboards/src/board.ts";
import { labelName } from "../../../dashboards/src/metric.ts";
import type { Naming } from "../../../dashboards/src/metric.ts";
import { jobLogVariable } from "../../../dashboards/src/scope.ts";
import { panelOf } from "./grafana-panel.ts";
import { sources } from "./grafana-query.ts";
import { generatedFrom } from "./source.ts";

/** A board in Grafana's classic JSON, which every Grafana from 10 on takes. */
export function grafana(board: Board, naming: Naming): Dashboard {
  const made = new DashboardBuilder(board.title)
    .uid(uidOf(board.id))
    .description(`${board.about} ${generatedFrom}`)
    .tags(["jobtrail"])
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: board.from, to: "now" })
    .refresh("1m")
    .variables(variablesOf(board, naming))
    .links(linksOf(board))
    .annotations([]);
  let id = 0;
  for (const row of board.rows) {
    made.withRow(new RowBuilder(row.title).id((id += 1)));
    for (const panel of row.panels) made.withPanel(panelOf(board, panel, naming, (id += 1)));
  }
  return made.build();
}

/** The languages that a board's panels and variables use. */
export function languagesOf(board: Board): Query["language"][] {
  const used = board.rows
    .flatMap(({ panels }) => panels)
    .flatMap(({ queries }) => queries.map((each) => each.language));
  const all = new Set([...used, ...(board.variables.some(({ kind }) => kind === "query") ? ["promql" as const] : [])]);
  return (["promql", "logql", "traceql"] as const).filter((each) => all.has(each));
}

const variablesOf = (board: Board, naming: Naming): Builder<VariableModel>[] => [
  ...languagesOf(board).map((language) => {
    const { name, title, type } = sources[language];
    return new DatasourceVariableBuilder(name)
      .label(title)
      .type(type)
      .description("The data source.")
      .current({ selected: true, text: "default", value: "default" });
  }),
  ...board.variables.map((variable) => variableOf(variable, naming)),
  variableOf(jobLogVariable, naming).hide(VariableHide.InControlsMenu),
];

type VariableBuilder = QueryVariableBuilder | CustomVariableBuilder | TextBoxVariableBuilder;

function variableOf(variable: Variable, naming: Naming): VariableBuilder {
  const { name, title, about } = variable;
  if (variable.kind === "text")
    return new TextBoxVariableBuilder(name)
      .label(title)
      .description(about)
      .defaultValue(variable.value)
      .current({ selected: true, text: variable.value, value: variable.value });
  if (variable.kind === "choice")
    return new CustomVariableBuilder(name)
      .label(title)
      .description(about)
      .values(variable.values.join(","))
      .current({ selected: true, text: variable.values[0] ?? "", value: variable.values[0] ?? "" });
  return queryVariable(variable, naming);
}

function queryVariable(variable: Variable & { kind: "query" }, naming: Naming): QueryVariableBuilder {
  const asked = `query_result(${variable.expr(naming)})`;
  const label = labelName(variable.label, naming).replaceAll(".", String.raw`\.`);
  const made = new QueryVariableBuilder(variable.name)
    .label(variable.title)
    .description(variable.about)
    .datasource({ type: "prometheus", uid: "${metrics}" })
    .query({ query: asked, refId: "variable", qryType: 3 })
    .definition(asked)
    .regex(String.raw`/(?:\{|,\s*)"?${label}"?="([^"]+)"/`)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalCaseInsensitiveAsc)
    .multi(true)
    .includeAll(true)
    .current({ selected: true, text: ["All"], value: ["$__all"] });
  return variable.all === undefined ? made : made.allValue(variable.all);
}

const linksOf = ({ id }: Board): Builder<DashboardLink>[] => [
  new DashboardLinkBuilder("Jobs")
    .type(DashboardLinkType.Dashboards)
    .tags(["jobtrail"])
    .asDropdown(true)
    .includeVars(true)
    .keepTime(true),
  new DashboardLinkBuilder("Job log")
    .type(DashboardLinkType.Link)
    .icon("external link")
    .url(id === "run" ? "${joblog}/jobs/${uid}" : "${joblog}/")
    .targetBlank(true),
];
