import { readFileSync } from "node:fs";
import { join } from "node:path";
import { boardFormats, boards, uidOf } from "@jobtrail/dashboards";
import { expect, it } from "vitest";
import { filesOf, folder, grafanaBoards, shownPanels } from "./board.ts";

/** A manifest of Grafana's, as far as it is looked into. */
interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly elements: Readonly<Record<string, { readonly spec: Element }>>;
    readonly layout: { readonly spec: { readonly rows: readonly LayoutRow[] } };
  };
}

interface Element {
  readonly title: string;
  readonly data: { readonly spec: { readonly queries: readonly { readonly spec: { readonly query: Query } }[] } };
}

interface Query {
  readonly spec: { readonly expr?: string; readonly query?: string };
}

interface LayoutRow {
  readonly spec: {
    readonly layout: {
      readonly spec: { readonly items: readonly { readonly spec: { readonly element: { readonly name: string } } }[] };
    };
  };
}

/** A board of Perses, as far as it is looked into. */
interface PersesBoard {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly variables: readonly { readonly spec: { readonly name: string } }[];
    readonly panels: Readonly<Record<string, { readonly spec: PersesPanel }>>;
    readonly layouts: readonly { readonly spec: { readonly items: readonly PersesItem[] } }[];
  };
}

interface PersesPanel {
  readonly display: { readonly name: string };
  readonly plugin: { readonly kind: string };
  readonly queries: readonly { readonly spec: { readonly plugin: { readonly spec: { readonly query: string } } } }[];
}

interface PersesItem {
  readonly x: number;
  readonly width: number;
  readonly content: { readonly $ref: string };
}

const read = <Board>(format: string, path: string): Board =>
  JSON.parse(readFileSync(join(folder, format, path), "utf8")) as Board;

/** The queries of each panel of Grafana's classic JSON, by the board's path. */
const classic = new Map(
  grafanaBoards().map((board) => [
    board.path,
    shownPanels(board).map(({ title, targets = [] }) => ({
      title,
      queries: targets.map(({ expr, query }) => expr ?? query),
    })),
  ]),
);

it("has the files that each format says that it has", () => {
  for (const [format, { boards: held }] of Object.entries(boardFormats))
    expect(
      filesOf(format)
        .filter((path) => !path.includes("/"))
        .map((path) => path.replace(/\.\w+$/, "")),
    ).toEqual(held.map(uidOf).toSorted());
});

it.each(["native/", "utf8/", "utf8-native/"])("holds in %s only boards that differ there", (sub) => {
  for (const format of ["grafana", "grafana-v2", "perses"]) {
    const texts = filesOf(format).filter((path) => path.startsWith(sub));
    expect(texts.length).toBeGreaterThan(0);
    for (const path of texts)
      expect(read<unknown>(format, path)).not.toEqual(read<unknown>(format, path.replace(sub, "")));
  }
});

it("has in Grafana's v2 manifests the same panels and queries, each at a place of its own", () => {
  for (const path of filesOf("grafana-v2")) {
    const { apiVersion, kind, metadata, spec } = read<Manifest>("grafana-v2", path);
    expect([apiVersion, kind, `${metadata.name}.json`]).toEqual([
      "dashboard.grafana.app/v2",
      "Dashboard",
      path.split("/").at(-1),
    ]);
    const panels = Object.values(spec.elements).map((element) => element.spec);
    expect(
      panels.map(({ title, data }) => ({
        title,
        queries: data.spec.queries.map(({ spec: { query } }) => query.spec.expr ?? query.spec.query),
      })),
    ).toEqual(classic.get(path));
    const placed = spec.layout.spec.rows.flatMap((row) =>
      row.spec.layout.spec.items.map((item) => item.spec.element.name),
    );
    expect(placed).toEqual(Object.keys(spec.elements));
  }
});

it("has in Perses the same panels and queries, each at a place within 24 columns", () => {
  for (const path of filesOf("perses")) {
    const { kind, metadata, spec } = read<PersesBoard>("perses", path);
    expect([kind, `${metadata.name}.json`]).toEqual(["Dashboard", path.split("/").at(-1)]);
    const placed = spec.layouts.flatMap((layout) => layout.spec.items);
    expect(placed.filter(({ x, width }) => x + width > 24)).toEqual([]);
    expect(placed.map(({ content }) => content.$ref)).toEqual(
      Object.keys(spec.panels).map((key) => `#/spec/panels/${key}`),
    );
    expect(
      Object.values(spec.panels).map(({ spec: { display, queries } }) => ({
        title: display.name,
        queries: queries.map((query) => query.spec.plugin.spec.query),
      })),
    ).toEqual(classic.get(path));
  }
});

it("has heat maps in Perses only of native histograms, because it draws no others", () => {
  for (const path of filesOf("perses")) {
    const kinds = Object.values(read<PersesBoard>("perses", path).spec.panels)
      .filter(({ spec: { display } }) => display.name === "Work, all runs")
      .map(({ spec }) => spec.plugin.kind);
    expect(kinds.filter((kind) => kind !== (path.includes("native") ? "HeatMapChart" : "TimeSeriesChart"))).toEqual([]);
  }
});

it("has in Perses a variable for each that a query names", () => {
  const builtIn = ["__rate_interval", "__range", "__interval", "__auto"];
  for (const path of filesOf("perses")) {
    const text = readFileSync(join(folder, "perses", path), "utf8");
    const names: string[] = read<PersesBoard>("perses", path).spec.variables.map(({ spec }) => spec.name);
    const used = [...text.matchAll(/\$\{?(\w+)\}?/g)]
      .map(([, name = ""]) => name)
      .filter((name) => name !== "__all" && name !== "ref");
    expect(used.filter((name) => !names.includes(name) && !builtIn.includes(name))).toEqual([]);
  }
});

it("says in each format that could not be run that it was not", () => {
  const written = Object.entries(boardFormats).filter(([, { proof }]) => proof === "written");
  expect(written.map(([format]) => format)).toEqual(["datadog", "new-relic", "honeycomb", "kibana"]);
  for (const [format] of written)
    for (const path of filesOf(format)) {
      const text = readFileSync(join(folder, format, path), "utf8");
      expect(text).toMatch(/Written from the document .* and not run\./);
      for (const line of format === "kibana" ? text.trimEnd().split("\n") : [text])
        expect(JSON.parse(line)).toBeTypeOf("object");
    }
});

it("has every board in the three formats that are complete", () => {
  for (const format of ["grafana", "grafana-v2", "perses"] as const)
    expect(boardFormats[format].boards).toEqual(boards.map(({ id }) => id));
});
