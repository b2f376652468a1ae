import { after } from "@jobtrail/core/clock";
import type { Stop } from "@jobtrail/core/clock";
import type { Answer } from "./answer.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Losses, Noun, Trouble } from "./losses.ts";
import { sender } from "./send.ts";
import type { Send, SendOptions } from "./send.ts";
import { halvesOf } from "./split.ts";
import type { Chunk } from "./split.ts";

/** Encoded requests on their way to one endpoint, in order. Another one may keep them on disk. */
export interface Outbox {
  readonly endpoint: Endpoint;
  /** How many items wait. */
  readonly items: number;
  /** Whether a chunk that is put in now has to wait. */
  readonly busy: boolean;
  put(...chunks: readonly Chunk[]): void;
  /** Replaces the chunks that are not under way. */
  replace(...chunks: readonly Chunk[]): void;
  /** Counts items as lost before they were put in: the outbox was full, or they could not be encoded. */
  drop(items: number, why: "full" | "not encoded"): void;
  /** Tries each chunk that waits once. Whether nothing waits any more. */
  flush(): Promise<boolean>;
  /** Removes and returns all unanswered chunks, also the one under way. */
  take(): readonly Chunk[];
  /**
   * Takes the result of a chunk that was taken out.
   * @param isLast loses what was not answered; else it is put back.
   */
  settle(chunk: Chunk, answer: Answer, isLast: boolean): void;
  /** Removes all waiting chunks and counts them as lost, with the reason why they waited. */
  giveUp(otherwise: Answer): void;
}

/** The options of an outbox. */
export interface OutboxOptions extends Pick<SendOptions, "untraced"> {
  readonly noun: Noun;
  readonly losses: Losses;
  /** Called for each loss. */
  readonly lost?: (items: number) => void;
  /** Encodes a report of so many lost items, alone in its request. */
  readonly report?: (items: number) => Chunk | undefined;
  readonly send?: Send;
}

/** An outbox in memory: it sends one request at a time, and retries while the process lives. */
export const openOutbox = (endpoint: Endpoint, options: OutboxOptions): Outbox => new MemoryOutbox(endpoint, options);

const firstPauseMs = 1000;
const longestPauseMs = 30_000;

class MemoryOutbox implements Outbox {
  readonly endpoint: Endpoint;
  readonly #options: OutboxOptions;
  readonly #send: Send;
  readonly #waiting: Chunk[] = [];
  /** Reports of losses, with how much they report: their own loss is reported by nobody. */
  readonly #reports = new Map<Chunk, number>();
  #sending: Promise<void> | undefined;
  #retry: Stop | undefined;
  #trouble: Answer | undefined;
  #pauseMs = firstPauseMs;
  #items = 0;
  #unreported = 0;

  constructor(endpoint: Endpoint, options: OutboxOptions) {
    this.endpoint = endpoint;
    this.#options = options;
    this.#send = options.send ?? sender(endpoint, options);
  }

  get items(): number {
    return this.#items;
  }

  get busy(): boolean {
    return this.#waiting.length > 0;
  }

  put(...chunks: readonly Chunk[]): void {
    for (const chunk of chunks) this.#insert(this.#waiting.length, chunk);
    if (this.#retry === undefined) void this.#start();
  }

  replace(...chunks: readonly Chunk[]): void {
    for (const { items } of this.#waiting.splice(this.#sending === undefined ? 0 : 1)) this.#items -= items;
    this.put(...chunks);
  }

  drop(items: number, why: "full" | "not encoded"): void {
    // There is no room because the receiver does not take what is there.
    this.#lose(items, why === "full" ? (this.#trouble ?? why) : why);
  }

  async flush(): Promise<boolean> {
    this.#endPause();
    await this.#start();
    return !this.busy;
  }

  take(): readonly Chunk[] {
    this.#endPause();
    this.#items = 0;
    return this.#waiting.splice(0);
  }

  settle(chunk: Chunk, answer: Answer, isLast: boolean): void {
    if (answer.kind === "accepted") this.#accepted(chunk, answer);
    else if (answer.kind === "refused" || isLast) this.#loseChunk(chunk, answer);
    else {
      const { losses, noun } = this.#options;
      if (!this.#reports.has(chunk)) losses.endangered(this.endpoint, answer, chunk.items, noun);
      this.#insert(this.#waiting.length, chunk);
      if (this.#retry === undefined) this.#later(answer);
    }
  }

  giveUp(otherwise: Answer): void {
    for (const chunk of this.take()) this.#loseChunk(chunk, this.#trouble ?? otherwise);
  }

  #insert(at: number, chunk: Chunk): void {
    this.#waiting.splice(at, 0, chunk);
    this.#items += chunk.items;
  }

  #endPause(): void {
    this.#retry?.();
    this.#retry = undefined;
  }

  #start(): Promise<void> {
    if (!this.busy) return Promise.resolve();
    this.#sending ??= this.#run();
    return this.#sending;
  }

  async #run(): Promise<void> {
    for (let chunk = this.#waiting[0]; chunk !== undefined; chunk = this.#waiting[0]) {
      const answer = await this.#send(chunk.body);
      // Taken out meanwhile, and sent in another way.
      if (this.#waiting[0] !== chunk) continue;
      if (answer.kind === "busy" || answer.kind === "failed") {
        this.#later(answer);
        break;
      }
      this.#done(chunk, answer);
    }
    // In the same turn as the last look at what waits: a chunk put in later starts a new round.
    this.#sending = undefined;
  }

  #done(chunk: Chunk, answer: Extract<Answer, { kind: "accepted" | "refused" }>): void {
    this.#waiting.shift();
    this.#items -= chunk.items;
    this.#pauseMs = firstPauseMs;
    this.#trouble = undefined;
    if (answer.kind === "accepted") return this.#accepted(chunk, answer);
    const halves = answer.status === 413 ? halvesOf(chunk, this.endpoint.encoding) : undefined;
    if (halves === undefined) this.#loseChunk(chunk, answer);
    else for (const half of halves.toReversed()) this.#insert(0, half);
  }

  #accepted(chunk: Chunk, answer: Extract<Answer, { kind: "accepted" }>): void {
    const rejected = Math.min(chunk.items, answer.rejected);
    this.#options.losses.arrived(this.endpoint);
    const reported = this.#reports.get(chunk);
    if (reported !== undefined) {
      // A report that is rejected is made again when the receiver next takes something else, never for its own sake.
      this.#reports.delete(chunk);
      if (rejected === 0) this.#unreported -= reported;
      return;
    }
    if (rejected > 0) this.#lose(rejected, answer);
    if (rejected < chunk.items) this.#report();
  }

  #report(): void {
    if (this.#unreported === 0 || this.#reports.size > 0) return;
    const chunk = this.#options.report?.(this.#unreported);
    if (chunk === undefined) return;
    this.#reports.set(chunk, this.#unreported);
    this.#insert(this.#waiting.length, chunk);
  }

  #loseChunk(chunk: Chunk, answer: Answer): void {
    if (!this.#reports.delete(chunk)) this.#lose(chunk.items, answer);
  }

  #lose(items: number, trouble: Trouble): void {
    const { losses, noun, lost } = this.#options;
    this.#unreported += items;
    losses.lost(this.endpoint, trouble, items, noun);
    lost?.(items);
  }

  #later(answer: Extract<Answer, { kind: "busy" | "failed" }>): void {
    const pauseMs =
      (answer.kind === "busy" ? answer.afterMs : undefined) ?? this.#pauseMs * (0.8 + 0.4 * Math.random());
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs);
    this.#trouble = answer;
    this.#options.losses.delayed(this.endpoint, answer);
    this.#endPause();
    this.#retry = after(pauseMs, () => {
      this.#retry = undefined;
      void this.#start();
    });
  }
}
