import { Command, InvalidArgumentError, Option } from "commander";
import { durationMs } from "./arguments.ts";
import { defaultFolder } from "./folder.ts";
import type { ExportOptions, ImportOptions, LogOptions, PruneOptions } from "./log/run.ts";

/** `jobtrail log`: the commands for the data of a job log. */
export const log = (): Command =>
  new Command("log")
    .description("Export, import, prune, compact, check or rebuild the data of a job log.")
    .helpOption("-h, --help", "show this help")
    .helpCommand(false)
    .addCommand(exportCommand())
    .addCommand(importCommand())
    .addCommand(prune())
    .addCommand(compact())
    .addCommand(check())
    .addCommand(rebuild())
    .addHelpText("after", firstSteps);

const firstSteps = `
While the job log runs, only export and check work. The others change its files: end \`jobtrail serve\` first. Every
command has more under --help.`;

const command = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .helpOption("-h, --help", "show this help")
    .option("-d, --data <folder>", "the folder of the job log", defaultFolder());

const exportCommand = (): Command =>
  command("export", "Print everything that was received: OTLP requests as JSON, one per line.")
    .addOption(new Option("--from <day>", "only from this day of receipt (UTC) on").argParser(day))
    .addOption(new Option("--to <day>", "only before this day").argParser(day))
    .addHelpText(
      "after",
      `
Examples:
  $ jobtrail log export > jobs.jsonl
  $ jobtrail log export --from 2026-03-01 --to 2026-04-01 | gzip > march.jsonl.gz

\`jobtrail log import\` reads it, and \`jobtrail collector resend\` sends it to any OTLP backend.`,
    )
    .action(async (options: ExportOptions) => (await import("./log/run.ts")).exportLog(options));

const importCommand = (): Command =>
  command("import", "Keep the records of exported files, each once.")
    .argument("<file...>", "files that `export` has printed, also gzipped (.gz); - is the standard input")
    .addHelpText(
      "after",
      `
Examples:
  $ jobtrail log import jobs.jsonl
  $ jobtrail log import march.jsonl.gz --data ./restored

The day of receipt is the day of the import. An import that was interrupted can be repeated.`,
    )
    .action(async (files: string[], options: ImportOptions) =>
      (await import("./log/run.ts")).importLog(files, options),
    );

const prune = (): Command =>
  command("prune", "Forget the days that are older than a time, with their jobs that are over.")
    .addOption(
      new Option("--older-than <time>", "how long jobs are kept, such as 400d")
        .argParser(durationMs)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option("--scope <scope=time>", "keep a scope for another time; can be repeated").argParser(scopeTime),
    )
    .option(
      "--hold <scope>",
      "forget nothing of this scope, whatever its age; * is everything; can be repeated",
      collect,
    )
    .addHelpText(
      "after",
      `
Examples:
  $ jobtrail log prune --older-than 400d
  $ jobtrail log prune --older-than 400d --scope trial=30d --hold acme

What was forgotten is noted in removed.jsonl beside the data. \`jobtrail serve --retain\` does the same while it runs.`,
    )
    .action(async (options: PruneOptions) => (await import("./log/run.ts")).pruneLog(options));

const compact = (): Command =>
  command("compact", "Write the files anew so that they take as little room as they can.").action(
    async (options: LogOptions) => (await import("./log/run.ts")).compactLog(options),
  );

const check = (): Command =>
  command("check", "Read everything that is kept and report what is damaged or missing.")
    .addHelpText("after", "\nIt exits with code 1 if anything is.")
    .action(async (options: LogOptions) => (await import("./log/run.ts")).checkLog(options));

const rebuild = (): Command =>
  command("rebuild", "Make the catalogue and all lists anew from the records.").action(async (options: LogOptions) =>
    (await import("./log/run.ts")).rebuildLog(options),
  );

function day(text: string): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || Number.isNaN(Date.parse(text)))
    throw new InvalidArgumentError("Expected a day such as 2026-03-02.");
  return text;
}

/** A scope with its own time, added to those before. */
export function scopeTime(
  text: string,
  before: Readonly<Record<string, number>> = {},
): Readonly<Record<string, number>> {
  const at = text.lastIndexOf("=");
  if (at < 1) throw new InvalidArgumentError("Expected a scope and a time, such as acme=30d.");
  return { ...before, [text.slice(0, at)]: durationMs(text.slice(at + 1)) };
}

/** Adds a value to those before. */
export const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
