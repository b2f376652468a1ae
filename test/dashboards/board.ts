import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

/** The folder of the generated files. */
export const folder: string = join(import.meta.dirname, "../../dashboards");

/** A panel of Grafana's classic JSON, as far as it is looked into. */
export interface GrafanaPanel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly targets?: readonly GrafanaTarget[];
  readonly links?: readonly { readonly url: string }[];
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string;
      readonly noValue?: string;
      readonly links?: readonly { readonly url: string }[];
    };
  };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

/** A query of Grafana's. */
export interface GrafanaTarget {
  readonly expr?: string;
  readonly query?: string;
  readonly instant?: boolean;
}

/** A variable of Grafana's. */
export interface GrafanaVariable {
  readonly name: string;
  readonly type: string;
  readonly query: unknown;
  readonly refresh?: number;
  readonly regex?: string;
  readonly description?: string;
}

/** A board of Grafana's, with its path below `grafana/`. */
export interface GrafanaBoard {
  readonly path: string;
  readonly name: string;
  readonly text: string;
  readonly uid: string;
  readonly editable: boolean;
  readonly schemaVersion: number;
  readonly panels: readonly GrafanaPanel[];
  readonly templating: { readonly list: readonly GrafanaVariable[] };
}

/** The files of a format, by path below its folder. */
export const filesOf = (format: string): string[] =>
  globSync("**/*", { cwd: join(folder, format) })
    .filter((path) => /\.\w+$/.test(path))
    .sort();

/** Every board of Grafana's classic JSON. */
export const grafanaBoards = (): GrafanaBoard[] =>
  filesOf("grafana").map((path) => {
    const text = readFileSync(join(folder, "grafana", path), "utf8");
    return {
      path,
      name: basename(path, ".json"),
      text,
      ...(JSON.parse(text) as Omit<GrafanaBoard, "path" | "name" | "text">),
    };
  });

/** The panels of a board that show something, without the headings of rows. */
export const shownPanels = ({ panels }: Pick<GrafanaBoard, "panels">): GrafanaPanel[] =>
  panels.filter(({ type }) => type !== "row");
