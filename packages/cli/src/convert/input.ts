import { createReadStream, statSync } from "node:fs";
import type { Stats } from "node:fs";
import { pipeline, Readable } from "node:stream";
import type { Transform } from "node:stream";
import { createGunzip } from "node:zlib";
import { isTable, rowsIn } from "./csv.ts";
import { Failure, reasonOf } from "./failure.ts";
import { faulty, pieceOf } from "./piece.ts";
import type { Piece } from "./piece.ts";
import { Splitter } from "./split.ts";

/** What is read: a file, or the standard input. */
export interface Input {
  /** As it was given; `-` is the standard input. */
  readonly name: string;
  /** In bytes; absent where nobody knows before the end. */
  readonly size?: number;
}

/** The bytes of the standard input. */
export type Standard = AsyncIterable<Buffer>;

/**
 * The inputs of a command.
 * @throws Failure for a file that is not there.
 */
export function inputsOf(names: readonly string[]): Input[] {
  return (names.length === 0 ? ["-"] : names).map((name) => {
    if (name === "-") return { name };
    const about = aboutOf(name);
    if (about.isDirectory()) throw unreadable(name, "it is a folder; name the files in it");
    return { name, ...(about.isFile() && { size: about.size }) };
  });
}

const unreadable = (name: string, reason: string, cause?: unknown): Failure =>
  new Failure("JOBTRAIL_INPUT_UNREADABLE", `${name}: ${reason}.`, { cause });

function aboutOf(name: string): Stats {
  try {
    return statSync(name);
  } catch (cause) {
    throw unreadable(name, reasonOf(cause), cause);
  }
}

/**
 * The pieces of an input, as they arrive: JSON in any arrangement, rows of CSV, or one text that is neither.
 * It is unpacked where it is gzip.
 * @param columns the names of fields that make the first line of a text the head of a table.
 * @param hear is told how many bytes were read.
 * @throws Failure where a file cannot be read.
 */
export async function* piecesIn(
  input: Input,
  stdin: Standard,
  columns: ReadonlySet<string>,
  hear: (bytes: number) => void,
): AsyncGenerator<readonly Piece[]> {
  const chunks = unpacked(heard(bytesOf(input, stdin), hear));
  let head = Buffer.alloc(0);
  for (;;) {
    const next = await chunks.next();
    if (next.done !== true) head = Buffer.concat([head, next.value]);
    if (next.done !== true && head.length < 3) continue;
    const isAll = next.done === true || head.length > pageLimit;
    const read = readerOf(head, isAll, columns);
    if (read === undefined && !isAll) continue;
    if (head.subarray(0, 3).equals(byteOrderMark)) head = head.subarray(3);
    yield* (read ?? whole)(again(head, chunks));
    return;
  }
}

/** The longest text that is neither JSON nor CSV, in bytes. */
const pageLimit = 4_000_000;

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

type Read = (chunks: AsyncGenerator<Buffer>) => AsyncGenerator<readonly Piece[]>;

/** How an input is to be read, by how it begins; nothing while that cannot be said. */
function readerOf(head: Buffer, isAll: boolean, columns: ReadonlySet<string>): Read | undefined {
  const text = head
    .toString("utf8")
    .replace(/^\uFEFF/, "")
    .trimStart();
  if (/^[[{]/.test(text)) return values;
  const end = text.search(/[\r\n]/);
  const line = end < 0 ? text : text.slice(0, end);
  if (end < 0 && !isAll) return undefined;
  if (isTable(line, columns)) return (chunks) => rowsIn(chunks, line);
  // A line that is nothing may stand before or among records.
  return /^[ \t]*[[{]/m.test(text) ? values : undefined;
}

async function* values(chunks: AsyncGenerator<Buffer>): AsyncGenerator<readonly Piece[]> {
  const splitter = new Splitter();
  for await (const chunk of chunks) yield splitter.push(chunk);
  yield splitter.end();
}

async function* whole(chunks: AsyncGenerator<Buffer>): AsyncGenerator<readonly Piece[]> {
  const { value: bytes = Buffer.alloc(0) } = (await chunks.next()) as { readonly value?: Buffer };
  const text = bytes.toString("latin1");
  if (text.trim() === "") return;
  yield [
    bytes.length > pageLimit
      ? faulty(1, "JSON, CSV, or the text of a page", "a long text that is none of these")
      : pieceOf(text, 1),
  ];
}

async function* again(head: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield head;
  yield* rest;
}

async function* bytesOf({ name }: Input, stdin: Standard): AsyncGenerator<Buffer> {
  try {
    yield* name === "-" ? stdin : createReadStream(name);
  } catch (cause) {
    throw unreadable(name, reasonOf(cause), cause);
  }
}

async function* heard(chunks: AsyncIterable<Buffer>, hear: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    hear(chunk.length);
    yield chunk;
  }
}

async function* unpacked(chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  let head = Buffer.alloc(0);
  while (head.length < 2) {
    const next = await chunks.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  const all = again(head, chunks);
  if (head[0] !== 0x1f || head[1] !== 0x8b) yield* all;
  else yield* through(all, createGunzip());
}

/** What a transformation makes of bytes; an error of either ends it. */
export async function* through<T>(chunks: AsyncIterable<Buffer>, transform: Transform): AsyncGenerator<T> {
  // The error reaches whoever reads, as the transformation is destroyed with it.
  pipeline(Readable.from(chunks), transform, () => undefined);
  yield* transform as AsyncIterable<T>;
}
