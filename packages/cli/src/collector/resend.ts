import { appendFileSync } from "node:fs";
import { CatalogueError, errorLine } from "@jobtrail/conventions";
import { shown } from "@jobtrail/delivery";
import { Command, Option } from "commander";
import { address, durationMs, momentMs } from "../arguments.ts";
import { EndpointError, receiverAt } from "../endpoint.ts";
import { catalogue } from "../errors.ts";
import type { Resend, Resent } from "../resend/run.ts";

interface ResendOptions {
  readonly endpoint?: string;
  readonly backend?: string;
  readonly config: string;
  readonly envFile?: string;
  readonly encoding: "json" | "protobuf";
  readonly since?: number;
  readonly until?: number;
  readonly retryFor: number;
  readonly rejects?: string;
  readonly delete?: true;
  readonly again?: true;
  readonly dryRun?: true;
}

/** `jobtrail collector resend`: sends records of the second sink that a backend did not accept. */
export const resend = (): Command =>
  new Command("resend")
    .description("Send the records of a Collector's second sink to a backend or a job log.")
    .helpOption("-h, --help", "show this help")
    .argument("<dir>", "the folder second-sink of the Collector; packed files (.gz) are read too")
    .addOption(
      new Option("-e, --endpoint <url>", "the receiver of OTLP over HTTP, such as http://localhost:4318")
        .argParser(address)
        .conflicts("backend"),
    )
    .option(
      "-b, --backend <name>",
      "instead of --endpoint: a backend of the Collector, which sends the records to it alone, through its own receiver for resends",
    )
    .option("-c, --config <file>", "with --backend: the configuration that the Collector runs", "collector.yaml")
    .option("--env-file <file>", "with --backend: the Collector's variables, in systemd's format")
    .addOption(
      new Option("--encoding <encoding>", "how requests are encoded; json sends them as they are in the files")
        .choices(["json", "protobuf"])
        .default("json"),
    )
    .addOption(
      new Option("--since <time>", "only records from this time on, such as 2026-01-31T12:00:00Z").argParser(momentMs),
    )
    .addOption(new Option("--until <time>", "only records before this time").argParser(momentMs))
    .addOption(
      new Option("--retry-for <time>", "how long to wait for a receiver that does not answer, such as 30s or 10m")
        .argParser(durationMs)
        .default(120_000, "2m"),
    )
    .option(
      "--rejects <file>",
      "the file for refused records, one JSON object per line (default: only the reason is printed)",
    )
    .option("--delete", "remove files that were accepted completely; never the file that the Collector writes to")
    .option("--again", "resend the whole of each file from which something was refused before")
    .option("--dry-run", "report how much would be sent, and send nothing")
    .addHelpText("after", examples)
    .action(run);

const examples = `
Examples:
  $ jobtrail collector resend ./jobtrail-collector/second-sink --endpoint http://localhost:4318
  $ jobtrail collector resend ./jobtrail-collector/second-sink --backend s3
  $ jobtrail collector resend /var/lib/jobtrail/second-sink --backend datadog --config /etc/jobtrail/collector.yaml --since 2026-01-31T03:00:00Z

--backend needs a configuration that was printed with \`--with resend\`: its Collector has a receiver for resends, and
one for each backend where several take log records. The Collector encodes a record as the backend wants it, and adds
its headers.

Headers, such as a token, are taken from OTEL_EXPORTER_OTLP_HEADERS, an own certificate authority from
OTEL_EXPORTER_OTLP_CERTIFICATE, a proxy from HTTP_PROXY and HTTPS_PROXY. With --encoding protobuf the severity text of
records, which Jobtrail does not write, is left out.
It remembers what was accepted: the same command continues where the last one ended.
Exit codes: 0; 2 if something was refused, now or before, or a file is damaged; 1 if not everything could
be sent.`;

async function run(folder: string, options: ResendOptions, command: Command): Promise<void> {
  if (options.endpoint === undefined && options.backend === undefined)
    command.error("error: name the receiver with --endpoint, or a backend of the Collector with --backend.");
  if (options.delete === true && (options.since !== undefined || options.until !== undefined))
    command.error("error: --delete removes whole files: leave out --since and --until.");
  if (options.delete === true && options.backend !== undefined)
    command.error(
      "error: --delete does not go with --backend: a Collector acknowledges records before its backend accepts them.",
    );
  // Loaded only here, so that --help does not wait for them.
  const [{ resend: send }, { SinkError }, { CheckpointError }] = await Promise.all([
    import("../resend/run.ts"),
    import("../resend/file.ts"),
    import("@jobtrail/delivery/source"),
  ]);
  try {
    const endpoint = await endpointOf(options);
    const resent = await send(resendOf(folder, endpoint, options));
    console.error(summary(resent, endpoint, options));
    const { stopped, rejected, refusedBefore, damaged } = resent;
    process.exitCode = stopped !== undefined ? 1 : rejected + refusedBefore + damaged > 0 ? 2 : 0;
  } catch (error) {
    const known = [SinkError, EndpointError, CheckpointError, CatalogueError].some((kind) => error instanceof kind);
    if (!known || !(error instanceof Error)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

/** The receiver's address. @throws CatalogueError where the Collector has no receiver for the backend. */
async function endpointOf({ endpoint, backend, config, envFile }: ResendOptions): Promise<string> {
  if (backend === undefined) return endpoint ?? "";
  const [{ resendAddressOf }, { environment }] = await Promise.all([
    import("./resend-receiver.ts"),
    import("./environment-file.ts"),
  ]);
  return resendAddressOf(config, backend, environment(envFile));
}

const resendOf = (folder: string, endpoint: string, options: ResendOptions): Resend => ({
  folder,
  receiver: { ...receiverAt(endpoint, process.env, options.encoding), patienceMs: options.retryFor },
  range: {
    ...(options.since !== undefined && { since: options.since }),
    ...(options.until !== undefined && { until: options.until }),
  },
  isDry: options.dryRun === true,
  removes: options.delete === true,
  again: options.again === true,
  say: (sentence) => console.error(sentence),
  rejected(request, reason) {
    console.error(reason);
    if (options.rejects !== undefined) appendFileSync(options.rejects, `${JSON.stringify({ reason, request })}\n`);
  },
});

function summary(resent: Resent, endpoint: string, { backend, dryRun }: ResendOptions): string {
  const { files, records, rejected, refusedBefore, damaged, removed, stopped } = resent;
  const counts = [
    `${dryRun === true ? "Would send" : "Sent"} ${records.toLocaleString("en")} records of ${files} files to ${backend === undefined ? "" : `${backend}, `}${shown(endpoint)}`,
    ...(rejected > 0 ? [`refused ${rejected.toLocaleString("en")}`] : []),
    ...(refusedBefore > 0
      ? [`refused before ${refusedBefore.toLocaleString("en")} (--again sends their files again)`]
      : []),
    ...(damaged > 0 ? [`damaged files ${damaged}`] : []),
    ...(removed > 0 ? [`removed ${removed} files`] : []),
  ].join(", ");
  if (stopped === undefined) return counts;
  const arrived = "Jobtrail remembers what was accepted: run the same command to continue from here.";
  return `${errorLine(catalogue, "JOBTRAIL_SEND_FAILED", { problem: stopped, arrived })}\n${counts}`;
}
