import { userInfo } from "node:os";
import { createInterface } from "node:readline/promises";
import type { Verb } from "@jobtrail/bridge/devo";
import { Command } from "commander";
import { EndpointError } from "./endpoint.ts";
import { failure } from "./errors.ts";

interface DevoOptions {
  readonly config: string;
  readonly bridge?: string;
  readonly reason?: string;
  readonly as?: string;
  readonly endpoint?: string;
  readonly yes?: true;
}

const briefs: Readonly<Record<Verb, string>> = {
  stop: "Stop a running job; it keeps its place and can be started again.",
  start: "Start a stopped job again where it stopped.",
  remove: "Remove a job; nothing brings it back.",
};

/** `jobtrail devo stop|start|remove`: changes a job of Devo, and records who did it and why. */
export const devo = (): Command => {
  const command = new Command("devo")
    .description("Stop, start or remove a job of Devo, and record who did it and why.")
    .helpOption("-h, --help", "show this help")
    .helpCommand(false);
  for (const [verb, brief] of Object.entries(briefs) as [Verb, string][]) command.addCommand(change(verb, brief));
  return command;
};

const change = (verb: Verb, brief: string): Command =>
  new Command(verb)
    .description(brief)
    .helpOption("-h, --help", "show this help")
    .argument("<id>", "the job's id")
    .option("-c, --config <file>", "the configuration of the bridges, in YAML", "bridge.yaml")
    .option("--bridge <name>", "which Devo of the configuration, where it has several")
    .option("--reason <text>", "why, for the record")
    .option("--as <name>", "who does it, for the record (default: the user of this machine)")
    .option("--endpoint <url>", "the OTLP receiver of the record (default: as jobtrail bridge)")
    .option("-y, --yes", "do not ask for confirmation")
    .action((id: string, options: DevoOptions) => run(verb, id, options));

async function run(verb: Verb, id: string, options: DevoOptions): Promise<void> {
  try {
    await changeJob(verb, id, options);
  } catch (error) {
    if (!(error as Error).message.startsWith("JOBTRAIL_")) throw error;
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}

async function changeJob(verb: Verb, id: string, options: DevoOptions): Promise<void> {
  const { chosenIn, openTelemetry, readConfig } = await import("@jobtrail/bridge");
  const { actOn } = await import("@jobtrail/bridge/devo");
  const config = readConfig(options.config, process.env);
  const [found, other] = chosenIn(config, options.config, [options.bridge ?? "devo"]);
  if (found === undefined || other !== undefined || found.system !== "devo")
    throw failure("JOBTRAIL_BRIDGE_AMBIGUOUS", { file: options.config });
  const endpoint = options.endpoint ?? config.endpoint;
  const env = { ...process.env, ...(endpoint !== undefined && { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }) };
  const telemetry = openTelemetry({ env, say: (line) => console.error(line) });
  if (typeof telemetry === "string") throw new EndpointError(telemetry);
  const actions = actOn(found.config as Parameters<typeof actOn>[0], found.name, verb, id);
  try {
    if (options.yes !== true && !(await isConfirmed(`${words[verb]} ${await actions.look()}?`))) {
      console.error("Nothing was done.");
      process.exitCode = 1;
      return;
    }
    const actor = options.as ?? userInfo().username;
    const { isDone, says, event } = await actions.act({ actor, reason: options.reason });
    (isDone ? console.log : console.error)(says);
    if (!isDone) process.exitCode = 1;
    if (event !== undefined) await telemetry.records.write([event], AbortSignal.timeout(30_000));
  } finally {
    actions.close();
    await telemetry.close();
  }
}

const words: Readonly<Record<Verb, string>> = { stop: "Stop", start: "Start", remove: "Remove" };

/** Asks once; whoever is no terminal cannot answer. */
async function isConfirmed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw failure("JOBTRAIL_CONFIRMATION_MISSING", { question });
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} [y/N] `);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
