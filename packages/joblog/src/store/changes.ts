import type { Changes, Undo } from "../contract.ts";
import type { JobRow } from "../view.ts";

/** So many jobs that changed last are remembered. */
const mostRemembered = 20_000;

/** Which jobs have changed, numbered. The numbers go on after the time, so that those of an earlier process are lower. */
export class ChangeLog {
  readonly #changes = new Map<string, number>();
  readonly #listeners = new Set<() => void>();
  #newest: number;
  /** Up to this number nothing is remembered. */
  #forgotten: number;

  constructor(clock: () => number = Date.now) {
    this.#newest = clock() * 1000;
    this.#forgotten = this.#newest;
  }

  /** The number of the newest change. */
  get newest(): number {
    return this.#newest;
  }

  /** Notes that jobs have changed, and tells whoever watches. */
  add(uids: readonly string[]): void {
    if (uids.length === 0) return;
    for (const uid of uids) {
      this.#changes.delete(uid);
      this.#changes.set(uid, ++this.#newest);
    }
    for (const [uid, change] of this.#changes) {
      if (this.#changes.size <= mostRemembered) break;
      this.#changes.delete(uid);
      this.#forgotten = change;
    }
    for (const listener of this.#listeners) listener();
  }

  /** The jobs that changed after a change, in the order of their last changes, at most so many. */
  since(after: number, most: number, rowsOf: (uids: readonly string[]) => JobRow[]): Changes {
    const isGap = after < this.#forgotten || after > this.#newest;
    const found: [string, number][] = [];
    for (const entry of this.#changes)
      if (entry[1] > (isGap ? this.#newest : after) && found.length < most) found.push(entry);
    const rows = new Map(rowsOf(found.map(([uid]) => uid)).map((row) => [row.uid, row]));
    return {
      changes: found.flatMap(([uid, change]) => {
        const job = rows.get(uid);
        return job === undefined ? [] : [{ change, job }];
      }),
      last: found.at(-1)?.[1] ?? this.#newest,
      isGap,
    };
  }

  /** Each addition is one of its own, whatever is given twice. */
  watch(listener: () => void): Undo {
    const own = (): void => listener();
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }
}
