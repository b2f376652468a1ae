import { setTimeout } from "node:timers/promises";
import { encodeLogs } from "@jobtrail/otlp";
import { recordOf } from "../traffic.ts";
import { Signal } from "./signal.ts";

/** What is sent, and how. */
export interface Sending {
  readonly records: number;
  readonly perRequest: number;
  /** Requests at once. */
  readonly parallel: number;
  /** How much text each record carries besides its attributes. */
  readonly bodyBytes: number;
  /** How long an answer is waited for; then the request is sent again, as an SDK does. */
  readonly timeoutMs: number;
}

const pauseMs = 50;

/** Sends numbered records, each request again and again until it is acknowledged, and notes which were. */
export class Sender implements AsyncDisposable {
  /** What it was answered, and how often: statuses, `no answer` after the time-out, `no connection`. */
  readonly answers = new Map<string, number>();
  /** Which records were acknowledged, by their number. */
  readonly acknowledged: Uint8Array;
  #count = 0;
  #next = 0;
  #allowed = 0;
  #ended = false;
  readonly #url: string;
  readonly #sending: Sending;
  readonly #signal = new Signal();
  readonly #lanes: Promise<void>;

  /** @param http where the Collector takes OTLP. Nothing is sent before it is allowed. */
  constructor(http: string, sending: Sending) {
    this.#url = `${http}/v1/logs`;
    this.#sending = sending;
    this.acknowledged = new Uint8Array(sending.records);
    this.#lanes = Promise.all(Array.from({ length: sending.parallel }, () => this.#lane())).then(() => undefined);
    // Whoever waits for the count sees that it does not grow.
    this.#lanes.catch(() => undefined);
  }

  /** How many records were acknowledged. */
  get count(): number {
    return this.#count;
  }

  /** Lets it send records up to a number. */
  allow(upTo: number): void {
    this.#allowed = Math.min(upTo, this.#sending.records);
    this.#signal.changed();
  }

  /** Waits until so many records are acknowledged. */
  untilAcknowledged(wanted: number): Promise<void> {
    return this.#signal.until(
      () => this.#count >= wanted,
      () => `${this.#count} of ${wanted} records were acknowledged; the answers were ${this.#said()}.`,
    );
  }

  /** Waits until it was answered so a number of times. */
  untilAnswered(answer: string, times: number): Promise<void> {
    return this.#signal.until(
      () => (this.answers.get(answer) ?? 0) >= times,
      () => `It was not answered "${answer}" ${times} times; the answers were ${this.#said()}.`,
    );
  }

  #said(): string {
    return [...this.answers].map(([answer, times]) => `${answer} × ${times}`).join(", ");
  }

  async #lane(): Promise<void> {
    const { records, perRequest, bodyBytes } = this.#sending;
    while (this.#next < records && !this.#ended) {
      if (this.#next >= this.#allowed) {
        await this.#untilAllowed();
        continue;
      }
      const first = this.#next;
      const last = Math.min(first + perRequest, this.#allowed);
      this.#next = last;
      await this.#deliver(first, last, bodyBytes);
    }
  }

  /** However long that takes: a case may open the gate late. */
  #untilAllowed(): Promise<void> {
    return this.#signal.until(
      () => this.#next < this.#allowed || this.#next >= this.#sending.records || this.#ended,
      () => "It was not allowed to send more.",
      longest,
    );
  }

  async #deliver(first: number, last: number, bodyBytes: number): Promise<void> {
    const more = bodyBytes > 0 ? { body: "x".repeat(bodyBytes) } : {};
    const records = Array.from({ length: last - first }, (_, n) => recordOf(first + n, more));
    const body = new Uint8Array(encodeLogs(records, "protobuf"));
    while (!this.#ended) {
      const answer = await this.#post(body);
      this.answers.set(answer, (this.answers.get(answer) ?? 0) + 1);
      if (answer === "200") {
        this.acknowledged.fill(1, first, last);
        this.#count += last - first;
        return this.#signal.changed();
      }
      this.#signal.changed();
      await setTimeout(pauseMs);
    }
  }

  async #post(body: Uint8Array<ArrayBuffer>): Promise<string> {
    try {
      const response = await fetch(this.#url, {
        method: "POST",
        headers: { "content-type": "application/x-protobuf" },
        body,
        signal: AbortSignal.timeout(this.#sending.timeoutMs),
      });
      await response.arrayBuffer();
      return String(response.status);
    } catch (error) {
      return (error as Error).name === "TimeoutError" ? "no answer" : "no connection";
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    this.#signal.changed();
    await this.#lanes;
  }
}

/** The longest time that a timer takes, in milliseconds. */
const longest = 2 ** 31 - 1;
