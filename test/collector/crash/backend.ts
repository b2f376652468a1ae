import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { isRefusal } from "@jobtrail/core/event";
import { decodeLogs } from "@jobtrail/otlp";
import { freePorts } from "../otelcol.ts";
import { uidsOf } from "../traffic.ts";
import { Signal } from "./signal.ts";

/** An OTLP backend that counts how often it got each record, and that can be away, slow or unwilling. */
export class Backend implements AsyncDisposable {
  /** What it answers from now on. It has taken a record only where this is 200. */
  status = 200;
  /** How long it thinks before it answers. What it has read it has taken all the same. */
  delayMs = 0;
  /** How often it got each record, by the record's number. */
  readonly counts: Uint16Array;
  /** How many different records it got. */
  unique = 0;
  /** Requests that it has not answered yet. */
  open = 0;
  readonly #signal = new Signal();
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  #port = 0;

  constructor(records: number) {
    this.counts = new Uint16Array(records);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens, always on the same port. */
  async up(): Promise<void> {
    if (this.#port === 0) [this.#port = 0] = await freePorts(1);
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject).listen(this.#port, "127.0.0.1", resolve);
    });
  }

  /** Nobody listens any more. */
  async down(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Waits until it got so many different records. */
  untilUnique(wanted: number): Promise<void> {
    return this.#signal.until(
      () => this.unique >= wanted,
      () => `The backend got ${this.unique} of ${wanted} records.`,
    );
  }

  /** Waits until so many requests wait for its answer. */
  untilOpen(wanted: number): Promise<void> {
    return this.#signal.until(
      () => this.open >= wanted,
      () => `${this.open} of ${wanted} requests wait for an answer.`,
    );
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.open++;
    const { status, delayMs } = this;
    try {
      const sent = await buffer(request);
      const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent;
      if (status === 200)
        this.#take(body, request.headers["content-type"] === "application/json" ? "json" : "protobuf");
      this.#signal.changed();
      if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
      response.writeHead(status, { "content-type": request.headers["content-type"] }).end();
    } catch {
      // The Collector was killed while it sent: nothing was taken.
      response.destroy();
    } finally {
      this.open--;
      this.#signal.changed();
    }
  }

  #take(body: Uint8Array, encoding: "json" | "protobuf"): void {
    const decoded = decodeLogs(body, encoding);
    if (isRefusal(decoded)) throw new Error(`Not OTLP: ${decoded.expected}`);
    for (const uid of uidsOf(decoded.records)) {
      const n = Number.parseInt(uid, 16);
      if (this.counts[n] === 0) this.unique++;
      this.counts[n] = (this.counts[n] ?? 0) + 1;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
  }
}
