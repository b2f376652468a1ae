import { isDateFormat, isTimeZone, schemas } from "@jobtrail/schemas";
import { Command, InvalidArgumentError, Option } from "commander";
import type { HrTime } from "@opentelemetry/api";
import { address, time } from "./arguments.ts";
import type { Conversion, Counts } from "./convert/conversion.ts";
import type { Host } from "./convert/host.ts";
import { defaultFolder } from "./folder.ts";

interface ConvertOptions {
  readonly from: string;
  readonly to: string;
  readonly format: "ndjson" | "csv";
  readonly seen?: HrTime;
  readonly rejects?: string;
  readonly endpoint?: string;
  readonly lenient?: true;
  readonly dateFormat?: string;
  readonly timeZone?: string;
  readonly job?: string;
  readonly data?: string;
  readonly url?: string;
}

const names = Object.keys(schemas);

/** `jobtrail convert`: records of one schema, or one job of a job log, in another schema. */
export const convert = (host: Host = process): Command =>
  new Command("convert")
    .description("Write job-log records of one schema in another, or a job of a job log in any.")
    .helpOption("-h, --help", "show this help")
    .showHelpAfterError("(jobtrail convert --help says what there is)")
    .argument("[files...]", "JSON, NDJSON or CSV, also as gzip or in container logs; - or none for the standard input")
    .addOption(
      new Option("-f, --from <schema>", "what is read").choices(["auto", ...names, "events", "otlp"]).default("auto"),
    )
    .addOption(
      new Option("-t, --to <schema>", "what is written").choices([...names, "events", "otlp"]).default("events"),
    )
    .addOption(new Option("--format <format>", "how records are written").choices(["ndjson", "csv"]).default("ndjson"))
    .addOption(
      new Option(
        "--seen <time>",
        "when the records were learned of, such as 2026-01-31T12:00:00Z, so that each run writes the same (default: now)",
      ).argParser(time),
    )
    .option("--rejects <file>", "where what cannot be read goes, one JSON object a line (default: standard error)")
    .addOption(
      new Option(
        "--endpoint <url>",
        "send OTLP there, such as http://localhost:4318, instead of printing it",
      ).argParser(address),
    )
    .option("--lenient", "pass over the comma that is one too many in the list of Devo's documentation")
    .addOption(
      new Option(
        "--date-format <format>",
        "how Better Content Archiving's times are written, such as dd.MM.yyyy HH:mm:ss; needs --time-zone",
      ).argParser(dateFormat),
    )
    .addOption(
      new Option("--time-zone <zone>", "the zone of times that name none, such as Europe/Budapest or +01:00").argParser(
        timeZone,
      ),
    )
    .option("--job <uid>", "write this job of a job log instead of files")
    .option("-d, --data <folder>", `the job log's folder, with --job (default: ${JSON.stringify(defaultFolder())})`)
    .addOption(new Option("--url <url>", "the job log's address, with --job").argParser(address).conflicts("data"))
    .addHelpText("after", examples)
    .action((files: readonly string[], options: ConvertOptions, command: Command) =>
      run(files, options, command, host),
    );

const examples = `
Examples:
  $ jobtrail convert --from product-live --to qlik audit-logs.csv.gz > runs.ndjson
  $ curl -s https://example.com/jobs | jobtrail convert --to harperdb -
  $ jobtrail convert --from qlik --to otlp --endpoint http://localhost:4318 audits.json
  $ jobtrail convert --job 0123456789abcdef0123456789abcdef --to better-content-archiving

A schema that names whose jobs they are takes it from JOBTRAIL_TENANT and JOBTRAIL_ACCOUNT.
--endpoint takes headers from OTEL_EXPORTER_OTLP_HEADERS, an own certificate authority from
OTEL_EXPORTER_OTLP_CERTIFICATE and a proxy from HTTP_PROXY and HTTPS_PROXY.
Ends with 0; with 2 where something could not be read or was an answer that is an error; with 1 where the work could not be done.`;

async function run(files: readonly string[], options: ConvertOptions, command: Command, host: Host): Promise<void> {
  const say = (line: string): void => void host.stderr.write(`${line}\n`);
  const wrong = conflictIn(files, options, command, host);
  if (wrong !== undefined) command.error(`error: ${wrong}`);
  if (host.stdin.isTTY === true && files.includes("-")) say("Reading what is typed here; Ctrl-D ends it.");
  // Each write reports its own error; an error event without a listener would end the process.
  host.stdout.on("error", () => undefined);
  try {
    const counts = await converted(files, options, host);
    say(summary(counts, options));
    if (counts.rejected + counts.errors > 0) host.exitCode = 2;
  } catch (error) {
    // An input that goes on would keep the process.
    host.stdin.destroy();
    if (isClosed(error)) return;
    if (!hasCode(error)) throw error;
    say(error.message);
    host.exitCode = 1;
  }
}

async function converted(files: readonly string[], options: ConvertOptions, host: Host): Promise<Counts> {
  // Loaded only here, so that --help does not wait for them.
  const { convertFiles, convertJob } = await import("./convert/run.ts");
  const { job, url, data = defaultFolder() } = options;
  const conversion = conversionOf(options, host);
  return job === undefined
    ? convertFiles(files, conversion)
    : convertJob(job, url === undefined ? { data } : { url }, conversion);
}

/** Whoever reads the output may have enough of it: that is no failure. */
const isClosed = (error: unknown): boolean => error instanceof Error && error.name === "ClosedError";

/** Whether an error was made to be read: it says its code and what to do. */
const hasCode = (error: unknown): error is Error => error instanceof Error && /^JOBTRAIL_[A-Z_]+: /.test(error.message);

function conflictIn(
  files: readonly string[],
  { job, url, data, to, format, endpoint }: ConvertOptions,
  command: Command,
  { stdin }: Host,
): string | undefined {
  if (job !== undefined && files.length > 0) return "--job takes a job of a job log, and no files.";
  if (job !== undefined && command.getOptionValueSource("from") === "cli")
    return "--job says what is read: leave out --from.";
  if (job === undefined && (url !== undefined || data !== undefined))
    return "--data and --url say where --job is; name the job.";
  if (endpoint !== undefined && to !== "otlp") return "--endpoint takes OTLP: add --to otlp.";
  if (to === "otlp" && format === "csv") return "OTLP has no form as CSV: leave out --format.";
  if (job === undefined && files.length === 0 && stdin.isTTY === true)
    return "name files, or give the records on the standard input; - reads what is typed.";
  return undefined;
}

const conversionOf = (options: ConvertOptions, host: Host): Conversion => ({
  from: options.job === undefined ? options.from : "events",
  to: options.to,
  format: options.format,
  reading: { lenient: options.lenient, dateFormat: options.dateFormat, timeZone: options.timeZone },
  // OpenTelemetry reads an empty variable as one that is not set.
  identity: {
    tenant: host.env["JOBTRAIL_TENANT"] || undefined,
    account: host.env["JOBTRAIL_ACCOUNT"] || undefined,
    service: host.env["OTEL_SERVICE_NAME"] || undefined,
  },
  seen: options.seen,
  endpoint: options.endpoint,
  rejects: options.rejects,
  host,
});

/** So many of what is odd in the records are shown. */
const mostAnomalies = 3;

function summary(counts: Counts, { to, endpoint, rejects }: ConvertOptions): string {
  const { written, other, rejected, errors, anomalous, anomalies, recognised } = counts;
  const line = [
    `${endpoint === undefined ? "Wrote" : "Sent"} ${written.toLocaleString("en")} (${to})`,
    ...(recognised.length > 0 ? [`read as ${recognised.join(" and ")}`] : []),
    ...(other > 0 ? [`other ${other.toLocaleString("en")}`] : []),
    ...(errors > 0 ? [`answers that are errors ${errors.toLocaleString("en")}`] : []),
    ...(anomalous > 0 ? [`with an anomaly ${anomalous.toLocaleString("en")}`] : []),
    ...(rejected > 0
      ? [`rejected ${rejected.toLocaleString("en")}${rejects === undefined ? "" : ` (in ${rejects})`}`]
      : []),
  ].join(", ");
  const odd = [...anomalies].toSorted(([, a], [, b]) => b - a).slice(0, mostAnomalies);
  return [line, ...odd.map(([anomaly, count]) => `  ${count.toLocaleString("en")}: ${anomaly}`)].join("\n");
}

function dateFormat(text: string): string {
  if (!isDateFormat(text))
    throw new InvalidArgumentError(
      "Expected a format that says one certain time, such as yyyy-MM-dd HH:mm:ss or d MMM yyyy h:mm a.",
    );
  return text;
}

function timeZone(text: string): string {
  if (!isTimeZone(text)) throw new InvalidArgumentError("Expected a zone such as Europe/Budapest, UTC or +01:00.");
  return text;
}
