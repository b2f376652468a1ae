import { hash } from "node:crypto";
import { createReadStream, openSync, readdirSync, readSync, closeSync, readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { createInterface } from "node:readline";
import type { JsonObject } from "@jobtrail/schemas";
import { parse } from "csv-parse";
import { z } from "zod";
import { listIn } from "./list.ts";
import type { Clock } from "./pace.ts";

/** What was read of a file. */
export interface FileMark {
  readonly size: number;
  readonly changed: number;
  /** What the file begins with, by its hash: a file that only grew is read on. */
  readonly head: string;
  readonly records: number;
  readonly isWhole: boolean;
}

/** The files that were read, by name. */
export type FolderMark = Readonly<Record<string, FileMark>>;

/** The shape of what was read of a folder. */
export const folderShape: z.ZodType<FolderMark> = z.record(
  z.string(),
  z.object({ size: z.number(), changed: z.number(), head: z.string(), records: z.number(), isWhole: z.boolean() }),
);

/** Records of a file, and what was read of it with them. */
export interface FilePage {
  readonly name: string;
  readonly inputs: readonly (string | JsonObject)[];
  readonly mark: FileMark;
  /** How much of all the files that are new was read, from 0 to 1. */
  readonly share: number;
}

const perPage = 500;
/** A file that was changed less than this long ago may still be written to. */
const quietMs = 2000;
const headBytes = 4096;
const largest = 64 * 1024 * 1024;

/** How the files of a folder are read, by their endings. */
export interface FolderOptions {
  readonly folder: string;
  readonly clock: Clock;
  /** Takes a text apart that is neither JSON nor CSV: whether a line begins another record. */
  readonly begins?: (line: string) => boolean;
}

/** What is new in a folder: files that came, and files that grew. */
export async function* newIn(options: FolderOptions, known: FolderMark): AsyncGenerator<FilePage> {
  const found = filesIn(options).filter(({ name, size, changed }) => {
    const before = known[name];
    return before === undefined || !before.isWhole || before.size !== size || before.changed !== changed;
  });
  const total = found.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  for (const file of found) {
    const { name, path, size, changed } = file;
    const before = known[name];
    const head = headOf(path, Math.min(headBytes, before?.size ?? headBytes));
    const skipped = before !== undefined && before.head === head && before.size <= size ? before.records : 0;
    const of = { size, changed, head: headOf(path, Math.min(headBytes, size)) };
    let [records, at] = [0, 0];
    for await (const inputs of recordsIn(path, options)) {
      const fresh = inputs.slice(Math.max(0, skipped - records));
      records += inputs.length;
      at = Math.min(size, at + inputs.reduce((sum, input) => sum + lengthOf(input), 0));
      if (fresh.length > 0)
        yield { name, inputs: fresh, mark: { ...of, records, isWhole: false }, share: (done + at) / total };
    }
    done += size;
    yield { name, inputs: [], mark: { ...of, records, isWhole: true }, share: done / total };
  }
}

/** About how long a record is in its file. */
const lengthOf = (input: string | JsonObject): number =>
  typeof input === "string"
    ? input.length + 1
    : Object.values(input).reduce((sum: number, cell) => sum + (typeof cell === "string" ? cell.length : 8) + 1, 0);

interface Found {
  readonly name: string;
  readonly path: string;
  readonly size: number;
  readonly changed: number;
}

/** The files that are complete, the oldest first. */
function filesIn({ folder, clock }: FolderOptions): readonly Found[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith(".") && endings.has(extname(entry.name).toLowerCase()))
    .map(({ name }): Found => {
      const path = join(folder, name);
      const { size, mtimeMs } = statSync(path);
      return { name, path, size, changed: Math.round(mtimeMs) };
    })
    .filter(({ changed, size }) => size > 0 && clock.now() - changed >= quietMs)
    .toSorted((a, b) => a.changed - b.changed || (a.name < b.name ? -1 : 1));
}

const endings: ReadonlySet<string> = new Set([".json", ".ndjson", ".jsonl", ".csv", ".txt"]);

function headOf(path: string, bytes: number): string {
  const file = openSync(path, "r");
  try {
    const buffer = Buffer.alloc(bytes);
    return hash("sha256", buffer.subarray(0, readSync(file, buffer, 0, bytes, 0))).slice(0, 16);
  } finally {
    closeSync(file);
  }
}

type Inputs = readonly (string | JsonObject)[];

async function* recordsIn(path: string, { begins = () => false }: FolderOptions): AsyncGenerator<Inputs> {
  const ending = extname(path).toLowerCase();
  if (ending === ".csv") yield* rowsIn(path);
  else if (ending === ".txt") yield* partsIn(path, begins);
  else yield* jsonIn(path);
}

const encodingOf = (path: string): "utf16le" | "utf8" => {
  const start = readFileStart(path);
  return start[0] === 0xff && start[1] === 0xfe ? "utf16le" : "utf8";
};

function readFileStart(path: string): Buffer {
  const file = openSync(path, "r");
  const start = Buffer.alloc(2);
  readSync(file, start, 0, 2, 0);
  closeSync(file);
  return start;
}

const linesIn = (path: string): AsyncIterable<string> =>
  createInterface({ input: createReadStream(path, { encoding: encodingOf(path) }), crlfDelay: Infinity });

/** Rows of a table, by the names in its first line. */
async function* rowsIn(path: string): AsyncGenerator<Inputs> {
  let delimiter = ",";
  for await (const line of linesIn(path)) {
    delimiter = [",", ";", "\t"].reduce((most, each) =>
      line.split(each).length > line.split(most).length ? each : most,
    );
    break;
  }
  const parser = createReadStream(path, { encoding: encodingOf(path) }).pipe(
    parse({ delimiter, bom: true, columns: true, trim: true, relax_column_count: true, skip_empty_lines: true }),
  );
  yield* portions(parser as AsyncIterable<JsonObject>);
}

/** JSON values on a line each, or one value, which may be a list or hold one. */
async function* jsonIn(path: string): AsyncGenerator<Inputs> {
  if (await isByLine(path)) {
    yield* portions(filled(linesIn(path)));
    return;
  }
  // A list is taken apart as a text, so that each item keeps every digit.
  const text = statSync(path).size > largest ? "" : readFileSync(path, encodingOf(path));
  const list = listIn(text) ?? listIn(text, "data") ?? listIn(text, "object");
  const items = list?.items ?? [text];
  for (let at = 0; at < items.length; at += perPage) yield items.slice(at, at + perPage);
}

/** Whether each line is a JSON value: the first one ends where it began. */
async function isByLine(path: string): Promise<boolean> {
  for await (const line of filled(linesIn(path))) {
    try {
      return !Array.isArray(JSON.parse(line));
    } catch {
      return false;
    }
  }
  return false;
}

async function* filled(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) {
    const text = line.replace(/^\uFEFF/, "").trim();
    if (text !== "") yield text;
  }
}

/** Texts of several lines. What comes before the first beginning belongs to the first text. */
async function* partsIn(path: string, begins: (line: string) => boolean): AsyncGenerator<Inputs> {
  yield* portions(joined(linesIn(path), begins));
}

async function* joined(lines: AsyncIterable<string>, begins: (line: string) => boolean): AsyncGenerator<string> {
  let part: string[] = [];
  let hasBegun = false;
  for await (const line of lines) {
    const isNext = begins(line);
    if (isNext && hasBegun) {
      yield part.join("\n");
      part = [];
    }
    hasBegun ||= isNext;
    part.push(line);
  }
  if (part.some((line) => line.trim() !== "")) yield part.join("\n");
}

async function* portions<T>(items: AsyncIterable<T>): AsyncGenerator<readonly T[]> {
  let portion: T[] = [];
  for await (const item of items) {
    portion.push(item);
    if (portion.length < perPage) continue;
    yield portion;
    portion = [];
  }
  if (portion.length > 0) yield portion;
}
