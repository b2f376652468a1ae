import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { failure } from "../errors.ts";

/** The folder of the Collector's files, in the workspace and where the command is installed. */
export function folder(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve("@jobtrail/collector/base.yaml"));
  } catch (cause) {
    throw failure("JOBTRAIL_PACKAGE_MISSING", { name: "@jobtrail/collector" }, { cause });
  }
}

/** The path of one of the files, such as `backends/loki.yaml`. */
export const pathOf = (name: string): string => join(folder(), name);

/** The text of one of the files. */
export const textOf = (name: string): string => readFileSync(pathOf(name), "utf8");

/** The names of the files in one of the folders, without `.yaml`. */
export const namesIn = (subfolder: "backends" | "fragments"): string[] =>
  readdirSync(pathOf(subfolder))
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => name.slice(0, -".yaml".length))
    .sort();
