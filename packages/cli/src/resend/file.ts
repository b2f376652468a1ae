import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import { createReadStream, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { createGunzip } from "node:zlib";
import { errorLine } from "@jobtrail/conventions";
import { catalogue } from "../errors.ts";

/** A file of a second sink: lines of OTLP JSON, one request each. */
export interface SinkFile {
  readonly path: string;
  /** In bytes on disk, packed or not. */
  readonly size: number;
  /** The file that the Collector writes to: the last one, and the only one that may end within a line. */
  readonly isOpen: boolean;
}

/** A line, with its end where it has one. */
export interface Line {
  readonly bytes: Buffer;
  /** Where the next one begins in the unpacked file. */
  readonly end: number;
}

/** A folder that is not a second sink. */
export class SinkError extends Error {
  constructor(folder: string, reason: string, options?: ErrorOptions) {
    super(errorLine(catalogue, "JOBTRAIL_SINK_UNREADABLE", { name: folder, reason }), options);
    this.name = "SinkError";
  }
}

/**
 * `joblog-2026-01-31T12-00-00.000-size.jsonl` once it is full (older Collectors give no reason), `joblog.jsonl`
 * until then; packed files may lie there too.
 */
const named = /^(.+?)(-\d{4}-\d{2}-\d{2}T[\d-]+\.\d{3}(?:-\w+)?)?\.jsonl(\.gz)?$/;

/**
 * The files of a second sink, the oldest first.
 * @throws SinkError for a folder without any.
 */
export function filesIn(folder: string): SinkFile[] {
  const files = namesIn(folder)
    .map((name) => ({ name, match: named.exec(name) }))
    .filter(({ match }) => match !== null)
    .map(({ name, match }) => ({ name, at: match?.[2] ?? "~", isOpen: match?.[2] === undefined && !match?.[3] }))
    .sort((one, other) => (one.at === other.at ? one.name.localeCompare(other.name) : one.at < other.at ? -1 : 1));
  if (files.length === 0)
    throw new SinkError(folder, "it has no file of a second sink (*.jsonl or *.jsonl.gz); name the folder second-sink");
  return files.map(({ name, isOpen }) => ({ path: join(folder, name), size: sizeOf(join(folder, name)), isOpen }));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    throw new SinkError(folder, cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

const sizeOf = (path: string): number => statSync(path).size;

/** The part of a line that is enough to identify it. */
const markBytes = 65_536;

/**
 * Identifies a file that was renamed or packed since: the hash of its first line that is not empty. A Collector may
 * begin a new file between a line and its end. Nothing where a file has no line.
 */
export async function markOf(file: SinkFile): Promise<string | undefined> {
  let head: Buffer = Buffer.alloc(0);
  for await (const chunk of unpacked(file)) {
    head = withoutEnds(Buffer.concat([head, chunk]));
    if (head.length >= markBytes || head.includes(lineEnd)) break;
  }
  const end = head.indexOf(lineEnd);
  const line = head.subarray(0, Math.min(markBytes, end >= 0 ? end : head.length));
  return line.length === 0 ? undefined : createHash("sha256").update(line).digest("hex").slice(0, 32);
}

const lineEnd = 0x0a;

function withoutEnds(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== lineEnd);
  return first < 0 ? Buffer.alloc(0) : bytes.subarray(first);
}

/** The hash of a file up to a position, to which more can be added; nothing where the file is shorter. */
export async function hashOf(file: SinkFile, end: number): Promise<Hash | undefined> {
  const hash = createHash("sha256");
  let left = end;
  for await (const chunk of unpacked(file)) {
    hash.update(chunk.subarray(0, left));
    left -= Math.min(left, chunk.length);
    if (left === 0) break;
  }
  return left === 0 ? hash : undefined;
}

/** Callbacks while lines are read. */
export interface Listener {
  /** The number of further bytes that were read, unpacked. */
  readonly heard: (bytes: number) => void;
  /** The packed file cannot be unpacked any further. */
  readonly damaged: (why: string) => void;
}

/**
 * The lines of a file from a position on. The last line has no line end where the Collector was killed. Of the file
 * that the Collector writes to it is given only if it is a whole request; else the next run reads it.
 */
export async function* linesOf(file: SinkFile, from: number, { heard, damaged }: Listener): AsyncGenerator<Line> {
  let isDamaged = false;
  const bytes = unpacked(file, (why) => {
    isDamaged = true;
    damaged(why);
  });
  let at = 0;
  let position = from;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of bytes) {
    heard(chunk.length);
    rest = Buffer.concat([rest, chunk.subarray(Math.max(0, from - at))]);
    at += chunk.length;
    let start = 0;
    for (let end = rest.indexOf(lineEnd); end >= 0; end = rest.indexOf(lineEnd, start)) {
      yield { bytes: rest.subarray(start, end + 1), end: position + end + 1 };
      start = end + 1;
    }
    position += start;
    rest = rest.subarray(start);
  }
  if (rest.length > 0 && (isWhole(rest) || (!file.isOpen && !isDamaged)))
    yield { bytes: rest, end: position + rest.length };
}

function isWhole(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString());
    return true;
  } catch {
    return false;
  }
}

const chunkBytes = 256 * 1024;

/**
 * The bytes of a file, unpacked. A packed file that ends too early or is damaged gives what can be unpacked before that.
 * @throws SinkError where the file cannot be read.
 */
async function* unpacked(
  { path, size }: SinkFile,
  damaged: (why: string) => void = () => undefined,
): AsyncGenerator<Buffer> {
  if (size === 0) return;
  // Reads only up to the size at the start: records sent to the Collector itself may be appended to its file.
  const bytes: AsyncIterable<Buffer> = createReadStream(path, { highWaterMark: chunkBytes, end: size - 1 });
  try {
    yield* path.endsWith(".gz") ? gunzipped(bytes) : bytes;
  } catch (cause) {
    const { code = "", message } = cause as NodeJS.ErrnoException;
    if (!code.startsWith("Z_")) throw new SinkError(path, message, { cause });
    damaged(message);
  }
}

/** Unpacks chunk by chunk: a pipeline would throw away what it has unpacked when it comes to the damage. */
async function* gunzipped(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  let ready: Buffer[] = [];
  let failure: Error | undefined;
  gunzip.on("data", (chunk: Buffer) => ready.push(chunk));
  gunzip.on("error", (error) => (failure = error));
  const closed = new Promise((resolve) => void gunzip.once("close", resolve));
  const take = (): Buffer[] => {
    const taken = ready;
    ready = [];
    return taken;
  };
  try {
    for await (const chunk of packed) {
      const written = new Promise((resolve) => void gunzip.write(chunk, resolve));
      // A damaged stream is closed without calling back for the write.
      await Promise.race([written, closed]);
      yield* take();
      if (failure !== undefined) break;
    }
    if (failure === undefined) gunzip.end();
    await closed;
    yield* take();
  } finally {
    gunzip.destroy();
  }
  if (failure !== undefined) throw failure;
}
