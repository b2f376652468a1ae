import { once } from "node:events";
import { resolve } from "node:path";
import { CatalogueError } from "@jobtrail/conventions";
import type { JobLog } from "@jobtrail/joblog";
import { Command, Option } from "commander";
import { durationMs, port, webhook } from "./arguments.ts";
import { defaultFolder } from "./folder.ts";
import { collect, scopeTime } from "./log.ts";

interface ServeOptions {
  readonly data: string;
  readonly port: number;
  readonly host: string;
  readonly allowHost?: readonly string[];
  readonly retain: number;
  readonly retainScope?: Readonly<Record<string, number>>;
  readonly hold?: readonly string[];
  readonly credentials?: string;
  readonly qlikWebhook?: string;
}

const retainMs = (text: string): number => (text === "never" ? Infinity : durationMs(text));

/** `jobtrail serve`: a job log that runs until a signal ends it. */
export const serve = (version: string): Command =>
  new Command("serve")
    .description("Start a job log: it takes telemetry and shows the jobs on a page.")
    .helpOption("-h, --help", "show this help")
    .option("-d, --data <folder>", "the folder that keeps the jobs", defaultFolder())
    .addOption(
      new Option("-p, --port <number>", "the port to listen on; 0 for any free port").argParser(port).default(4318),
    )
    .option(
      "--host <address>",
      "the address to listen on; the job log has no login, so an open address shows the jobs to everyone",
      "localhost",
    )
    .option("--allow-host <name>", "another host name that browsers may use; can be repeated", collect)
    .addOption(
      new Option(
        "--retain <time>",
        "forget days that are older than this, with their jobs that are over, such as 30d; never keeps all",
      )
        .argParser(retainMs)
        .default(400 * 86_400_000, "400d"),
    )
    .addOption(
      new Option("--retain-scope <scope=time>", "keep a scope for another time; can be repeated").argParser(scopeTime),
    )
    .option(
      "--hold <scope>",
      "forget nothing of this scope, whatever its age; * is everything; can be repeated",
      collect,
    )
    .option(
      "--credentials <file>",
      "who may ask as HarperDB, Devo, Product-Live, Qlik and Better Content Archiving document it, and for which jobs; " +
        `without a file only this machine may, with the key "development"`,
    )
    .addOption(
      new Option(
        "--qlik-webhook <url>",
        "post an event to this address for each run that ends, as Qlik does",
      ).argParser(webhook),
    )
    .addHelpText("after", help)
    .action((options: ServeOptions) => run(options, version));

const help = `
A schema that names whose jobs they are takes it from JOBTRAIL_TENANT and JOBTRAIL_ACCOUNT.`;

async function run(options: ServeOptions, version: string): Promise<void> {
  const log = await start(options);
  if (log === undefined) return;
  console.log(greeting(log, options, version));
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  await log.close();
}

async function start(options: ServeOptions): Promise<JobLog | undefined> {
  const { data, port, host, allowHost, retain, retainScope, hold, credentials, qlikWebhook } = options;
  const { JOBTRAIL_TENANT: tenant, JOBTRAIL_ACCOUNT: account, OTEL_SERVICE_NAME: service } = process.env;
  // Loaded only here, so that all other commands and --help start fast.
  const { startJobLog, StartError, StoreError } = await import("@jobtrail/joblog");
  const { credentialsIn } = await import("./credentials.ts");
  try {
    return await startJobLog({
      data: resolve(data),
      port,
      host,
      ...(allowHost !== undefined && { allowHosts: allowHost }),
      retainMs: retain,
      ...(retainScope !== undefined && { retainScopesMs: retainScope }),
      ...(hold !== undefined && { hold }),
      ...(credentials !== undefined && { credentials: credentialsIn(credentials) }),
      ...(qlikWebhook !== undefined && { qlikWebhook }),
      owner: { ...(tenant && { tenant }), ...(account && { account }), ...(service && { service }) },
    });
  } catch (error) {
    if (!(error instanceof StartError || error instanceof StoreError || error instanceof CatalogueError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
    return undefined;
  }
}

function greeting({ url }: JobLog, { data, host, port }: ServeOptions, version: string): string {
  const flag = "node --import @jobtrail/register worker.js";
  return [
    `Jobtrail ${version}`,
    `  page  ${url}`,
    `  data  ${resolve(data)}`,
    `  app   ${port === 4318 ? flag : `OTEL_EXPORTER_OTLP_ENDPOINT=${url} ${flag}`}`,
    ...(isLoopback(host) ? [] : [`  Everyone who can reach ${host} can read the jobs: there is no login.`]),
    "Ctrl-C ends it.",
  ].join("\n");
}

const isLoopback = (host: string): boolean => host === "localhost" || host === "::1" || host.startsWith("127.");
