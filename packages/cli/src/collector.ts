import { Argument, Command, Option } from "commander";
import { wholeNumber } from "./arguments.ts";
import { Fault } from "./collector/fault.ts";
import { prune } from "./collector/prune.ts";
import { resend } from "./collector/resend.ts";
import type { Wishes } from "./collector/run.ts";

/** `jobtrail collector`: what is to be done with the Collector. */
export const collector = (): Command =>
  new Command("collector")
    .description("Set up an OpenTelemetry Collector that brings jobs to any backend.")
    .helpOption("-h, --help", "say how it is used")
    .helpCommand(false)
    .addCommand(config())
    .addCommand(backends())
    .addCommand(resend())
    .addCommand(prune(guarded));

const config = (): Command =>
  new Command("config")
    .description("Print the Collector's configuration for a backend, check it, or try it with a test job.")
    .helpOption("-h, --help", "say how it is used")
    .option(
      "-b, --backend <name...>",
      "where records go; several where each is to have its own, such as a vendor and an archive",
    )
    .addOption(
      new Option("-t, --tier <tier>", "where the Collector stands; kafka is the one behind Kafka")
        .choices(["agent", "gateway", "kafka", "kafka-agent"])
        .default("agent"),
    )
    .option("-w, --with <fragment...>", "files of fragments/ that are added, such as kafka-sasl")
    .addOption(
      new Option("-p, --print <what>", "the merged configuration, or a command that starts a Collector on the files")
        .choices(["config", "command"])
        .default("config"),
    )
    .addOption(
      new Option("-d, --distribution <name>", "the Collector that will run it (default: the first that can)").choices([
        "core",
        "k8s",
        "contrib",
        "lean",
      ]),
    )
    .option("-c, --check", "print nothing; say all that would keep it from running or lose its data")
    .option("--send-test", "print nothing; send a test job to each backend and say what it answered")
    .option("--otelcol <path>", "the Collector for --check and --send-test (default: JOBTRAIL_OTELCOL, or one in PATH)")
    .option("--env-file <file>", "variables as systemd reads them, which count before those of the environment")
    .option("--no-ports", "with --check: let ports be in use, where the Collector runs already")
    .addOption(
      new Option("--free <MiB>", "with --check: the space that each disk must have beside what the fullest queue holds")
        .argParser(wholeNumber)
        .default(256),
    )
    .addHelpText("after", configExamples)
    .action((wishes: Wishes) => guarded(async () => (await import("./collector/run.ts")).config(wishes)));

const configExamples = `
Examples:
  $ jobtrail collector config --backend grafana-cloud > collector.yaml
  $ jobtrail collector config --backend loki tempo mimir --tier gateway
  $ jobtrail collector config --backend datadog --backend s3
  $ jobtrail collector config --backend datadog joblog --check --env-file /etc/jobtrail/collector.env
  $ jobtrail collector config --backend honeycomb --send-test --otelcol ./otelcol-contrib

No value of a variable is ever printed. --check and --send-test end with 1 where something is wrong.`;

const backends = (): Command =>
  new Command("backends")
    .description("List the backends, or say all about one.")
    .helpOption("-h, --help", "say how it is used")
    .addArgument(new Argument("[name]", "the backend that is explained"))
    .addOption(new Option("--format <format>", "how it is written").choices(["table", "json"]).default("table"))
    .addHelpText("after", "\nExamples:\n  $ jobtrail collector backends\n  $ jobtrail collector backends loki")
    .action((name: string | undefined, { format }: { readonly format: "table" | "json" }) =>
      guarded(async () => (await import("./collector/run.ts")).backends(name, format)),
    );

/** What a user can mend is said in a line. */
async function guarded(action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
