import { Argument, Command, Option } from "commander";
import { wholeNumber } from "./arguments.ts";
import { guarded } from "./guarded.ts";
import { prune } from "./collector/prune.ts";
import { resend } from "./collector/resend.ts";
import type { ConfigOptions } from "./collector/run.ts";

/** `jobtrail collector`: the commands for the Collector. */
export const collector = (): Command =>
  new Command("collector")
    .description("Set up an OpenTelemetry Collector that brings jobs to any backend.")
    .helpOption("-h, --help", "show this help")
    .helpCommand(false)
    .addCommand(config())
    .addCommand(backends())
    .addCommand(resend())
    .addCommand(prune())
    .addHelpText("after", firstSteps);

const firstSteps = `
First steps:
  $ jobtrail collector backends                                   which backends there are, and what each needs
  $ jobtrail collector config --backend datadog --check           what is missing, before a Collector runs
  $ jobtrail collector config --backend datadog > collector.yaml
  $ otelcol-contrib --config collector.yaml

Two backends at once: --backend datadog --backend s3. Every command has more under --help.`;

const config = (): Command =>
  new Command("config")
    .description("Print the Collector's configuration for a backend, check it, or try it with a test job.")
    .helpOption("-h, --help", "show this help")
    .option("-b, --backend <name...>", "the backends to send to, one or several, such as a vendor and an archive")
    .addOption(
      new Option("-t, --tier <tier>", "where the Collector runs; kafka is the tier that reads from Kafka")
        .choices(["agent", "gateway", "kafka", "kafka-agent"])
        .default("agent"),
    )
    .option("-w, --with <fragment...>", "files of fragments/ to add, such as kafka-sasl")
    .addOption(
      new Option("-p, --print <what>", "the merged configuration, or a command that starts a Collector on the files")
        .choices(["config", "command"])
        .default("config"),
    )
    .addOption(
      new Option(
        "-d, --distribution <name>",
        "the Collector distribution that will run it (default: the first that has every component)",
      ).choices(["core", "k8s", "contrib", "lean"]),
    )
    .option(
      "-c, --check",
      "print no configuration; report everything that would stop the Collector from starting or lose data",
    )
    .option("--send-test", "print no configuration; send a test job to each backend and report its answer")
    .option("--otelcol <path>", "the Collector for --check and --send-test (default: JOBTRAIL_OTELCOL, or one in PATH)")
    .option("--env-file <file>", "a file of variables in systemd's format; they override the environment")
    .option("--no-ports", "with --check: do not check the ports, because the Collector already runs")
    .addOption(
      new Option(
        "--free <MiB>",
        "with --check: the free space that each disk must have beyond the size of the fullest queue",
      )
        .argParser(wholeNumber)
        .default(256),
    )
    .addHelpText("after", configExamples)
    .action((options: ConfigOptions) => guarded(async () => (await import("./collector/run.ts")).config(options)));

const configExamples = `
Examples:
  $ jobtrail collector config --backend grafana-cloud > collector.yaml
  $ jobtrail collector config --backend loki tempo mimir --tier gateway
  $ jobtrail collector config --backend datadog --backend s3
  $ jobtrail collector config --backend datadog joblog --check --env-file /etc/jobtrail/collector.env
  $ jobtrail collector config --backend honeycomb --send-test --otelcol ./otelcol-contrib

Values of variables are never printed. --check and --send-test exit with code 1 if they find a fault.`;

const backends = (): Command =>
  new Command("backends")
    .description("List the backends, or describe one.")
    .helpOption("-h, --help", "show this help")
    .addArgument(new Argument("[name]", "the backend to describe"))
    .addOption(new Option("--format <format>", "the output format").choices(["table", "json"]).default("table"))
    .addHelpText("after", "\nExamples:\n  $ jobtrail collector backends\n  $ jobtrail collector backends loki")
    .action((name: string | undefined, { format }: { readonly format: "table" | "json" }) =>
      guarded(async () => (await import("./collector/run.ts")).backends(name, format)),
    );
