import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import { rmSync } from "node:fs";
import { deliver, judge, ofItems, problemOf } from "@jobtrail/delivery";
import type { Chunk, Part } from "@jobtrail/delivery";
import { progressOf } from "../convert/progress.ts";
import { settings } from "../endpoint.ts";
import type { Receiver } from "../endpoint.ts";
import { bookmarkOf } from "./bookmark.ts";
import type { Bookmark } from "./bookmark.ts";
import { filesIn, hashOf, linesOf, markOf } from "./file.ts";
import type { SinkFile } from "./file.ts";
import { countOf, joined, jsonOf, protobufOf, requestsOf, within } from "./request.ts";
import type { LogsRequest, Range } from "./request.ts";

/** What to resend, and where to. */
export interface Resend {
  readonly folder: string;
  readonly receiver: Receiver;
  readonly range: Range;
  /** Report what would be sent, send nothing. */
  readonly isDry: boolean;
  /** Remove files that were accepted completely. */
  readonly removes: boolean;
  /** Resend the whole of each file from which something was refused. */
  readonly again: boolean;
  /** Called for records that the receiver refuses, and lines that are not a request, with the reason. */
  readonly rejected: (what: string, reason: string) => void;
  /** Prints a sentence for the user. */
  readonly say: (sentence: string) => void;
}

/** The result. */
export interface Resent {
  readonly files: number;
  readonly records: number;
  readonly rejected: number;
  /** The number of records that earlier runs counted as refused, in files that still exist. */
  readonly refusedBefore: number;
  /** The number of packed files that could be unpacked only in part. */
  readonly damaged: number;
  readonly removed: number;
  /** Why it stopped before everything was sent. */
  readonly stopped?: string;
}

/** Bytes of JSON text in one request: far below the limits of the job log (16 MiB) and of a Collector (20 MiB). */
const requestBytes = 4 * 1024 * 1024;

/** Sends the files of a folder. The position is stored after each request, so it can be stopped at any time. */
export async function resend(what: Resend): Promise<Resent> {
  const files = filesIn(what.folder);
  const bookmark = bookmarkOf(what.folder, what.receiver.endpoint.url, JSON.stringify(what.range));
  // The size of a packed file is not that of its lines, so the progress bar is shown only if no file is packed.
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
  readonly #judge = judge();
  #files = 0;
  #records = 0;
  #rejected = 0;
  #refusedBefore = 0;
  #damaged = 0;
  #removed = 0;
  stopped: string | undefined;

  constructor(what: Resend, bookmark: Bookmark, size: number | undefined) {
    this.#what = what;
    this.#bookmark = bookmark;
    this.#progress = progressOf(size);
  }

  async file(file: SinkFile): Promise<void> {
    const mark = await markOf(file);
    if (mark === undefined) return this.#empty(file);
    this.#files++;
    const { from, hash, refused } = await this.#positionIn(file, mark);
    this.#refusedBefore += refused;
    const [rejectedBefore, damagedBefore] = [this.#rejected, this.#damaged];
    let waiting: LogsRequest = { resourceLogs: [] };
    let bytes = 0;
    let position = from;
    const flush = async (): Promise<void> => {
      await this.#send(waiting);
      if (this.stopped === undefined && !this.#what.isDry)
        this.#bookmark.set(mark, {
          end: position,
          sum: hash.copy().digest("hex"),
          refused: refused + this.#rejected - rejectedBefore,
        });
      waiting = { resourceLogs: [] };
      bytes = 0;
    };
    const listener = {
      heard: (read: number): void => this.#progress.read(read),
      damaged: (why: string): void => this.#damage(file, why),
    };
    for await (const line of linesOf(file, from, listener)) {
      if (bytes > 0 && bytes + line.bytes.length > requestBytes) await flush();
      if (this.stopped !== undefined) return;
      for (const request of this.#read(line.bytes.toString(), file)) waiting = joined(waiting, request);
      hash.update(line.bytes);
      bytes += line.bytes.length;
      position = line.end;
    }
    await flush();
    const isWhole = refused === 0 && this.#rejected === rejectedBefore && this.#damaged === damagedBefore;
    if (this.stopped === undefined && isWhole) this.#remove(file);
  }

  /** A file without a line; a packed one may be damaged from its beginning. */
  async #empty(file: SinkFile): Promise<void> {
    const damaged = (why: string): void => this.#damage(file, why);
    for await (const _ of linesOf(file, 0, { heard: () => undefined, damaged }));
  }

  #damage({ path }: SinkFile, why: string): void {
    this.#damaged++;
    this.#progress.clear();
    this.#what.say(
      `${path} is damaged or incomplete (${why}): the records before the damage are sent, and the file is kept.`,
    );
  }

  /** The position to continue from in a file, the hash of everything before it, and the number of refused records in it. */
  async #positionIn(file: SinkFile, mark: string): Promise<{ from: number; hash: Hash; refused: number }> {
    const position = this.#bookmark.of(mark);
    const isAgain = position !== undefined && position.refused > 0 && this.#what.again;
    const hash = position && !isAgain ? await hashOf(file, position.end) : undefined;
    if (position === undefined || hash?.copy().digest("hex") !== position.sum)
      return { from: 0, hash: createHash("sha256"), refused: 0 };
    return { from: position.end, hash, refused: position.refused };
  }

  #read(text: string, { path }: SinkFile): LogsRequest[] {
    if (text.trim() === "") return [];
    return requestsOf(text).flatMap((request) => {
      if (request !== undefined) return [within(request, this.#what.range)];
      this.#reject(1, text, `${path} has a line that is not a logs request in OTLP JSON`);
      return [];
    });
  }

  async #send(request: LogsRequest): Promise<void> {
    const items = countOf(request);
    if (items === 0 || this.stopped !== undefined) return;
    if (this.#what.isDry) return this.#took(items);
    const { receiver, say } = this.#what;
    const chunk = this.#encoded(request);
    if (chunk.items === 0) return;
    const parts = deliver(chunk, {
      ...receiver,
      halvedAt: ofItems,
      waits: (answer) => say(`Waiting: ${this.#problem(answer).says}.`),
    });
    for await (const part of parts) {
      this.#settle(part);
      if (this.stopped !== undefined) return;
    }
  }

  /** A request as the receiver wants it; records that cannot be read are refused. */
  #encoded(request: LogsRequest): Chunk {
    if (!this.#isProtobuf) return { body: Buffer.from(JSON.stringify(request)), items: countOf(request) };
    const { refused, ...chunk } = protobufOf(request);
    for (const { text, reason } of refused) this.#reject(1, text, reason);
    return chunk;
  }

  /** A request as JSON, for the file of refused records. */
  #textOf(body: Uint8Array): string {
    return this.#isProtobuf ? jsonOf(body) : Buffer.from(body).toString();
  }

  get #isProtobuf(): boolean {
    return this.#what.receiver.endpoint.encoding === "protobuf";
  }

  #settle({ chunk: { body, items }, answer }: Part): void {
    const verdict = this.#judge(answer);
    if (answer.kind === "accepted") {
      const rejected = Math.min(items, answer.rejected);
      this.#took(items - rejected);
      if (rejected > 0)
        this.#reject(
          rejected,
          this.#textOf(body),
          `the receiver did not take ${rejected} of ${items}: ${answer.message}`,
        );
    } else if (verdict === "refused") this.#reject(items, this.#textOf(body), this.#whole(answer));
    else this.stopped = this.#whole(answer);
  }

  #problem(answer: Part["answer"]): { readonly says: string; readonly advice: string } {
    if (answer.kind === "accepted") return { says: "", advice: "" };
    return problemOf(this.#what.receiver.endpoint, answer, settings);
  }

  #whole(answer: Part["answer"]): string {
    const { says, advice } = this.#problem(answer);
    return `${says}. ${advice}`;
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
      refusedBefore: this.#refusedBefore,
      damaged: this.#damaged,
      removed: this.#removed,
      ...(this.stopped !== undefined && { stopped: this.stopped }),
    };
  }
}
