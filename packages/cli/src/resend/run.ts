import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import { rmSync } from "node:fs";
import { progressOf } from "../convert/progress.ts";
import { bookmarkOf } from "./bookmark.ts";
import type { Bookmark } from "./bookmark.ts";
import { deliver } from "./deliver.ts";
import type { Target } from "./deliver.ts";
import { filesIn, hashOf, linesOf, markOf } from "./file.ts";
import type { SinkFile } from "./file.ts";
import { countOf, halvesOf, joined, requestsOf, within } from "./request.ts";
import type { LogsRequest, Range } from "./request.ts";

/** What is to be brought over, and where to. */
export interface Resend {
  readonly folder: string;
  readonly target: Target;
  readonly range: Range;
  /** Say what there is, send nothing. */
  readonly isDry: boolean;
  /** Remove files of which everything was taken. */
  readonly removes: boolean;
  /** Is given what the receiver will not take, and lines that are no request, each with its reason. */
  readonly rejected: (what: string, reason: string) => void;
}

/** What came of it. */
export interface Resent {
  readonly files: number;
  readonly records: number;
  readonly rejected: number;
  readonly removed: number;
  /** Why it ended before everything was sent. */
  readonly stopped?: string;
}

/** Bytes of JSON text in one request: far below the 16 MiB that the job log takes, or the 20 MiB of a Collector. */
const requestBytes = 4 * 1024 * 1024;

/** So many records refused one by one before any was taken: it is not the records. */
const hopeless = 3;

/** Sends what lies in a folder. What was taken is remembered after each request, so it can be ended at any time. */
export async function resend(what: Resend): Promise<Resent> {
  const files = filesIn(what.folder);
  const bookmark = bookmarkOf(what.folder, what.target.url, JSON.stringify(what.range));
  // The size of a packed file is not that of its lines, so there is a bar only where none is packed.
  const sizes = files.some(({ path }) => path.endsWith(".gz"))
    ? undefined
    : files.reduce((sum, { size }) => sum + size, 0);
  const work = new Work(what, bookmark, sizes);
  for (const file of files) {
    await work.file(file);
    if (work.stopped !== undefined) break;
  }
  return work.done();
}

class Work {
  readonly #what: Resend;
  readonly #bookmark: Bookmark;
  readonly #progress: ReturnType<typeof progressOf>;
  #files = 0;
  #records = 0;
  #rejected = 0;
  #removed = 0;
  stopped: string | undefined;

  constructor(what: Resend, bookmark: Bookmark, size: number | undefined) {
    this.#what = what;
    this.#bookmark = bookmark;
    this.#progress = progressOf(size);
  }

  async file(file: SinkFile): Promise<void> {
    const mark = await markOf(file);
    if (mark === undefined) return;
    this.#files++;
    const { from, hash, refused } = await this.#placeIn(file, mark);
    const before = this.#rejected - refused;
    let waiting: LogsRequest = { resourceLogs: [] };
    let bytes = 0;
    let place = from;
    const flush = async (): Promise<void> => {
      await this.#send(waiting);
      if (this.stopped === undefined && !this.#what.isDry)
        this.#bookmark.set(mark, {
          end: place,
          sum: hash.copy().digest("hex"),
          refused: this.#rejected - before,
        });
      waiting = { resourceLogs: [] };
      bytes = 0;
    };
    for await (const line of linesOf(file, from, (read) => this.#progress.read(read))) {
      if (bytes > 0 && bytes + line.bytes.length > requestBytes) await flush();
      if (this.stopped !== undefined) return;
      for (const request of this.#read(line.bytes.toString(), file)) waiting = joined(waiting, request);
      hash.update(line.bytes);
      bytes += line.bytes.length;
      place = line.end;
    }
    await flush();
    if (this.stopped === undefined && this.#rejected === before) this.#remove(file);
  }

  /** Where to go on in a file, the hash of what lies before, and how much of that was refused. */
  async #placeIn(file: SinkFile, mark: string): Promise<{ from: number; hash: Hash; refused: number }> {
    const place = this.#bookmark.of(mark);
    const hash = place && (await hashOf(file, place.end));
    if (place === undefined || hash?.copy().digest("hex") !== place.sum)
      return { from: 0, hash: createHash("sha256"), refused: 0 };
    return { from: place.end, hash, refused: place.refused };
  }

  #read(text: string, { path }: SinkFile): LogsRequest[] {
    if (text.trim() === "") return [];
    return requestsOf(text).flatMap((request) => {
      if (request !== undefined) return [within(request, this.#what.range)];
      this.#reject(1, text, `${path} has a line that is no request for logs in OTLP JSON`);
      return [];
    });
  }

  async #send(request: LogsRequest): Promise<void> {
    const count = countOf(request);
    if (count === 0 || this.stopped !== undefined) return;
    if (this.#what.isDry) {
      this.#took(count);
      return;
    }
    const body = JSON.stringify(request);
    const answer = await deliver(body, this.#what.target);
    if (answer.kind === "taken") {
      this.#took(count - answer.rejected);
      if (answer.rejected > 0)
        this.#reject(answer.rejected, body, `the receiver did not take ${answer.rejected} of ${count}: ${answer.why}`);
    } else if (answer.kind === "silent" || !isOfRecords(answer.status)) this.stopped = answer.why;
    else if (count > 1) for (const half of halvesOf(request)) await this.#send(half);
    else {
      this.#reject(1, body, answer.why);
      if (this.#records === 0 && this.#rejected >= hopeless) this.stopped = answer.why;
    }
  }

  #took(count: number): void {
    this.#records += count;
    this.#progress.wrote(this.#records);
  }

  #reject(count: number, what: string, reason: string): void {
    this.#rejected += count;
    this.#progress.clear();
    this.#what.rejected(what, reason);
  }

  #remove(file: SinkFile): void {
    if (!this.#what.removes || this.#what.isDry || file.isOpen) return;
    rmSync(file.path);
    this.#removed++;
  }

  done(): Resent {
    this.#progress.clear();
    return {
      files: this.#files,
      records: this.#records,
      rejected: this.#rejected,
      removed: this.#removed,
      ...(this.stopped !== undefined && { stopped: this.stopped }),
    };
  }
}

/** Whether a refusal may be of what was sent, and not of who sent it or where to. */
const isOfRecords = (status: number): boolean => status === 400 || status === 413 || status === 422;
