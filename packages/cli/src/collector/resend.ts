import { appendFileSync } from "node:fs";
import { errorLine } from "@jobtrail/conventions";
import { shown } from "@jobtrail/delivery";
import { Command, Option } from "commander";
import { address, durationMs, momentMs } from "../arguments.ts";
import { EndpointError, receiverAt } from "../endpoint.ts";
import { catalogue } from "../errors.ts";
import type { Resend, Resent } from "../resend/run.ts";

interface ResendOptions {
  readonly endpoint: string;
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
        .makeOptionMandatory(),
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
  $ jobtrail collector resend /var/lib/jobtrail/second-sink --since 2026-01-31T03:00:00Z --endpoint http://localhost:14319

Headers, such as a token, are taken from OTEL_EXPORTER_OTLP_HEADERS, an own certificate authority from
OTEL_EXPORTER_OTLP_CERTIFICATE, a proxy from HTTP_PROXY and HTTPS_PROXY. Requests are JSON: for a backend that accepts
no JSON, or no OTLP, send to the Collector itself through its receiver for resends (fragments/resend.yaml).
It remembers what was accepted: the same command continues where the last one ended.
Exit codes: 0; 2 if something was refused, now or before, or a file is damaged; 1 if not everything could
be sent.`;

async function run(folder: string, options: ResendOptions, command: Command): Promise<void> {
  if (options.delete === true && (options.since !== undefined || options.until !== undefined))
    command.error("error: --delete removes whole files: leave out --since and --until.");
  // Loaded only here, so that --help does not wait for them.
  const [{ resend: send }, { SinkError }, { CheckpointError }] = await Promise.all([
    import("../resend/run.ts"),
    import("../resend/file.ts"),
    import("@jobtrail/delivery/source"),
  ]);
  try {
    const resent = await send(resendOf(folder, options));
    console.error(summary(resent, options));
    const { stopped, rejected, refusedBefore, damaged } = resent;
    process.exitCode = stopped !== undefined ? 1 : rejected + refusedBefore + damaged > 0 ? 2 : 0;
  } catch (error) {
    const known = [SinkError, EndpointError, CheckpointError].some((kind) => error instanceof kind);
    if (!known || !(error instanceof Error)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

const resendOf = (folder: string, options: ResendOptions): Resend => ({
  folder,
  receiver: { ...receiverAt(options.endpoint, process.env), patienceMs: options.retryFor },
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

function summary(resent: Resent, { endpoint, dryRun }: ResendOptions): string {
  const { files, records, rejected, refusedBefore, damaged, removed, stopped } = resent;
  const counts = [
    `${dryRun === true ? "Would send" : "Sent"} ${records.toLocaleString("en")} records of ${files} files to ${shown(endpoint)}`,
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
