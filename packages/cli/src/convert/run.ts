import { statSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { now } from "@jobtrail/core";
import { schemas } from "@jobtrail/schemas";
import type { Identity, Reading, Schema } from "@jobtrail/schemas";
import type { HrTime } from "@opentelemetry/api";
import { eventReader, otlpReader } from "./event.ts";
import { inputsOf, piecesIn } from "./input.ts";
import type { Input } from "./input.ts";
import { eventsOf, sorted } from "./job.ts";
import type { Log } from "./job.ts";
import { lines, table } from "./output.ts";
import type { Output } from "./output.ts";
import type { Piece } from "./piece.ts";
import { progressOf } from "./progress.ts";
import type { Progress } from "./progress.ts";
import { rejected } from "./reader.ts";
import type { Item, Reader } from "./reader.ts";
import { enough, recognised } from "./recognise.ts";
import { recordReader } from "./record.ts";
import { toFile, toPeople } from "./reject.ts";
import type { Place } from "./reject.ts";
import { sender } from "./send.ts";
import { columnsOf } from "./table.ts";
import { toEvents, toOtlp, toRecords, toSame } from "./target.ts";
import type { Result, Target } from "./target.ts";

/** What is to be converted, and how. */
export interface Conversion {
  /** A schema's name, `auto`, `events` or `otlp`. */
  readonly from: string;
  /** A schema's name, `events` or `otlp`. */
  readonly to: string;
  readonly format: "ndjson" | "csv";
  readonly reading: Reading;
  readonly identity: Identity;
  /** When the records were learned of, where they do not say so; the time of the start where absent. */
  readonly seen?: HrTime | undefined;
  /** Where OTLP is sent to; it is printed where absent. */
  readonly endpoint?: string | undefined;
  /** The file of what cannot be read. */
  readonly rejects?: string | undefined;
}

/** How much was read and what became of it. */
export interface Counts {
  written: number;
  other: number;
  rejected: number;
}

/** An input that nobody can make sense of, or a wrong wish. */
export class ConvertError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ConvertError";
  }
}

/** Converts files, or the standard input; what was written before an error stays. */
export async function convertFiles(names: readonly string[], conversion: Conversion): Promise<Counts> {
  const inputs = inputsOf(names);
  const { rejects } = conversion;
  if (rejects !== undefined && inputs.some(({ name }) => isSameFile(name, rejects)))
    throw new ConvertError(`${rejects} is an input: --rejects would write over it. Name another file.`);
  const isSame = conversion.from === conversion.to;
  const total = inputs.some(({ size }) => size === undefined)
    ? undefined
    : inputs.reduce((sum, { size = 0 }) => sum + size, 0);
  return work(conversion, isSame, progressOf(total), async (desk) => {
    const seen = conversion.seen ?? now();
    for (const input of inputs) await readInput(input, conversion, seen, desk);
  });
}

/** Converts one job of a job log. */
export async function convertJob(uid: string, log: Log, conversion: Conversion): Promise<Counts> {
  const { events, refusals } = sorted(await eventsOf(uid, log));
  return work(conversion, false, progressOf(undefined), async (desk) => {
    for (const refusal of refusals) desk.put(rejected(refusal), undefined);
    desk.put({ kind: "told", events }, undefined);
    await desk.flush();
  });
}

const isSameFile = (one: string, other: string): boolean => {
  const [a, b] = [one, other].map((name) => statSync(name, { throwIfNoEntry: false }));
  return a !== undefined && b !== undefined && a.isFile() && a.ino === b.ino && a.dev === b.dev;
};

/** Where records are taken and their results handed out. */
interface Desk {
  readonly progress: Progress;
  put(item: Item, place: Place | undefined): void;
  flush(): Promise<void>;
}

/** Results that are handed out at a time when all is known. */
const portion = 200;

async function work(
  conversion: Conversion,
  isSame: boolean,
  progress: Progress,
  read: (desk: Desk) => Promise<void>,
): Promise<Counts> {
  // The young generation would grow to 100 MB, all of it garbage: records are read, written and forgotten.
  setFlagsFromString("--semi-space-growth-factor=1");
  const counts: Counts = { written: 0, other: 0, rejected: 0 };
  const rejects = conversion.rejects === undefined ? toPeople() : toFile(conversion.rejects);
  using target = targetOf(conversion, isSame);
  using output = outputOf(conversion, (count, why) => {
    counts.written -= count;
    counts.rejected += count;
    progress.clear();
    process.stderr.write(`The receiver did not take ${count} records: ${why}\n`);
  });
  const hand = (result: Result, place: Place | undefined): void => {
    if (result.kind === "written") {
      output.put(result);
      counts.written += result.count;
    } else if (result.kind === "other") counts.other += 1;
    else {
      counts.rejected += 1;
      if (conversion.rejects === undefined) progress.clear();
      rejects.put(result, place);
    }
  };
  const desk: Desk = {
    progress,
    put(item, place) {
      if (item.kind !== "told") hand(item, place);
      else for (const result of target.take(item)) hand(result, place);
    },
    async flush() {
      progress.wrote(counts.written);
      await output.flush();
      await rejects.flush();
    },
  };
  try {
    await read(desk);
    await finish(target, hand, desk);
    await output.finish();
  } finally {
    progress.clear();
    await rejects.finish();
  }
  return counts;
}

async function finish(
  target: Target,
  hand: (result: Result, place: undefined) => void,
  { flush }: Desk,
): Promise<void> {
  let waiting = 0;
  for (const result of target.finish()) {
    hand(result, undefined);
    if (++waiting % portion === 0) await flush();
  }
  await flush();
}

async function readInput(input: Input, conversion: Conversion, seen: HrTime, desk: Desk): Promise<void> {
  const place = (piece: Piece): Place => ({ input: input.name, line: piece.line });
  let reader = readerOf(conversion, seen);
  let waiting: Piece[] = [];
  const readAll = async (pieces: readonly Piece[], known: Reader): Promise<void> => {
    for (const piece of pieces) for (const item of known.read(piece)) desk.put(item, place(piece));
    await desk.flush();
  };
  const recognise = async (): Promise<Reader> => {
    const found = recognised(waiting, conversion.reading, seen);
    if (typeof found === "string")
      throw new ConvertError(`${input.name}: not recognised: ${found}. Say what it is with --from.`);
    await readAll(waiting, found);
    waiting = [];
    return found;
  };
  let line = 1;
  try {
    for await (const pieces of piecesIn(input, columnNames, desk.progress.read)) {
      line = pieces.at(-1)?.line ?? line;
      if (reader !== undefined) await readAll(pieces, reader);
      else if ((waiting = [...waiting, ...pieces]).length >= enough) reader = await recognise();
    }
  } catch (error) {
    if (!isOfGzip(error)) throw error;
    const reason = { refused: true, path: "input", expected: "gzip", found: error.message } as const;
    desk.put(rejected(reason), { input: input.name, line });
  }
  if (reader === undefined) await recognise();
}

const columnNames: ReadonlySet<string> = new Set([
  ...Object.values(schemas).flatMap(columnsOf),
  "name",
  "time",
  "seen",
  "attributes",
  "own",
  "error",
  "span",
]);

const isOfGzip = (error: unknown): error is Error =>
  error instanceof Error && "code" in error && String(error.code).startsWith("Z_");

/** The schema of a name; what is none was refused when the command was read. */
const schemaNamed = (name: string): Schema<object> => schemas[name] as Schema<object>;

const plainReaders: Readonly<Record<string, Reader>> = { events: eventReader, otlp: otlpReader };

const readerOf = ({ from, reading }: Conversion, seen: HrTime): Reader | undefined =>
  from === "auto" ? undefined : (plainReaders[from] ?? recordReader(schemaNamed(from), reading, seen));

function targetOf({ to, identity }: Conversion, isSame: boolean): Target {
  if (to === "events") return toEvents();
  if (to === "otlp") return toOtlp(identity.service ?? "jobtrail");
  return isSame ? toSame(schemaNamed(to), identity) : toRecords(schemaNamed(to), identity);
}

function outputOf({ endpoint, format }: Conversion, refused: (count: number, why: string) => void): Output {
  if (endpoint !== undefined) return sender(endpoint, refused);
  return format === "csv" ? table(process.stdout) : lines(process.stdout);
}
