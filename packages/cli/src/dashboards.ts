import { boardFormats } from "@jobtrail/dashboards";
import { Command, Option } from "commander";
import { address } from "./arguments.ts";
import { guarded } from "./guarded.ts";
import type { ExportOptions } from "./dashboards/options.ts";

/** `jobtrail dashboards`: the boards, and their files. */
export const dashboards = (): Command =>
  new Command("dashboards")
    .description("List the dashboards, or write their files for Grafana, Perses and others.")
    .helpOption("-h, --help", "say how it is used")
    .helpCommand(false)
    .addCommand(list())
    .addCommand(exported());

const list = (): Command =>
  new Command("list")
    .description("List the dashboards and the formats that they can be written in.")
    .helpOption("-h, --help", "say how it is used")
    .addOption(new Option("--format <format>", "how the list is written").choices(["table", "json"]).default("table"))
    .action(({ format }: { readonly format: "table" | "json" }) =>
      guarded(async () => (await import("./dashboards/list.ts")).list(format)),
    );

const exported = (): Command =>
  new Command("export")
    .description("Write the dashboards' files into a folder.")
    .helpOption("-h, --help", "say how it is used")
    .addOption(
      new Option("-f, --format <format>", "whose files").choices(Object.keys(boardFormats)).makeOptionMandatory(),
    )
    .requiredOption("-o, --out <folder>", "where they go; it is made where there is none")
    .option("-b, --board <name...>", "only these, such as overview or queue")
    .addOption(
      new Option(
        "--names <names>",
        "how Prometheus spells metrics: job_run_duration_seconds or job.run.duration_seconds",
      )
        .choices(["underscore", "utf8"])
        .default("underscore"),
    )
    .addOption(
      new Option("--histograms <kind>", "how it keeps histograms: as buckets, or as native histograms")
        .choices(["classic", "native"])
        .default("classic"),
    )
    .option("--datasource <uid>", "Grafana: the data source for metrics (default: the one that is Grafana's default)")
    .option("--logs <uid>", "Grafana: the data source for logs, a Loki")
    .option("--traces <uid>", "Grafana: the data source for traces, a Tempo")
    .option("--job-log <url>", "where `jobtrail serve` is, for links (default: http://localhost:4318)", address)
    .option("--provision", "Grafana: also what mounts them: provisioning files, and ConfigMaps for the sidecar")
    .addHelpText("after", examples)
    .action((wishes: ExportOptions) =>
      guarded(async () => (await import("./dashboards/export.ts")).exportBoards(wishes)),
    );

const examples = `
Examples:
  $ jobtrail dashboards export --format grafana --out ./grafana --datasource prometheus --provision
  $ jobtrail dashboards export --format grafana --out ./boards --board overview queue
  $ jobtrail dashboards export --format perses --out ./perses --names utf8 --histograms native

Files that are there already are written again; no other file is touched.`;
