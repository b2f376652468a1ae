import { faulty, segmentOf } from "./segment.ts";
import type { Segment } from "./segment.ts";

/** An answer that is longer than this, in bytes, is read item by item of its list. */
export const wholeLimit = 1_000_000;

/** What is longer than this, in bytes, and no list, is not kept. */
export const segmentLimit: number = 16 * 1024 * 1024;

/** The fields that hold the list of an answer, in the schemas, in the job log's answers, in OTLP and in what carries records. */
const listKey = /"(?:data|object|events|resourceLogs|jobs|[Rr]ecords|Messages|logEvents)"\s*:\s*$/;
const longestKey = 64;

/**
 * Splits JSON of any size into the texts of its records: values one after another, with or without lines, the
 * items of lists, and of long lists within an answer. It looks at brackets and quotes only, so that no digit
 * changes and a record that is no JSON costs only itself.
 */
export class Splitter {
  /** Bytes as one character each: what JSON is made of are the same in UTF-8. */
  #bytes = "";
  #at = 0;
  /** Where the present value begins; below zero between values. */
  #start = -1;
  #open: string[] = [];
  #isInText = false;
  /** What is no object and no list ends with its line, or with its item. */
  #isBare = false;
  /** Where the list of the present answer begins. */
  #list = -1;
  #dropped = 0;
  #droppedFrom = 0;
  #within: "top" | "list" | "tail" = "top";
  /** What the answer says before its list; nothing where a list stands by itself. */
  #head = "";
  #waitsForItem = false;
  #line = 1;
  #counted = 0;
  #segments: Segment[] = [];

  /** Takes the next bytes and gives the segments that end in them. */
  push(bytes: Buffer): readonly Segment[] {
    this.#bytes = this.#bytes.slice(this.#cut()) + bytes.toString("latin1");
    this.#scan();
    return this.#given();
  }

  /** Gives the last segment where the input ended within it. */
  end(): readonly Segment[] {
    const line = this.#lineAt(this.#start < 0 ? this.#at : this.#start);
    if (this.#start >= 0 && this.#within !== "tail") this.#emit(this.#bytes.length);
    if (this.#within !== "top") this.#segments.push(faulty(line, "the end of the list", "the end of the input"));
    return this.#given();
  }

  #given(): readonly Segment[] {
    const segments = this.#segments;
    this.#segments = [];
    return segments;
  }

  /** Forgets what was read; gives how much that is. */
  #cut(): number {
    const from = this.#start < 0 ? this.#at : this.#start;
    this.#lineAt(from);
    this.#at -= from;
    this.#counted -= from;
    if (this.#list >= 0) this.#list -= from;
    if (this.#start >= 0) this.#start = 0;
    return from;
  }

  #scan(): void {
    while (this.#at < this.#bytes.length) {
      if (this.#start < 0) this.#between();
      else if (this.#isBare) this.#bare();
      else this.#inside();
      if (this.#start >= 0 && this.#at - this.#start > wholeLimit && this.#list >= 0) this.#enter();
      if (this.#start >= 0 && this.#at >= this.#bytes.length && this.#at - this.#start > segmentLimit) this.#drop();
      if (this.#isWaiting()) return;
    }
  }

  /** Whether the last byte is the start of an escape, whose rest is still to come. */
  #isWaiting(): boolean {
    return this.#isInText && this.#at === this.#bytes.length - 1 && this.#bytes[this.#at] === "\\";
  }

  #between(): void {
    while (isSpace(this.#bytes.charCodeAt(this.#at))) this.#at += 1;
    const next = this.#bytes[this.#at];
    if (next === undefined) return;
    if (this.#within === "tail") this.#begin("{");
    else if (this.#within === "list" && (next === "," || next === "]")) this.#separate(next);
    else if (this.#within === "top" && next === "[") this.#enterList("");
    else this.#begin();
  }

  #begin(within?: string): void {
    this.#start = this.#at;
    this.#open = within === undefined ? [] : [within];
    const first = this.#bytes[this.#at] ?? "";
    this.#isBare = within === undefined && first !== "{" && first !== "[";
    this.#waitsForItem = false;
    this.#list = -1;
  }

  #separate(sign: "," | "]"): void {
    if (this.#waitsForItem)
      this.#segments.push(
        faulty(this.#lineAt(this.#at), "a record", sign === "," ? "a comma" : "a comma before the closing bracket"),
      );
    this.#waitsForItem = sign === ",";
    if (sign === "]") this.#within = this.#head === "" ? "top" : "tail";
    this.#at += 1;
  }

  #enterList(head: string): void {
    this.#within = "list";
    this.#head = head;
    this.#waitsForItem = false;
    this.#start = -1;
    this.#at += 1;
  }

  /** Reads the list of a long answer again from its beginning, item by item. */
  #enter(): void {
    const head = this.#bytes.slice(this.#start, this.#list);
    this.#lineAt(this.#start);
    this.#at = this.#list;
    this.#list = -1;
    this.#isInText = false;
    this.#open = [];
    this.#enterList(head);
  }

  #bare(): void {
    const end = this.#within === "list" ? itemEnd : lineEnd;
    end.lastIndex = this.#at;
    const found = end.exec(this.#bytes);
    this.#at = found === null ? this.#bytes.length : found.index;
    if (found !== null) this.#emit(this.#at);
  }

  #inside(): void {
    const skip = this.#isInText ? plain : quiet;
    skip.lastIndex = this.#at;
    skip.test(this.#bytes);
    this.#at = skip.lastIndex;
    const sign = this.#bytes[this.#at];
    if (sign === undefined) return;
    if (this.#isInText) this.#inText(sign);
    else this.#sign(sign);
  }

  #inText(sign: string): void {
    if (sign === "\\") {
      if (this.#at + 1 < this.#bytes.length) this.#at += 2;
    } else if (sign === '"') {
      this.#isInText = false;
      this.#at += 1;
    } else {
      // No text in JSON holds the end of a line, nor the zeros that a loss of power leaves: it was never closed.
      this.#isInText = false;
      this.#emit(this.#at);
    }
  }

  #sign(sign: string): void {
    if (sign === "}" || sign === "]") return this.#close(sign);
    if (sign === "\0" || (sign === "{" && this.#isMisplaced())) return this.#emit(this.#at);
    if (sign === '"') this.#isInText = true;
    else {
      if (sign === "[" && this.#isOfList()) this.#list = this.#at;
      this.#open.push(sign);
    }
    this.#at += 1;
  }

  #close(sign: "}" | "]"): void {
    if (this.#open.pop() !== (sign === "}" ? "{" : "[")) {
      this.#isBare = true;
      return;
    }
    this.#at += 1;
    if (this.#open.length > 0) return;
    if (this.#within === "tail") this.#endTail();
    else if (this.#at - this.#start > wholeLimit && this.#list >= 0) this.#enter();
    else this.#emit(this.#at);
  }

  /** Whether an object begins a line where none can stand: the record before it was never closed. */
  #isMisplaced(): boolean {
    if (this.#at === this.#start || this.#within === "tail") return false;
    let before = this.#at - 1;
    while (before > this.#start && isSpace(this.#bytes.charCodeAt(before))) before -= 1;
    const sign = this.#bytes[before];
    if (sign === ":" || sign === "[" || (sign === "," && this.#open.at(-1) === "[")) return false;
    return this.#bytes.slice(before, this.#at).includes("\n");
  }

  #isOfList(): boolean {
    if (this.#list >= 0 || this.#within !== "top" || this.#open.length !== 1 || this.#open[0] !== "{") return false;
    return listKey.test(this.#bytes.slice(Math.max(this.#start, this.#at - longestKey), this.#at));
  }

  #endTail(): void {
    const line = this.#lineAt(this.#start);
    const tail = this.#bytes.slice(this.#start, this.#at);
    if (tail.includes('"'))
      this.#segments.push({
        ...segmentOf(`${this.#head}[{}]${tail}`, line),
        bare: segmentOf(`${this.#head}[{}]}`, line).text,
      });
    this.#within = "top";
    this.#head = "";
    this.#start = -1;
  }

  /** What is too long is not kept, only looked through for its end. */
  #drop(): void {
    const line = this.#lineAt(this.#start);
    if (this.#dropped === 0) this.#droppedFrom = line;
    this.#dropped += this.#at - this.#start;
    this.#lineAt(this.#at);
    this.#bytes = "";
    this.#at = 0;
    this.#start = 0;
    this.#counted = 0;
  }

  #emit(end: number): void {
    const line = this.#lineAt(this.#start);
    const text = this.#bytes.slice(this.#start, this.#endOf(end));
    if (this.#dropped > 0)
      this.#segments.push(
        faulty(this.#droppedFrom, `at most ${segmentLimit} bytes`, String(this.#dropped + text.length)),
      );
    else {
      const isOfAnswer = this.#within === "list" && this.#head !== "";
      this.#segments.push(segmentOf(isOfAnswer ? `${this.#head}[${text}]}` : text, line));
    }
    this.#start = -1;
    this.#dropped = 0;
    this.#open = [];
    this.#isBare = false;
    this.#at = end;
  }

  /** The end of a value without the space after it. */
  #endOf(end: number): number {
    let last = end;
    while (last > this.#start && isSpace(this.#bytes.charCodeAt(last - 1))) last -= 1;
    return last;
  }

  /** The line of a position, which is never before one that was asked for. */
  #lineAt(position: number): number {
    const passed = this.#bytes.slice(this.#counted, position);
    for (let end = passed.indexOf("\n"); end >= 0; end = passed.indexOf("\n", end + 1)) this.#line += 1;
    this.#counted = Math.max(this.#counted, position);
    return this.#line;
  }
}

const plain = /[^"\\\n\0]*/y;
const quiet = /[^"{}[\]\0]*/y;
const itemEnd = /[,\]\n]/g;
const lineEnd = /[\n\0]/g;

/** Space between values, the record separator that RFC 7464 puts before each, and zeros after a loss of power. */
const isSpace = (code: number): boolean =>
  code === 0x20 || code === 0 || (code >= 0x09 && code <= 0x0d) || code === 0x1e;
