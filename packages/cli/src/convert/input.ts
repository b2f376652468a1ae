import { createReadStream, statSync } from "node:fs";
import type { Stats } from "node:fs";
import { pipeline, Readable } from "node:stream";
import type { Transform } from "node:stream";
import { createGunzip } from "node:zlib";
import { failure, reasonOf } from "../errors.ts";
import { ContainerLog, isContainerLog } from "./container.ts";
import { isPreamble, rowsIn, tableIn } from "./csv.ts";
import { faulty, segmentOf } from "./segment.ts";
import type { Segment } from "./segment.ts";
import { Splitter } from "./split.ts";
import { inUtf8 } from "./utf16.ts";

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
 * @throws CatalogueError for a file that is not there.
 */
export function inputsOf(names: readonly string[]): Input[] {
  return (names.length === 0 ? ["-"] : names).map((name) => {
    if (name === "-") return { name };
    const about = aboutOf(name);
    if (about.isDirectory()) throw unreadable(name, "it is a folder; name the files in it");
    return { name, ...(about.isFile() && { size: about.size }) };
  });
}

const unreadable = (name: string, reason: string, cause?: unknown): Error =>
  failure("JOBTRAIL_INPUT_UNREADABLE", { name, reason }, { cause });

function aboutOf(name: string): Stats {
  try {
    return statSync(name);
  } catch (cause) {
    throw unreadable(name, reasonOf(cause), cause);
  }
}

/**
 * The segments of an input, as they arrive: JSON in any arrangement, rows of CSV, or one text that is neither.
 * It is unpacked where it is gzip.
 * @param columns the names of fields that make the first line of a text the head of a table.
 * @param onBytes is called with the number of bytes that were read.
 * @throws CatalogueError where a file cannot be read.
 */
export async function* segmentsIn(
  input: Input,
  stdin: Standard,
  columns: ReadonlySet<string>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<readonly Segment[]> {
  const chunks = await inUtf8(unpacked(counted(bytesOf(input, stdin), onBytes)));
  let head = Buffer.alloc(0);
  for (;;) {
    const next = await chunks.next();
    if (next.done !== true) head = Buffer.concat([head, next.value]);
    if (next.done !== true && head.length < 3) continue;
    const isAll = next.done === true || head.length > pageLimit;
    const read = readerOf(head, isAll, columns);
    if (read === undefined && !isAll) continue;
    if (head.subarray(0, 3).equals(byteOrderMark)) head = head.subarray(3);
    yield* (read ?? whole)(prepended(head, chunks));
    return;
  }
}

/** The longest text that is neither JSON nor CSV, in bytes. */
const pageLimit = 4_000_000;

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

type Read = (chunks: AsyncGenerator<Buffer>) => AsyncGenerator<readonly Segment[]>;

/** How an input is to be read, by how it begins; nothing while that cannot be said. */
function readerOf(head: Buffer, isAll: boolean, columns: ReadonlySet<string>): Read | undefined {
  const text = head
    .toString("utf8")
    .replace(/^\uFEFF/, "")
    .replace(/^[\s\0]+/, "");
  const isJson = /^[[{]/.test(text);
  if (isJson && text.length > longestStart && !/^\{\s*"log"/.test(text)) return values;
  const [line = "", second = "", third] = text.split(/\r\n|[\r\n]/, 3);
  const isEnough = isPreamble(line) ? third !== undefined : text.length > line.length;
  if (!isAll && !isEnough && text.length < mostOfLine) return undefined;
  if (isContainerLog(line)) return (chunks) => valuesIn(chunks, new ContainerLog());
  if (isJson) return values;
  const table = tableIn(line, second, columns);
  if (table !== undefined) return (chunks) => rowsIn(chunks, table);
  if (isPage.test(text)) return (chunks) => htmlPage(chunks);
  // A line that is nothing may stand before or among records.
  return /^[ \t]*(?:[[{]|"[[{])/m.test(text) ? values : undefined;
}

/** How much of an object has to be there to know whether it is a line of Docker's. */
const longestStart = 32;

/** A line that is longer is no first line of a table, and none of a container's log, whose lines are cut before. */
const mostOfLine = 65_536;

const isPage = /^<(?:!doctype|html|\?xml)/i;

/** Pages come where a login, a proxy or a server in trouble answers instead of what was asked. */
async function* htmlPage(chunks: AsyncGenerator<Buffer>): AsyncGenerator<readonly Segment[]> {
  const { value: bytes = Buffer.alloc(0) } = (await chunks.next()) as { readonly value?: Buffer };
  const title = /<title[^>]*>([^<]{1,200})/i.exec(bytes.toString("utf8"))?.[1]?.replaceAll(/\s+/g, " ").trim();
  yield [
    faulty(1, "records", title === undefined ? "a page of HTML or XML" : `a page titled ${JSON.stringify(title)}`),
  ];
}

const values = (chunks: AsyncGenerator<Buffer>): AsyncGenerator<readonly Segment[]> => valuesIn(chunks, plainText);

/** What bytes are before they are split, and which line of the input a line of theirs began on. */
interface Layout {
  content(bytes: Buffer): Buffer;
  rest(): Buffer;
  lineOf(line: number): number;
}

const plainText: Layout = {
  content: (bytes) => bytes,
  rest: () => Buffer.alloc(0),
  lineOf: (line) => line,
};

async function* valuesIn(chunks: AsyncGenerator<Buffer>, layout: Layout): AsyncGenerator<readonly Segment[]> {
  const splitter = new Splitter();
  const placed = (segments: readonly Segment[]): readonly Segment[] =>
    layout === plainText ? segments : segments.map((segment) => ({ ...segment, line: layout.lineOf(segment.line) }));
  for await (const chunk of chunks) yield placed(splitter.push(layout.content(chunk)));
  yield placed(splitter.push(layout.rest()));
  yield placed(splitter.end());
}

async function* whole(chunks: AsyncGenerator<Buffer>): AsyncGenerator<readonly Segment[]> {
  const { value: bytes = Buffer.alloc(0) } = (await chunks.next()) as { readonly value?: Buffer };
  const text = bytes.toString("latin1");
  if (text.trim() === "") return;
  yield [
    bytes.length > pageLimit
      ? faulty(1, "JSON, CSV, or the text of a page", "a long text that is none of these")
      : segmentOf(text, 1),
  ];
}

async function* prepended(head: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
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

async function* counted(chunks: AsyncIterable<Buffer>, onBytes: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    onBytes(chunk.length);
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
  const all = prepended(head, chunks);
  if (head[0] !== 0x1f || head[1] !== 0x8b) yield* all;
  else yield* through(all, createGunzip());
}

/** What a transformation makes of bytes; an error of either ends it. */
export async function* through<T>(chunks: AsyncIterable<Buffer>, transform: Transform): AsyncGenerator<T> {
  // The error reaches whoever reads, as the transformation is destroyed with it.
  pipeline(Readable.from(chunks), transform, () => undefined);
  yield* transform as AsyncIterable<T>;
}
