import timers from "node:timers";
import type { Chunk, Outbox } from "@jobtrail/delivery";
import type { BatchLimits } from "@jobtrail/otlp/sink";

// As they are at load: a test environment may replace them later, and its timers may be numbers.
const { setTimeout, clearTimeout, setImmediate } = timers;

/** Gathers finished items into requests: once there are enough, or after a delay. */
export class Batch<T> {
  readonly #outbox: Outbox;
  readonly #encode: (items: T[]) => Uint8Array | undefined;
  readonly #limits: BatchLimits;
  #items: T[] = [];
  #timer: NodeJS.Timeout | undefined;
  #soon = false;
  #added = 0;

  constructor(outbox: Outbox, limits: BatchLimits, encode: (items: T[]) => Uint8Array | undefined) {
    this.#outbox = outbox;
    this.#limits = limits;
    this.#encode = encode;
  }

  /** How many items came in so far. */
  get added(): number {
    return this.#added;
  }

  add(item: T): void {
    this.#added++;
    if (this.#items.length + this.#outbox.items >= this.#limits.kept) return this.#outbox.drop(1, "full");
    this.#items.push(item);
    if (this.#items.length >= this.#limits.perRequest) this.#packSoon();
    else if (this.#timer === undefined) this.#wait();
  }

  /** Sends what is here now. Whether all of it arrived or was refused for good. */
  flush(): Promise<boolean> {
    this.#outbox.put(...this.#packAll());
    return this.#outbox.flush();
  }

  /** What has not been answered, to be sent in another way. */
  take(): readonly Chunk[] {
    return [...this.#outbox.take(), ...this.#packAll()];
  }

  #due(): void {
    this.#timer = undefined;
    // While the endpoint is away, few large requests are better than many small ones.
    if (!this.#outbox.busy) this.#outbox.put(...this.#pack());
    else if (this.#items.length > 0) this.#wait();
  }

  #wait(): void {
    const timer = setTimeout(() => this.#due(), this.#limits.delayMs);
    this.#timer = timer;
    timer.unref?.();
  }

  /** Not in the app's own call, and one request at a time, so that a burst does not hold up the loop. */
  #packSoon(): void {
    if (this.#soon) return;
    this.#soon = true;
    const soon = setImmediate(() => {
      this.#soon = false;
      this.#outbox.put(...this.#pack());
      if (this.#items.length >= this.#limits.perRequest) this.#packSoon();
    });
    soon.unref?.();
  }

  #packAll(): Chunk[] {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const chunks: Chunk[] = [];
    while (this.#items.length > 0) chunks.push(...this.#pack());
    return chunks;
  }

  #pack(): Chunk[] {
    const items = this.#items.splice(0, this.#limits.perRequest);
    if (items.length === 0) return [];
    const body = this.#encoded(items);
    if (body !== undefined) return [{ body, items: items.length }];
    // One item that cannot be encoded must not take the others with it.
    return items.flatMap((item) => this.#packOne(item));
  }

  #packOne(item: T): Chunk[] {
    const body = this.#encoded([item]);
    if (body !== undefined) return [{ body, items: 1 }];
    this.#outbox.drop(1, "not encoded");
    return [];
  }

  #encoded(items: T[]): Uint8Array | undefined {
    try {
      return this.#encode(items);
    } catch {
      return undefined;
    }
  }
}
