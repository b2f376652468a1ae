import { alertFormats } from "@jobtrail/dashboards";
import { Command, Option } from "commander";
import { guarded } from "./guarded.ts";
import type { AlertOptions } from "./alerts/export.ts";

/** `jobtrail alerts`: the alerts, their thresholds, and their files. */
export const alerts = (): Command =>
  new Command("alerts")
    .description("List the alerts, or write them as rules for Prometheus, Grafana or Loki.")
    .helpOption("-h, --help", "show this help")
    .helpCommand(false)
    .addCommand(list())
    .addCommand(config())
    .addCommand(exported());

const list = (): Command =>
  new Command("list")
    .description("List the alerts.")
    .helpOption("-h, --help", "show this help")
    .addOption(new Option("--format <format>", "the output format").choices(["table", "json"]).default("table"))
    .action(({ format }: { readonly format: "table" | "json" }) =>
      guarded(async () => (await import("./alerts/list.ts")).list(format)),
    );

const config = (): Command =>
  new Command("config")
    .description("Print the configuration with all defaults, as a start for your own file.")
    .helpOption("-h, --help", "show this help")
    .action(() => guarded(async () => (await import("./alerts/print.ts")).printConfig()));

const exported = (): Command =>
  new Command("export")
    .description("Write the alerts as rules.")
    .helpOption("-h, --help", "show this help")
    .addOption(
      new Option("-f, --format <format>", "the system that reads the rules")
        .choices(Object.keys(alertFormats))
        .makeOptionMandatory(),
    )
    .option(
      "-c, --config <file>",
      "a file of thresholds, ignored names and addresses (default: what `alerts config` prints)",
    )
    .option("-o, --out <file>", "the file to write (default: the standard output)")
    .option("--datasource <uid>", "Grafana: the data source for metrics (default: prometheus)")
    .addOption(
      new Option("--names <names>", "how Prometheus spells metric names")
        .choices(["underscore", "utf8"])
        .default("underscore"),
    )
    .addOption(
      new Option("--histograms <kind>", "how Prometheus stores histograms")
        .choices(["classic", "native"])
        .default("classic"),
    )
    .addHelpText("after", examples)
    .action((options: AlertOptions) => guarded(async () => (await import("./alerts/export.ts")).exportAlerts(options)));

const examples = `
Examples:
  $ jobtrail alerts config > alerts.yaml
  $ jobtrail alerts export --format prometheus --config alerts.yaml --out rules/jobtrail.yaml
  $ jobtrail alerts export --format prometheus-operator | kubectl apply -f -
  $ jobtrail alerts export --format grafana --datasource P1809F7CD0C75ACF3 --out provisioning/alerting/jobtrail.yaml`;
