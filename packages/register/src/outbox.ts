import type { Answer, Post } from "./post.ts";

/** An encoded request, and how many items are in it. */
export interface Parcel {
  readonly body: Uint8Array;
  readonly items: number;
}

/** Who is told what became of a parcel. */
export interface Receipts {
  taken(parcel: Parcel, answer: Uint8Array): void;
  refused(parcel: Parcel, status: number): void;
  /** It stays, and is tried again. */
  delayed(cause: string): void;
}

const firstPauseMs = 1000;
const longestPauseMs = 30_000;

/** Parcels on their way, in order: one request at a time, and one that fails is tried again for as long as the process lives. */
export class Outbox {
  readonly #post: Post;
  readonly #receipts: Receipts;
  readonly #waiting: Parcel[] = [];
  #sending: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #pauseMs = firstPauseMs;
  #items = 0;

  constructor(post: Post, receipts: Receipts) {
    this.#post = post;
    this.#receipts = receipts;
  }

  /** How many items wait here. */
  get items(): number {
    return this.#items;
  }

  /** Whether what is put in now has to wait. */
  get busy(): boolean {
    return this.#waiting.length > 0;
  }

  put(...parcels: readonly Parcel[]): void {
    for (const parcel of parcels) {
      this.#waiting.push(parcel);
      this.#items += parcel.items;
    }
    if (this.#retry === undefined) void this.#send();
  }

  /** Puts parcels in the place of those that are not on their way yet. */
  replace(...parcels: readonly Parcel[]): void {
    for (const { items } of this.#waiting.splice(this.#sending === undefined ? 0 : 1)) this.#items -= items;
    this.put(...parcels);
  }

  /** Tries all that is here now once, also what waits for another try. Whether nothing waits any more. */
  async flush(): Promise<boolean> {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    await this.#send();
    return !this.busy;
  }

  /** What has not been answered, to be sent in another way. */
  take(): readonly Parcel[] {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#items = 0;
    return this.#waiting.splice(0);
  }

  #send(): Promise<void> {
    if (!this.busy) return Promise.resolve();
    this.#sending ??= this.#run();
    return this.#sending;
  }

  async #run(): Promise<void> {
    for (let parcel = this.#waiting[0]; parcel !== undefined; parcel = this.#waiting[0]) {
      const answer = await this.#post(parcel.body);
      if (answer.kind === "again") {
        this.#later(answer);
        break;
      }
      this.#over(parcel, answer);
    }
    // In the same turn as the last look at what waits: a parcel put in later starts a new round.
    this.#sending = undefined;
  }

  #over(parcel: Parcel, answer: Exclude<Answer, { kind: "again" }>): void {
    // Taken out meanwhile, where the process ends in mid request.
    if (this.#waiting[0] === parcel) {
      this.#waiting.shift();
      this.#items -= parcel.items;
    }
    this.#pauseMs = firstPauseMs;
    if (answer.kind === "taken") this.#receipts.taken(parcel, answer.body);
    else this.#receipts.refused(parcel, answer.status);
  }

  #later({ cause, afterMs = this.#pauseMs }: Extract<Answer, { kind: "again" }>): void {
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs);
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      void this.#send();
    }, afterMs).unref();
    this.#receipts.delayed(cause);
  }
}
