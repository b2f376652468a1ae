import { isNativeError } from "node:util/types";
import { fromIso } from "@jobtrail/core";
import { schemas } from "@jobtrail/schemas";
import { Command, InvalidArgumentError, Option } from "commander";
import type { HrTime } from "@opentelemetry/api";
import type { Conversion, Counts } from "./convert/run.ts";
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
export const convert = (): Command =>
  new Command("convert")
    .description("Write job-log records of one schema in another, or a job of a job log in any.")
    .helpOption("-h, --help", "say how it is used")
    .argument("[files...]", "JSON, NDJSON or CSV, also as gzip; - or none for the standard input")
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
    .option("--date-format <format>", "how times are written that are no ISO 8601, such as dd.MM.yyyy HH:mm:ss")
    .option("--time-zone <zone>", "the zone of times that name none, such as Europe/Budapest or +01:00")
    .option("--job <uid>", "write this job of a job log instead of files")
    .option("-d, --data <folder>", `the job log's folder, with --job (default: ${JSON.stringify(defaultFolder())})`)
    .addOption(new Option("--url <url>", "the job log's address, with --job").argParser(address).conflicts("data"))
    .addHelpText("after", examples)
    .action(run);

const examples = `
Examples:
  $ jobtrail convert --from product-live --to qlik audit-logs.csv.gz > runs.ndjson
  $ curl -s https://example.com/jobs | jobtrail convert --to harperdb -
  $ jobtrail convert --from qlik --to otlp --endpoint http://localhost:4318 audits.json
  $ jobtrail convert --job 0123456789abcdef0123456789abcdef --to better-content-archiving

A schema that names whose jobs they are takes it from JOBTRAIL_TENANT and JOBTRAIL_ACCOUNT.
Ends with 0; with 2 where something could not be read; with 1 where the work could not be done.`;

async function run(files: readonly string[], options: ConvertOptions, command: Command): Promise<void> {
  const wrong = conflictIn(files, options, command);
  if (wrong !== undefined) command.error(`error: ${wrong}`);
  // Whoever reads the output may have enough of it: that is no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  // Loaded here alone, so that --help is there at once.
  const { convertFiles, convertJob } = await import("./convert/run.ts");
  try {
    const { job, url, data = defaultFolder() } = options;
    const conversion = conversionOf(options);
    const counts =
      job === undefined
        ? await convertFiles(files, conversion)
        : await convertJob(job, url === undefined ? { data } : { url }, conversion);
    console.error(summary(counts, options));
    if (counts.rejected > 0) process.exitCode = 2;
  } catch (error) {
    if (!isNativeError(error) || error instanceof TypeError) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

function conflictIn(
  files: readonly string[],
  { job, url, data, to, format, endpoint }: ConvertOptions,
  command: Command,
): string | undefined {
  if (job !== undefined && files.length > 0) return "--job takes a job of a job log, and no files.";
  if (job !== undefined && command.getOptionValueSource("from") === "cli")
    return "--job says what is read: leave out --from.";
  if (job === undefined && (url !== undefined || data !== undefined))
    return "--data and --url say where --job is; name the job.";
  if (endpoint !== undefined && to !== "otlp") return "--endpoint takes OTLP: add --to otlp.";
  if (to === "otlp" && format === "csv") return "OTLP has no form as CSV: leave out --format.";
  if (job === undefined && files.length === 0 && process.stdin.isTTY)
    return "name files, or give the records on the standard input.";
  return undefined;
}

const conversionOf = (options: ConvertOptions): Conversion => ({
  from: options.job === undefined ? options.from : "events",
  to: options.to,
  format: options.format,
  reading: { lenient: options.lenient, dateFormat: options.dateFormat, timeZone: options.timeZone },
  identity: {
    tenant: setting("JOBTRAIL_TENANT"),
    account: setting("JOBTRAIL_ACCOUNT"),
    service: setting("OTEL_SERVICE_NAME"),
  },
  seen: options.seen,
  endpoint: options.endpoint,
  rejects: options.rejects,
});

/** OpenTelemetry reads an empty variable as one that is not set. */
const setting = (name: string): string | undefined => process.env[name] || undefined;

const summary = ({ written, other, rejected }: Counts, { to, endpoint, rejects }: ConvertOptions): string =>
  [
    `${endpoint === undefined ? "Wrote" : "Sent"} ${written.toLocaleString("en")} (${to})`,
    ...(other > 0 ? [`other ${other.toLocaleString("en")}`] : []),
    ...(rejected > 0
      ? [`rejected ${rejected.toLocaleString("en")}${rejects === undefined ? "" : ` (in ${rejects})`}`]
      : []),
  ].join(", ");

function time(text: string): HrTime {
  const value = fromIso(text);
  if (value === undefined) throw new InvalidArgumentError("Expected a time with a zone, such as 2026-01-31T12:00:00Z.");
  return value;
}

function address(text: string): string {
  if (!/^https?:$/.test(URL.parse(text)?.protocol ?? ""))
    throw new InvalidArgumentError("Expected an address such as http://localhost:4318.");
  return text;
}
