import type { JobEvent, Refusal } from "@jobtrail/core/event";

/** What a source gave in one reading: what could be read, what could not, and where to go on. */
export interface Page<Mark> {
  readonly events: readonly JobEvent[];
  readonly refused: readonly Refusal[];
  readonly next: Mark;
}

/**
 * A place that job events are read from, after or beside the fact: poll, webhook, import, observer alike.
 * A mark is a value of JSON that says where to go on.
 */
export interface Source<Mark> {
  readonly name: string;
  /** The mark that was stored; nothing for a value that is none of this source's. */
  mark(stored: unknown): Mark | undefined;
  /** Reads from a mark on, or from the beginning; ends when there is no more, or when it is stopped. */
  read(from: Mark | undefined, stop: AbortSignal): AsyncIterable<Page<Mark>>;
}
