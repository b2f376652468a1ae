import { fstatSync, statSync } from "node:fs";
import type { Stats } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { now } from "@jobtrail/core/event";
import { failure } from "../errors.ts";
import type { Conversion, Counts } from "./conversion.ts";
import { ResultWriter } from "./result-writer.ts";
import { readInput } from "./intake.ts";
import { inputsOf } from "./input.ts";
import type { Input } from "./input.ts";
import { eventsOf, sorted } from "./job.ts";
import type { Log } from "./job.ts";
import { rejected } from "./reader.ts";
import { temporaryError } from "./temporary.ts";

/**
 * Converts files, or the standard input; what was written before an error stays.
 * @throws CatalogueError where not all could be done.
 */
export async function convertFiles(names: readonly string[], conversion: Conversion): Promise<Counts> {
  const inputs = inputsOf(names);
  refuseOverwriting(inputs, conversion);
  const total = inputs.some(({ size }) => size === undefined)
    ? undefined
    : inputs.reduce((sum, { size = 0 }) => sum + size, 0);
  const seen = conversion.seen ?? now();
  return work(conversion, total, async (writer) => {
    for (const input of inputs) await readInput(input, conversion, seen, writer);
  });
}

/**
 * Converts one job of a job log.
 * @throws CatalogueError where it is not there.
 */
export async function convertJob(uid: string, log: Log, conversion: Conversion): Promise<Counts> {
  const { events, refusals } = sorted(await eventsOf(uid, log));
  return work(conversion, undefined, async (writer) => {
    for (const refusal of refusals) writer.put(rejected(refusal));
    writer.put({ kind: "events", events });
    await writer.flush();
  });
}

async function work(
  conversion: Conversion,
  total: number | undefined,
  read: (writer: ResultWriter) => Promise<void>,
): Promise<Counts> {
  limitHeap();
  await using writer = new ResultWriter(conversion, total);
  try {
    await read(writer);
    return await writer.finish();
  } catch (error) {
    throw temporaryError(error);
  }
}

/** Records are read, written and forgotten: left alone, V8 would let 100 MB of garbage pile up before it looks. */
function limitHeap(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString("--heap-growing-percent=20");
}

/** @throws CatalogueError where what is written would change what is read. */
function refuseOverwriting(inputs: readonly Input[], { rejects, endpoint, host: { stdin, stdout } }: Conversion): void {
  const read = inputs.map(({ name }) => (name === "-" ? opened(stdin.fd) : named(name)));
  const isRead = (file: Stats | undefined): boolean => read.some((each) => isSameFile(each, file));
  if (rejects !== undefined && isRead(named(rejects)))
    throw failure("JOBTRAIL_OUTPUT_IS_INPUT", { name: `the file of --rejects, ${rejects},` });
  if (endpoint === undefined && isRead(opened(stdout.fd)))
    throw failure("JOBTRAIL_OUTPUT_IS_INPUT", { name: "the standard output" });
}

const named = (name: string): Stats | undefined => statSync(name, { throwIfNoEntry: false });

const opened = (fd: number | undefined): Stats | undefined => (fd === undefined ? undefined : fstatSync(fd));

const isSameFile = (one: Stats | undefined, other: Stats | undefined): boolean =>
  one !== undefined && other !== undefined && one.isFile() && one.ino === other.ino && one.dev === other.dev;
