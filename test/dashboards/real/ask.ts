import { boards, usual } from "@jobtrail/dashboards";
import type { Panel } from "@jobtrail/dashboards";
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
export async function shown(url: string, values: Values = soon): Promise<Shown[]> {
  const panels = boards.flatMap(({ id, rows }) =>
    rows.flatMap((row) => row.panels.map((panel) => ({ board: id, panel }))),
  );
  const all: Shown[] = [];
  for (const { board, panel } of panels.filter((each) => each.panel.queries[0]?.language === "promql")) {
    const results = await Promise.all(
      panel.queries.map((query) =>
        query.language === "promql" ? queried(url, filledIn(query.expr(usual), values)) : Promise.resolve([]),
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

/** What is firing, as the alert's name and what it is about. */
export async function firing(url: string): Promise<string[]> {
  const response = await fetch(`${url}/api/v1/alerts`);
  const { data } = (await response.json()) as {
    readonly data: {
      readonly alerts: readonly { readonly state: string; readonly labels: Readonly<Record<string, string>> }[];
    };
  };
  return data.alerts
    .filter(({ state }) => state === "firing")
    .map(({ labels }) =>
      [
        labels["alertname"],
        labels["job_name"] ?? labels["job_schedule_id"] ?? labels["job_queue_name"] ?? labels["job"],
      ].join(" "),
    )
    .toSorted();
}
