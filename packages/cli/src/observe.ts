import { Argument, Command, Option } from "commander";
import { join, resolve } from "node:path";
import { CatalogueError } from "@jobtrail/conventions";
import { durationMs } from "./arguments.ts";
import { EndpointError } from "./endpoint.ts";
import { defaultFolder } from "./folder.ts";
import type { ObserveOptions } from "./observe/run.ts";

/** `jobtrail observe`: watches a job system's store from outside, until a signal ends it. */
export const observe = (): Command =>
  new Command("observe")
    .description("Watch the store of a job system from outside: what no app tells, and what only an outside view has.")
    .helpOption("-h, --help", "show this help")
    .addArgument(new Argument("<system>", "the job system").choices(["bullmq"]))
    .requiredOption("--url <url>", "the store's address, such as redis://localhost:6379")
    .option("--from <folder>", "the app's folder, whose own copy of the library is used", ".")
    .option("--queue <name>", "a queue to observe; can be repeated (default: all)", collect)
    .option("--prefix <prefix>", "what the app's keys begin with (default: bull)")
    .option("--endpoint <url>", "the OTLP receiver (default: OTEL_EXPORTER_OTLP_ENDPOINT)")
    .option("-d, --data <folder>", "the folder of what was read (default: in the user's data folder)")
    .addOption(
      new Option("--interval <time>", "how often queues are measured and runs without a worker looked for, such as 10s")
        .argParser(durationMs)
        .default(10_000, "10s"),
    )
    .option("--once", "end when all that is new has been read")
    .addHelpText("after", notes)
    .action(run);

const notes = `
What is read is remembered, so a restart goes on where it ended. The observer writes nothing into the store.
Records of the same event that an app sent too are one event in the job log; only the queues' own metrics are sent.
SIGTERM and Ctrl-C end it.`;

async function run(system: string, options: ObserveOptions): Promise<void> {
  // Loaded only here, so that all other commands and --help start fast.
  const { startObserver } = await import("./observe/run.ts");
  // A diagnostic report has the environment and the command in it, and there are the credentials.
  (process.report as { excludeEnv?: boolean }).excludeEnv = true;
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  try {
    await startObserver(system, {
      ...options,
      data: resolve(options.data ?? join(defaultFolder(), "observe")),
      stop: stop.signal,
      say,
      env: process.env,
    });
  } catch (error) {
    if (!(error instanceof CatalogueError || error instanceof EndpointError || isCoded(error))) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

const isCoded = (error: unknown): error is Error => error instanceof Error && error.message.startsWith("JOBTRAIL_");

const say = (sentence: string): void => console.error(`${new Date().toISOString()} ${sentence}`);

const collect = (name: string, before: readonly string[] = []): readonly string[] => [...before, name];
