import { boardFormats } from "@jobtrail/dashboards";
import { Command, Option } from "commander";
import { address } from "./arguments.ts";
import { guarded } from "./guarded.ts";
import type { ExportOptions } from "./dashboards/options.ts";

/** `jobtrail dashboards`: the boards, and their files. */
export const dashboards = (): Command =>
  new Command("dashboards")
    .description("List the dashboards, or write their files for Grafana, Perses and others.")
    .helpOption("-h, --help", "show this help")
    .helpCommand(false)
    .addCommand(list())
    .addCommand(exported());

const list = (): Command =>
  new Command("list")
    .description("List the dashboards and the formats that they can be written in.")
    .helpOption("-h, --help", "show this help")
    .addOption(new Option("--format <format>", "the output format").choices(["table", "json"]).default("table"))
    .action(({ format }: { readonly format: "table" | "json" }) =>
      guarded(async () => (await import("./dashboards/list.ts")).list(format)),
    );

const exported = (): Command =>
  new Command("export")
    .description("Write the dashboards' files into a folder.")
    .helpOption("-h, --help", "show this help")
    .addOption(
      new Option("-f, --format <format>", "the system that reads the files")
        .choices(Object.keys(boardFormats))
        .makeOptionMandatory(),
    )
    .requiredOption("-o, --out <folder>", "the folder to write to; it is created if it does not exist")
    .option("-b, --board <name...>", "write only these boards, such as overview or queue")
    .addOption(
      new Option(
        "--names <names>",
        "how Prometheus spells metric names: job_run_duration_seconds or job.run.duration_seconds",
      )
        .choices(["underscore", "utf8"])
        .default("underscore"),
    )
    .addOption(
      new Option("--histograms <kind>", "how Prometheus stores histograms: as buckets, or as native histograms")
        .choices(["classic", "native"])
        .default("classic"),
    )
    .option("--datasource <uid>", "Grafana: the data source for metrics (default: the one that is Grafana's default)")
    .option("--logs <uid>", "Grafana: the data source for logs, a Loki")
    .option("--traces <uid>", "Grafana: the data source for traces, a Tempo")
    .option("--job-log <url>", "the address of `jobtrail serve`, for links (default: http://localhost:4318)", address)
    .option("--provision", "Grafana: also write provisioning files, and ConfigMaps for the sidecar")
    .addHelpText("after", examples)
    .action((options: ExportOptions) =>
      guarded(async () => (await import("./dashboards/export.ts")).exportBoards(options)),
    );

const examples = `
Examples:
  $ jobtrail dashboards export --format grafana --out ./grafana --datasource prometheus --provision
  $ jobtrail dashboards export --format grafana --out ./boards --board overview queue
  $ jobtrail dashboards export --format perses --out ./perses --names utf8 --histograms native

Existing files of the same names are overwritten; no other file is touched.`;
