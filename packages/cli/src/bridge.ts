import { once } from "node:events";
import { join, resolve } from "node:path";
import { CatalogueError } from "@jobtrail/conventions";
import type { JobEvent } from "@jobtrail/core/event";
import type { Bridges, Config } from "@jobtrail/bridge";
import { Command, Option } from "commander";
import { momentMs } from "./arguments.ts";
import { EndpointError } from "./endpoint.ts";
import { defaultFolder } from "./folder.ts";

interface BridgeOptions {
  readonly config: string;
  readonly endpoint?: string;
  readonly data?: string;
  readonly listen?: string | false;
  readonly backfill?: number;
  readonly dryRun?: true;
  readonly once?: true;
  readonly example?: true;
}

/** `jobtrail bridge`: reads the job logs of other systems until a signal ends it. */
export const bridge = (): Command =>
  new Command("bridge")
    .description("Read the job logs of other systems as they grow, and send them as telemetry.")
    .helpOption("-h, --help", "show this help")
    .argument("[system...]", "which bridges of the configuration to run, by system or name (default: all)")
    .option("-c, --config <file>", "the configuration, in YAML", "bridge.yaml")
    .option("--endpoint <url>", "the OTLP receiver (default: of the configuration or OTEL_EXPORTER_OTLP_ENDPOINT)")
    .option("-d, --data <folder>", "the folder of what was read and refused (default: in the user's data folder)")
    .option("--listen <address>", "where to answer health checks and take webhooks (default: 127.0.0.1:4319)")
    .option("--no-listen", "listen nowhere")
    .addOption(
      new Option("--backfill <time>", "read the history since a time such as 2026-01-31T00:00:00Z, and end").argParser(
        momentMs,
      ),
    )
    .option("--once", "end when all that is new has been read")
    .option("--dry-run", "print the events, send nothing and remember nothing")
    .option("--example", "print a configuration to begin with")
    .action(run);

async function run(wanted: readonly string[], options: BridgeOptions): Promise<void> {
  // Loaded only here, so that all other commands and --help start fast.
  const { systems } = await import("@jobtrail/bridge");
  if (options.example === true) {
    const found = Object.entries(systems).filter(([name]) => wanted.length === 0 || wanted.includes(name));
    return void process.stdout.write(found.map(([, { example }]) => example).join("\n"));
  }
  // A diagnostic report has the environment in it, and there are the credentials.
  (process.report as { excludeEnv?: boolean }).excludeEnv = true;
  try {
    const bridges = await start(wanted, options);
    await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM"), bridges.ended]);
    await bridges.stop();
    await bridges.ended;
  } catch (error) {
    if (!isExpected(error)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

/** Errors that say to a user what to do. */
const isExpected = (error: unknown): error is Error =>
  error instanceof CatalogueError || error instanceof EndpointError || (error as Error).message.startsWith("JOBTRAIL_");

async function start(wanted: readonly string[], options: BridgeOptions): Promise<Bridges> {
  const { chosenIn, openTelemetry, readConfig, startBridges } = await import("@jobtrail/bridge");
  const config = readConfig(options.config, process.env);
  const bridges = chosenIn(config, options.config, wanted);
  const endpoint = options.endpoint ?? config.endpoint;
  const env = { ...process.env, ...(endpoint !== undefined && { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }) };
  const telemetry = options.dryRun === true ? undefined : openTelemetry({ env, say });
  if (typeof telemetry === "string") throw new EndpointError(telemetry);
  const data = resolve(options.data ?? config.data ?? join(defaultFolder(), "bridge"));
  const { backfill, once: isOnce = false } = options;
  const listen = addressIn(options, config);
  const started = await startBridges({ bridges, data, telemetry, say, show, listen, backfill, once: isOnce });
  const health = started.url === undefined ? "" : ` Health: ${started.url}/health.`;
  say(`Reading ${bridges.map(({ name }) => name).join(", ")}.${health} Ctrl-C ends it.`);
  return started;
}

/** Where to listen: nowhere for what ends by itself, unless an address is given. */
function addressIn({ listen, backfill, once: isOnce, dryRun }: BridgeOptions, config: Config): string | undefined {
  if (listen === false) return undefined;
  const endsSoon = backfill !== undefined || isOnce === true || dryRun === true;
  return listen ?? (endsSoon ? undefined : (config.listen ?? "127.0.0.1:4319"));
}

const say = (sentence: string): void => console.error(`${new Date().toISOString()} ${sentence}`);

/** An event of a dry run, as a line of JSON. */
const show = (event: JobEvent): void => void process.stdout.write(`${JSON.stringify(event)}\n`);
