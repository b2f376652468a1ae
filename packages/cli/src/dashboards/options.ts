import type { BoardFormatName } from "@jobtrail/dashboards";

/** The options of the export. */
export interface ExportOptions {
  readonly format: BoardFormatName;
  readonly out: string;
  readonly board?: readonly string[];
  readonly names: "underscore" | "utf8";
  readonly histograms: "classic" | "native";
  readonly datasource?: string;
  readonly logs?: string;
  readonly traces?: string;
  readonly jobLog?: string;
  readonly provision?: true;
}

/** A file to be written: its path below the folder, and its text. */
export interface BoardFile {
  readonly path: string;
  readonly text: string;
}
