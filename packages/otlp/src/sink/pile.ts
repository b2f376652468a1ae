import { after, soon } from "@jobtrail/core/clock";
import type { Stop } from "@jobtrail/core/clock";
import { inJson } from "./json.ts";
import type { Signal } from "./json.ts";
import { bytesOf, varintSize, Wire } from "./wire.ts";

/** One encoded request. */
export interface Chunk {
  readonly body: Uint8Array;
  readonly items: number;
}

/** What sends chunks, in order: `@jobtrail/delivery` has it. */
export interface Outbox {
  /** How it is sent; in protobuf where nothing says it. */
  readonly endpoint?: { readonly encoding: "protobuf" | "json" };
  /** How many items wait. */
  readonly items: number;
  /** Whether a chunk that is put in now has to wait. */
  readonly busy: boolean;
  put(...chunks: readonly Chunk[]): void;
  /** Puts chunks in the place of those that are not on their way yet. */
  replace(...chunks: readonly Chunk[]): void;
  /** Items were lost before they were put in. */
  drop(items: number, why: "full" | "not encoded"): void;
  /** Tries all that waits once. Whether nothing waits any more. */
  flush(): Promise<boolean>;
  /** Takes out what has not been answered. */
  take(): readonly Chunk[];
}

/** How much is kept and how it is sent. */
export interface BatchLimits {
  /** The most items that are kept; what comes on top is lost, and counted. */
  readonly kept: number;
  /** The most items of one request. */
  readonly perRequest: number;
  readonly delayMs: number;
}

/** The items of one signal on their way to the outbox: a pile per instrumentation. */
export class Piles {
  readonly #outbox: Outbox;
  readonly #signal: Signal;
  readonly #limits: BatchLimits;
  readonly #piles: Pile[] = [];
  readonly #full: Chunk[] = [];
  #waiting = 0;
  #stop: Stop | undefined;
  #isPutSoon = false;
  #added = 0;

  constructor(signal: Signal, outbox: Outbox, limits: BatchLimits) {
    this.#signal = signal;
    this.#outbox = outbox;
    this.#limits = limits;
  }

  /** How many items came in so far. */
  get added(): number {
    return this.#added;
  }

  /** A pile of an instrumentation's items. @param resource the resource as a field. @param scope the scope as a field. */
  open(resource: Uint8Array, scope: Uint8Array): Pile {
    const pile = new Pile(this, resource, scope);
    this.#piles.push(pile);
    return pile;
  }

  /** Whether one more may be kept; else it is counted as lost. */
  admits(): boolean {
    this.#added++;
    if (this.#waiting + this.#outbox.items < this.#limits.kept) return true;
    this.#outbox.drop(1, "full");
    return false;
  }

  /** An item was added to a pile. */
  grew(pile: Pile): void {
    this.#waiting++;
    if (pile.items >= this.#limits.perRequest) {
      this.#full.push(...pile.seal());
      this.#putSoon();
    } else this.#stop ??= after(this.#limits.delayMs, () => this.#due());
  }

  /** An item could not be written. */
  failed(): void {
    this.#outbox.drop(1, "not encoded");
  }

  /** Sends what is here now. Whether all of it arrived or was refused for good. */
  flush(): Promise<boolean> {
    this.#outbox.put(...this.#takeAll());
    return this.#outbox.flush();
  }

  /** What has not been answered, to be sent in another way. */
  take(): readonly Chunk[] {
    return [...this.#outbox.take(), ...this.#takeAll()];
  }

  #due(): void {
    this.#stop = undefined;
    if (this.#waiting === 0) return;
    // While the endpoint is away, few large requests are better than many small ones.
    if (this.#outbox.busy) this.#stop = after(this.#limits.delayMs, () => this.#due());
    else this.#outbox.put(...this.#takeAll());
  }

  /** Not in the app's own call, so that a burst does not hold it up. */
  #putSoon(): void {
    if (this.#isPutSoon) return;
    this.#isPutSoon = true;
    soon(() => {
      this.#isPutSoon = false;
      const full = this.#full.splice(0);
      for (const { items } of full) this.#waiting -= items;
      this.#outbox.put(...this.#encoded(full));
    });
  }

  #takeAll(): Chunk[] {
    this.#stop?.();
    this.#stop = undefined;
    this.#waiting = 0;
    return this.#encoded([...this.#full.splice(0), ...this.#piles.flatMap((pile) => pile.seal())]);
  }

  #encoded(chunks: readonly Chunk[]): Chunk[] {
    return chunks.map((chunk) => encoded(this.#signal, this.#outbox, chunk));
  }
}

/** A request as its outbox sends it. */
export const encoded = (signal: Signal, { endpoint }: Outbox, { body, items }: Chunk): Chunk => ({
  body: endpoint?.encoding === "json" ? inJson(signal, body) : body,
  items,
});

const firstSize = 16 * 1024;

/** The tag of an item in its `Scope…`, and how many bytes are kept for its length: almost all take two. */
const itemTag = 0x12;
const kept = 2;

/**
 * Items of one instrumentation, encoded one after the other. Room for what stands in front of them in a request
 * is kept before the first, so that nothing is copied when the request is made.
 */
export class Pile {
  items = 0;
  readonly #piles: Piles;
  readonly #resource: Uint8Array;
  readonly #scope: Uint8Array;
  readonly #front: number;
  #wire: Wire | undefined;

  constructor(piles: Piles, resource: Uint8Array, scope: Uint8Array) {
    this.#piles = piles;
    this.#resource = resource;
    this.#scope = scope;
    this.#front = resource.length + scope.length + 16;
  }

  /** Adds an item, as `write` writes it; one that throws is left out and counted. */
  add<T>(write: (wire: Wire, item: T) => void, item: T): void {
    if (!this.#piles.admits()) return;
    const wire = (this.#wire ??= new Wire(firstSize + this.#front, this.#front));
    const start = wire.position;
    try {
      wire.room(64);
      wire.byte(itemTag);
      wire.position += kept;
      write(wire, item);
      wire.close(start + 1, kept);
    } catch {
      wire.position = start;
      this.#piles.failed();
      return;
    }
    this.items++;
    this.#piles.grew(this);
  }

  /** The request of all items until now. */
  seal(): Chunk[] {
    const wire = this.#wire;
    if (wire === undefined || this.items === 0) return [];
    const { bytes, position } = wire;
    const head = this.#head(position - this.#front);
    const start = this.#front - head.length;
    bytes.set(head, start);
    const chunk = { body: bytes.subarray(start, position), items: this.items };
    this.items = 0;
    // What is sent is not written to again. A large room that is mostly empty stays here, and a copy is sent.
    if (position * 2 > bytes.length) {
      this.#wire = new Wire(bytes.length, this.#front);
      return [chunk];
    }
    wire.position = this.#front;
    return [{ ...chunk, body: Uint8Array.prototype.slice.call(chunk.body) }];
  }

  /** The resource and the scope, as they stand in front of items of so many bytes. */
  #head(size: number): Uint8Array {
    const inner = this.#scope.length + size;
    const outer = this.#resource.length + 1 + varintSize(inner) + inner;
    return bytesOf((wire) => {
      wire.byte(0x0a);
      wire.varint(outer);
      wire.copy(this.#resource);
      wire.byte(0x12);
      wire.varint(inner);
      wire.copy(this.#scope);
    }, this.#front);
  }
}
