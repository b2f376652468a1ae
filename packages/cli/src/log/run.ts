import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { pipeline } from "node:stream";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { fromMillis } from "@jobtrail/core/event";
import {
  checkFolder,
  compactFolder,
  exportFolder,
  importInto,
  pruneFolder,
  rebuildFolder,
  StoreError,
} from "@jobtrail/joblog/folder";
import type { Imported } from "@jobtrail/joblog/folder";
import { failure, reasonOf } from "../errors.ts";
import { guarded } from "../guarded.ts";
import { mark } from "./mark.ts";

/** What every command of the log is given. */
export interface LogOptions {
  readonly data: string;
}

/** What `export` is given. */
export interface ExportOptions extends LogOptions {
  readonly from?: string;
  readonly to?: string;
}

/** What `import` is given. */
export type ImportOptions = LogOptions;

/** What `prune` is given; times in milliseconds. */
export interface PruneOptions extends LogOptions {
  readonly olderThan: number;
  readonly scope?: Readonly<Record<string, number>>;
  readonly hold?: readonly string[];
}

/** Prints everything that a job log keeps. */
export const exportLog = ({ data, ...range }: ExportOptions): Promise<void> =>
  run(async (show) => {
    let sum = 0;
    process.stdout.on("error", endQuietly);
    for (const { line, records } of exportFolder(resolve(data), range)) {
      if (!process.stdout.write(`${line}\n`)) await new Promise((drained) => process.stdout.once("drain", drained));
      sum += records;
      show(`${number(sum)} records`);
    }
  });

/** Whoever reads the output may have enough of it, as `head` does. */
function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
}

/** Keeps the records of files. */
export const importLog = (files: readonly string[], { data }: ImportOptions): Promise<void> =>
  run(async (show) => {
    const told = (done: Imported): void => show(`${number(done.stored + done.duplicates)} records`);
    const done = await importInto(resolve(data), linesOf(files), told);
    const more = done.reason && ` The first: ${done.reason.path}: expected ${done.reason.expected}.`;
    console.log(
      `${number(done.stored)} records kept, ${number(done.duplicates)} were there already, ${number(done.refused)} cannot be kept.${more ?? ""}`,
    );
    if (done.refused > 0) process.exitCode = 1;
  });

async function* linesOf(files: readonly string[]): AsyncGenerator<string> {
  for (const file of files) {
    try {
      yield* linesIn(file);
    } catch (cause) {
      throw failure("JOBTRAIL_INPUT_UNREADABLE", { name: file, reason: reasonOf(cause) }, { cause });
    }
  }
}

async function* linesIn(file: string): AsyncGenerator<string> {
  const input: Readable = file === "-" ? process.stdin : createReadStream(file);
  // An error of the file is passed on by what unpacks it.
  const text = file.endsWith(".gz") ? pipeline(input, createGunzip(), () => undefined) : input;
  let rest = "";
  for await (const chunk of text.setEncoding("utf8") as AsyncIterable<string>) {
    const lines = `${rest}${chunk}`.split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

/** Forgets what is old. */
export const pruneLog = ({ data, olderThan, scope, hold }: PruneOptions): Promise<void> =>
  run(async (show) => {
    const now = Date.now();
    const before = (ms: number): ReturnType<typeof fromMillis> => fromMillis(Math.max(0, now - ms));
    const scopes = Object.fromEntries(Object.entries(scope ?? {}).map(([name, ms]) => [name, before(ms)]));
    const retention = { before: before(olderThan), ...(scope && { scopes }), ...(hold && { hold }) };
    const { jobs, records, bytes } = await pruneFolder(resolve(data), retention, show);
    console.log(`Forgot ${number(jobs)} jobs with ${number(records)} records (${megabytes(bytes)}).`);
  });

/** Makes the files small. */
export const compactLog = ({ data }: LogOptions): Promise<void> =>
  run(async (show) => {
    const { days, before, after } = await compactFolder(resolve(data), show);
    console.log(`${number(days)} days took ${megabytes(before)}, and take ${megabytes(after)} now.`);
  });

/** Reports what is damaged. */
export const checkLog = ({ data }: LogOptions): Promise<void> =>
  run((show) => {
    const { days } = checkFolder(resolve(data), show);
    const faults = days.flatMap(({ day, faults: some }) => some.map((fault) => `${day}: ${fault}`));
    const records = days.reduce((sum, day) => sum + day.records, 0);
    const bytes = days.reduce((sum, day) => sum + day.bytes, 0);
    for (const fault of faults) console.log(fault);
    console.log(
      `${number(days.length)} days, ${number(records)} records, ${megabytes(bytes)}: ${faults.length === 0 ? "nothing is damaged or missing" : `${number(faults.length)} faults`}.`,
    );
    if (faults.length > 0) process.exitCode = 1;
  });

/** Makes all lists anew. */
export const rebuildLog = ({ data }: LogOptions): Promise<void> =>
  run(async (show) => {
    const days = await rebuildFolder(resolve(data), show);
    console.log(`The lists of ${number(days)} days were made anew.`);
  });

const run = (work: (show: (text: string) => void) => Promise<void> | void): Promise<void> =>
  guarded(async () => {
    const progress = mark();
    try {
      await work(progress.show);
    } catch (error) {
      progress.clear();
      if (!(error instanceof StoreError)) throw error;
      console.error(error.message);
      process.exitCode = 1;
    } finally {
      progress.clear();
    }
  });

const number = (count: number): string => count.toLocaleString("en");
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
