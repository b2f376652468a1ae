import {
  boards,
  collectorMetrics,
  emptyText,
  known,
  labelName,
  metricRules,
  defaultConfig,
  outside,
  recordRules,
  seriesName,
} from "@jobtrail/dashboards";
import type { Label, Metric, Naming, Query } from "@jobtrail/dashboards";
import { attributes, derivedMetrics, metrics } from "@jobtrail/conventions";
import { describe, expect, it } from "vitest";
import { grafanaBoards, shownPanels } from "./board.ts";
import type { GrafanaBoard, GrafanaPanel } from "./board.ts";
import { bareCounters, errorsIn, filledIn, namedIn } from "./query.ts";

const all = grafanaBoards();
const namings: Readonly<Record<string, Naming>> = {
  "": { names: "underscore", histograms: "classic" },
  native: { names: "underscore", histograms: "native" },
  utf8: { names: "utf8", histograms: "classic" },
  "utf8-native": { names: "utf8", histograms: "native" },
};

/** What breaks a rule, as board, panel and what is wrong; none where all keep it. */
const breaches = (wrong: (panel: GrafanaPanel, board: GrafanaBoard) => readonly string[]): string[] =>
  all.flatMap((board) =>
    shownPanels(board).flatMap((panel) => wrong(panel, board).map((what) => `${board.path}, ${panel.title}: ${what}`)),
  );

const languages: Readonly<Record<string, Query["language"]>> = {
  prometheus: "promql",
  loki: "logql",
  tempo: "traceql",
};
const languageOf = ({ datasource }: GrafanaPanel): Query["language"] => languages[datasource?.type ?? ""] ?? "promql";
const textsOf = ({ targets = [] }: GrafanaPanel): string[] => targets.map(({ expr, query }) => expr ?? query ?? "");
const metricTexts = (panel: GrafanaPanel): string[] => (languageOf(panel) === "promql" ? textsOf(panel) : []);

/** The names of a metric's series. */
function seriesOf(metric: Metric, naming: Naming): string[] {
  const name = seriesName(metric, naming);
  if (known[metric].instrument !== "histogram") return [name];
  return naming.histograms === "native" ? [name] : ["_bucket", "_sum", "_count"].map((suffix) => name + suffix);
}

const namingOf = ({ path }: GrafanaBoard): Naming => namings[path.includes("/") ? path.split("/")[0]! : ""]!;

describe("every board of Grafana", () => {
  it("is one of the ten, under a uid that is its file's name, and cannot be edited", () => {
    expect(all.filter(({ path }) => !path.includes("/")).map(({ name }) => name)).toEqual(
      boards.map(({ id }) => `jobtrail-${id}`).toSorted(),
    );
    expect(all.filter(({ uid, name, editable }) => uid !== name || editable)).toEqual([]);
  });

  it("has no inputs that an import would ask for, and names no data source but by a variable", () => {
    expect(all.filter(({ text }) => /__inputs|\$\{DS_/.test(text)).map(({ path }) => path)).toEqual([]);
    expect(
      breaches(({ datasource }, { templating }) =>
        templating.list.some(({ name, type }) => type === "datasource" && `\${${name}}` === datasource?.uid)
          ? []
          : [JSON.stringify(datasource)],
      ),
    ).toEqual([]);
  });

  it("gives its panels ids of their own, and places where none covers another", () => {
    const overlaps = all.filter(({ panels }) => {
      const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`),
      );
      const ids = new Set(panels.map(({ id }) => id));
      return new Set(cells).size !== cells.length || ids.size !== panels.length || ids.has(0);
    });
    expect(overlaps.map(({ path }) => path)).toEqual([]);
  });

  it("asks again for its variables' values when the time changes, and describes each", () => {
    const wrong = all.flatMap(({ path, templating }) =>
      templating.list
        .filter(({ type, refresh, description }) => !description || (type === "query" && refresh !== 2))
        .map(({ name }) => `${path}: ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  it("has the same variables as every other: system, queue, job, service and environment", () => {
    const wanted = ["environment", "service", "system", "queue", "job", "joblog"];
    const lacking = all.filter(({ templating }) =>
      wanted.some((name) => !templating.list.some((each) => each.name === name)),
    );
    expect(lacking.map(({ path }) => path)).toEqual([]);
  });
});

describe("every panel of Grafana", () => {
  it("has a title, a description, a unit, a query, a link, and says what is missing where it is empty", () => {
    const texts = new Set(Object.values(emptyText));
    expect(
      breaches(({ title, description = "", targets = [], links = [], fieldConfig }) => {
        const { unit, noValue = "" } = fieldConfig?.defaults ?? {};
        return [
          ...(title ? [] : ["no title"]),
          ...(/^[A-Z].{20,}[.?]$/s.test(description) ? [] : ["no description"]),
          ...(unit ? [] : ["no unit"]),
          ...(targets.length > 0 ? [] : ["no query"]),
          ...(links.length > 0 ? [] : ["no link"]),
          ...(texts.has(noValue) ? [] : ["nothing for an empty panel"]),
        ];
      }),
    ).toEqual([]);
  });

  it("says what to look at where its thresholds turn it red", () => {
    const silent = boards.flatMap(({ id, rows }) =>
      rows
        .flatMap(({ panels }) => panels)
        .filter(({ thresholds, about }) => thresholds !== undefined && !/Red|Above/.test(about))
        .map(({ title }) => `${id}, ${title}`),
    );
    expect(silent).toEqual([]);
  });

  it("asks what its language can read", () => {
    expect(breaches((panel) => textsOf(panel).flatMap((text) => errorsIn(languageOf(panel), filledIn(text))))).toEqual(
      [],
    );
  });

  it("takes windows from the time shown and the resolution, where its source does not say why not", () => {
    const fixed = new Set(
      boards.flatMap(({ id, rows }) =>
        rows.flatMap(({ panels }) =>
          panels.filter((each) => each.fixedWindows).map(({ title }) => `jobtrail-${id} ${title}`),
        ),
      ),
    );
    expect(
      breaches((panel, { name }) =>
        fixed.has(`${name} ${panel.title}`)
          ? []
          : textsOf(panel).flatMap((text) =>
              [...text.matchAll(/\[(?!\$__rate_interval\]|\$__range\]|\$__auto\])[^\]]*\]/g)].map(([found]) => found),
            ),
      ),
    ).toEqual([]);
  });

  it("takes a counter by what it grew, never as it is", () => {
    const names = Object.entries(known).flatMap(([metric, { instrument }]) =>
      instrument === "counter" || instrument === "histogram"
        ? Object.values(namings).flatMap((naming) => seriesOf(metric as Metric, naming))
        : [],
    );
    expect(
      breaches((panel) =>
        metricTexts(panel).flatMap((text) => bareCounters(filledIn(text), (name) => names.includes(name))),
      ),
    ).toEqual([]);
  });

  it("names no metric and no label that the registry, the observers' list or the Collector's does not know", () => {
    expect(
      breaches((panel, board) => metricTexts(panel).flatMap((text) => unknownIn(filledIn(text), namingOf(board)))),
    ).toEqual([]);
  });

  it("leads to boards that exist, with variables that they have", () => {
    const variablesOf = new Map(all.map(({ uid, templating }) => [uid, templating.list.map(({ name }) => name)]));
    expect(
      breaches(({ links = [], fieldConfig }) =>
        [...links, ...(fieldConfig?.defaults.links ?? [])].flatMap(({ url }) => {
          const [, uid, query = ""] = /^\/d\/([^?]+)\?(.*)$/.exec(url) ?? [];
          if (uid === undefined) return url.startsWith("${joblog}/?") ? [] : [url];
          const used = [...query.matchAll(/var-(\w+)=|\$\{(\w+):queryparam\}/g)].map(
            ([, one, other]) => one ?? other ?? "",
          );
          return used.filter((name) => !variablesOf.get(uid)?.includes(name)).map((name) => `${uid} has no ${name}`);
        }),
      ),
    ).toEqual([]);
  });
});

/** Labels that are not ours: of Prometheus, of target_info, and of the Collector's own metrics. */
const resource: readonly string[] = ["job", "instance", "le"];

function unknownIn(text: string, naming: Naming): string[] {
  const byName = new Map(
    (Object.keys(known) as Metric[]).flatMap((metric) => seriesOf(metric, naming).map((name) => [name, metric])),
  );
  const { metrics: named, labels } = namedIn(text);
  const allowed = new Set([
    ...resource,
    ...named.flatMap(
      (name) => known[byName.get(name) as Metric]?.attributes.map((label) => labelName(label as Label, naming)) ?? [],
    ),
    ...named.flatMap((name) => collectorMetrics[name as keyof typeof collectorMetrics] ?? []),
    ...(named.includes("target_info")
      ? ["service.version", "deployment.environment.name"].map((label) => labelName(label as Label, naming))
      : []),
    ...(named.some((name) => name.startsWith("job_span") || name.startsWith("job.span"))
      ? [labelName("span.kind", naming)]
      : []),
  ]);
  return [
    ...named.filter((name) => !byName.has(name) && !(name in collectorMetrics) && name !== "target_info"),
    ...labels.filter((label) => !allowed.has(label)),
  ];
}

const rules = metricRules(defaultConfig).flatMap((group) => group.rules);

it("asks in alerts only what parses, for metrics and labels that are known", () => {
  expect(rules.flatMap(({ expr }) => [...errorsIn("promql", expr), ...unknownIn(expr, namings[""]!)])).toEqual([]);
  expect(
    recordRules(defaultConfig).flatMap((group) => group.rules.flatMap(({ expr }) => errorsIn("logql", expr))),
  ).toEqual([]);
});

it("uses every metric of the registry, of the observers' list and of the Collector's in a panel or an alert", () => {
  const texts = [
    ...all.filter(({ path }) => !path.includes("/")).flatMap((board) => shownPanels(board).flatMap(metricTexts)),
    ...rules.map(({ expr }) => expr),
  ];
  const used = new Set(texts.flatMap((text) => namedIn(filledIn(text)).metrics));
  const ours = [...Object.keys(metrics), ...Object.keys(derivedMetrics), ...Object.keys(outside)] as Metric[];
  expect(ours.filter((metric) => !seriesOf(metric, namings[""]!).some((name) => used.has(name)))).toEqual([]);
  expect(Object.keys(collectorMetrics).filter((name) => !used.has(name))).toEqual([]);
});

it("lists as waiting for an observer only metrics that the registry does not have yet", () => {
  expect(Object.keys(outside).filter((name) => name in metrics || name in derivedMetrics)).toEqual([]);
});

it("names in LogQL and TraceQL only attributes that stand on records and on spans", () => {
  const on = (signal: string): Set<string> =>
    new Set(
      Object.entries(attributes)
        .filter(([, row]) => row.on.includes(signal))
        .map(([name]) => name),
    );
  const onRecords = new Set([
    "event_name",
    "service_name",
    "deployment_environment_name",
    ...[...on("L")].map((name) => name.replaceAll(".", "_")),
  ]);
  const onSpans = on("S");
  expect(
    breaches((panel) =>
      textsOf(panel).flatMap((text) => {
        if (languageOf(panel) === "logql")
          return [...text.matchAll(/[{,|(]\s*([a-z][a-z_]*)(?=\s*(?:=|!|>|,|\)))|unwrap (\w+)/g)]
            .map(([, one, other]) => one ?? other ?? "")
            .filter((name) => !onRecords.has(name));
        if (languageOf(panel) === "traceql")
          return [...text.matchAll(/span\.([a-z_.]+)/g)]
            .map(([, name = ""]) => name)
            .filter((name) => !onSpans.has(name));
        return [];
      }),
    ),
  ).toEqual([]);
});
