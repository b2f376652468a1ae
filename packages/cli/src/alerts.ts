import { alertFormats } from "@jobtrail/dashboards";
import { Command, Option } from "commander";
import { guarded } from "./guarded.ts";
import type { AlertOptions } from "./alerts/export.ts";

/** `jobtrail alerts`: the alerts, their thresholds, and their files. */
export const alerts = (): Command =>
  new Command("alerts")
    .description("List the alerts, or write them as rules for Prometheus, Grafana or Loki.")
    .helpOption("-h, --help", "say how it is used")
    .helpCommand(false)
    .addCommand(list())
    .addCommand(config())
    .addCommand(exported());

const list = (): Command =>
  new Command("list")
    .description("List the alerts.")
    .helpOption("-h, --help", "say how it is used")
    .addOption(new Option("--format <format>", "how the list is written").choices(["table", "json"]).default("table"))
    .action(({ format }: { readonly format: "table" | "json" }) =>
      guarded(async () => (await import("./alerts/list.ts")).list(format)),
    );

const config = (): Command =>
  new Command("config")
    .description("Print the configuration with all defaults, to begin a file of your own from.")
    .helpOption("-h, --help", "say how it is used")
    .action(() => guarded(async () => (await import("./alerts/print.ts")).printConfig()));

const exported = (): Command =>
  new Command("export")
    .description("Write the alerts as rules.")
    .helpOption("-h, --help", "say how it is used")
    .addOption(new Option("-f, --format <format>", "for what").choices(Object.keys(alertFormats)).makeOptionMandatory())
    .option("-c, --config <file>", "thresholds, what is ignored, and addresses (default: what `alerts config` prints)")
    .option("-o, --out <file>", "where they go (default: the standard output)")
    .option("--datasource <uid>", "Grafana: the data source for metrics (default: prometheus)")
    .addOption(
      new Option("--names <names>", "how Prometheus spells metrics")
        .choices(["underscore", "utf8"])
        .default("underscore"),
    )
    .addOption(
      new Option("--histograms <kind>", "how it keeps histograms").choices(["classic", "native"]).default("classic"),
    )
    .addHelpText("after", examples)
    .action((wishes: AlertOptions) => guarded(async () => (await import("./alerts/export.ts")).exportAlerts(wishes)));

const examples = `
Examples:
  $ jobtrail alerts config > alerts.yaml
  $ jobtrail alerts export --format prometheus --config alerts.yaml --out rules/jobtrail.yaml
  $ jobtrail alerts export --format prometheus-operator | kubectl apply -f -
  $ jobtrail alerts export --format grafana --datasource P1809F7CD0C75ACF3 --out provisioning/alerting/jobtrail.yaml`;
