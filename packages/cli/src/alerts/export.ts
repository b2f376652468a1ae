import { writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { alerts, defaultConfig, writeAlerts } from "@jobtrail/dashboards";
import type { AlertFormat } from "@jobtrail/dashboards";
import { stringify } from "yaml";
import { failure, reasonOf } from "../errors.ts";
import { makeFolder } from "../folder.ts";
import { readConfig } from "./config.ts";

/** The options of the export. */
export interface AlertOptions {
  readonly format: AlertFormat;
  readonly config?: string;
  readonly out?: string;
  readonly datasource?: string;
  readonly names: "underscore" | "utf8";
  readonly histograms: "classic" | "native";
}

/** Writes the alerts as rules. */
export function exportAlerts({ format, config, out, datasource, names, histograms }: AlertOptions): void {
  if (datasource !== undefined && format !== "grafana")
    throw failure("JOBTRAIL_OPTION_UNFIT", {
      reason: `--datasource does not apply to --format ${format}; it is for grafana.`,
    });
  const read = config === undefined ? defaultConfig : readConfig(config);
  const rules = writeAlerts(format, read, {
    naming: { names, histograms },
    ...(datasource !== undefined && { datasource }),
  });
  const text = `# Made by: jobtrail alerts export --format ${format}\n${stringify(rules, { lineWidth: 0, aliasDuplicateObjects: false })}`;
  if (out === undefined) process.stdout.write(text);
  else write(out, text);
  if (format === "loki")
    console.error(`Log records do not hold enough for: ${silent.join(", ")}. These alerts need Prometheus.`);
}

const silent = alerts.filter(({ records }) => records === undefined).map(({ name }) => name);

function write(out: string, text: string): void {
  try {
    makeFolder(dirname(out));
    writeFileSync(out, text);
  } catch (cause) {
    throw failure("JOBTRAIL_FILE_UNWRITABLE", { name: out, reason: reasonOf(cause) }, { cause });
  }
}
