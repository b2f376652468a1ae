import { boards, known, labelName, seriesName, usual } from "@jobtrail/dashboards";
import type { Label, Metric, Naming, Panel } from "@jobtrail/dashboards";
import { queried } from "../../collector/prometheus.ts";
import { filledIn } from "../query.ts";
import type { Values } from "../query.ts";

/** Windows that a test can wait for. */
export const soon: Values = {
  __rate_interval: "40s",
  __range: "2m",
  budget: "10m",
  environment: "test",
  schedule: "nightly",
};

/** What a panel shows: how many series, and of a stat its value. */
export interface Shown {
  readonly board: string;
  readonly panel: Panel;
  readonly series: number;
  readonly values: readonly number[];
}

/** Asks every query of metrics of every board. */
export async function shown(url: string, naming: Naming = usual): Promise<Shown[]> {
  const panels = boards.flatMap(({ id, rows }) =>
    rows.flatMap((row) => row.panels.map((panel) => ({ board: id, panel }))),
  );
  const all: Shown[] = [];
  // No bridge runs there.
  const asked = panels.filter(({ panel }) => panel.queries[0]?.language === "promql" && panel.source !== "bridge");
  for (const { board, panel } of asked) {
    const results = await Promise.all(
      panel.queries.map((query) =>
        query.language === "promql" ? queried(url, filledIn(query.expr(naming), soon)) : Promise.resolve([]),
      ),
    );
    const found = results.flat().filter(({ value }) => Number.isFinite(value));
    all.push({
      board,
      panel,
      series: found.length,
      values: results[panel.sortBy ?? 0]?.map(({ value }) => value) ?? [],
    });
  }
  return all;
}

/** The stats and tables that are red, as board and title. */
export const red = (all: readonly Shown[]): string[] =>
  all
    .filter(({ panel }) => panel.kind === "stat" || panel.kind === "table")
    .filter(({ panel: { thresholds }, values }) =>
      values.some(
        (value) =>
          thresholds !== undefined && (thresholds.below === true ? value < thresholds.bad : value >= thresholds.bad),
      ),
    )
    .map(({ board, panel }) => `${board}: ${panel.title}`);

/** The values that each variable of a query offers. */
export async function variablesOf(url: string, naming: Naming = usual): Promise<Record<string, string[]>> {
  // Boards of records have texts under the same names.
  const queries = boards.flatMap(({ variables }) => variables.filter(({ kind }) => kind === "query"));
  const found: Record<string, string[]> = {};
  for (const variable of new Map(queries.map((each) => [each.name, each])).values()) {
    if (variable.kind !== "query") continue;
    const { name } = variable;
    const values = await queried(url, filledIn(variable.expr(naming), soon));
    const label = labelName(variable.label, naming);
    found[name] = values.flatMap(({ labels }) => labels[label] ?? []).toSorted();
  }
  return found;
}

/** The labels that say what an alert is about, the narrowest first. */
const subjects: readonly Label[] = ["job.name", "job.schedule.id", "job.queue.name", "job"];

/** What is firing, as the alert's name and what it is about. */
export async function firing(url: string, naming: Naming = usual): Promise<string[]> {
  const response = await fetch(`${url}/api/v1/alerts`);
  const { data } = (await response.json()) as {
    readonly data: {
      readonly alerts: readonly { readonly state: string; readonly labels: Readonly<Record<string, string>> }[];
    };
  };
  return data.alerts
    .filter(({ state }) => state === "firing")
    .map(({ labels }) => {
      const about = subjects.map((subject) => labels[labelName(subject, naming)]).find((value) => value !== undefined);
      return [labels["alertname"], about].join(" ");
    })
    .toSorted();
}

/** Metrics that only something that goes wrong makes. */
const rare: ReadonlySet<Metric> = new Set(["job.run.stalls", "job.schedule.missed", "job.log.dropped"]);

/** The names of our metrics, as the boards spell them, that no series has. */
export async function namesMissing(url: string, naming: Naming = usual): Promise<string[]> {
  const response = await fetch(`${url}/api/v1/label/__name__/values`);
  const { data } = (await response.json()) as { readonly data: readonly string[] };
  const names = new Set(data);
  return (Object.keys(known) as Metric[])
    .filter((metric) => !rare.has(metric) && !metric.startsWith("job.bridge."))
    .map((metric) => {
      const isClassic = known[metric].instrument === "histogram" && naming.histograms === "classic";
      return `${seriesName(metric, naming)}${isClassic ? "_count" : ""}`;
    })
    .filter((each) => !names.has(each));
}
