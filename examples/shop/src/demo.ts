/** A shop that runs on pg-boss and croner, watched by Jobtrail. `pnpm demo --help` says how. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StartError, startJobLog } from "@jobtrail/joblog";
import type { JobLog } from "@jobtrail/joblog";
import { openBridged } from "./bridged.ts";
import { differences } from "./compare.ts";
import { FlagError, readFlags, usage } from "./flags.ts";
import type { Flags } from "./flags.ts";
import { readTruth, writeTruth } from "./truth-file.ts";
import { openShop } from "./shop.ts";
import { progress } from "./terminal.ts";
import type { Progress } from "./terminal.ts";
import { readJobLog } from "./job-log.ts";
import type { JobLogContent } from "./job-log.ts";
import type { Truth } from "./compare.ts";

const show = progress();

try {
  const flags = readFlags(process.argv.slice(2));
  if (flags.help) process.stdout.write(usage);
  else process.exitCode = flags.check ? await checkAgain(flags) : await demo(flags);
} catch (error) {
  show.say(
    error instanceof FlagError
      ? `${error.message}\nSee: pnpm demo --help`
      : `The demo broke off: ${(error as Error).message}`,
  );
  process.exitCode = error instanceof FlagError ? 2 : 1;
}

/** Runs the shop; gives the exit code. */
async function demo(flags: Flags): Promise<number> {
  const folder = flags.data ?? mkdtempSync(join(tmpdir(), "jobtrail-demo-"));
  mkdirSync(folder, { recursive: true });
  const stopped = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopped.abort());
  await using jobLog = await openJobLog(flags, folder);
  show.say(`The job log: ${jobLog.url}`);
  try {
    await using shop = await openShop({ flags, folder, jobLog: jobLog.url, show, stop: stopped.signal });
    if (!flags.once) {
      await using bridges = flags.bridges ? await openBridged(folder, jobLog.url, show) : undefined;
      if (bridges !== undefined) show.say(`Five other systems are read by bridges: ${bridges.health}`);
      show.say("Jobs keep coming. Look at the page; Ctrl-C ends the demo.");
      await shop.untilStopped();
      show.say("Ending.");
      return 0;
    }
    const truth = await shop.finish();
    if (truth === undefined) return 130;
    if (flags.data !== undefined) writeTruth(folder, truth);
    return await report(flags, jobLog.url, truth);
  } finally {
    if (flags.data === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** The job log on its usual port; where that is taken and none was asked for, on a free one. */
async function openJobLog({ port }: Flags, folder: string): Promise<JobLog> {
  const data = join(folder, "joblog");
  if (port !== undefined) return await startJobLog({ data, port });
  try {
    return await startJobLog({ data });
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    show.say(`${error.message} The demo takes a free port instead.`);
    return await startJobLog({ data, port: 0 });
  }
}

async function checkAgain(flags: Flags): Promise<number> {
  const folder = flags.data ?? "";
  const truth = readTruth(folder);
  await using jobLog = await startJobLog({ data: join(folder, "joblog"), port: 0 });
  return await report(flags, jobLog.url, truth);
}

/** Compares, and says the result. */
async function report(flags: Flags, url: string, truth: Truth): Promise<number> {
  const content = await readJobLog(url);
  const found = differences(content, truth);
  for (const difference of found) show.say(`Different: ${difference}`);
  if (found.length === 0)
    show.say(
      `The same, job by job: ${truth.stored.length} jobs, ${[...truth.ticks.values()].flat().length} ticks, ${truth.lost.length} lost run${truth.lost.length === 1 ? "" : "s"}.`,
    );
  say(flags, content, url, show);
  return found.length === 0 ? 0 : 1;
}

function say({ json }: Flags, { summary }: JobLogContent, url: string, to: Progress): void {
  const { jobs, runs, success, failure, retries, lost, records, spans, metrics } = summary;
  if (json)
    process.stdout.write(
      `${JSON.stringify({ jobs, runs, success, failure, retries, lost, records, spans, metrics, url })}\n`,
    );
  else
    to.say(
      `${jobs} jobs, ${runs} runs: ${success} succeeded, ${failure} failed for good, ${retries} retries, ${lost} lost. ${records} records, ${spans} spans, ${metrics} metric points.`,
    );
}
