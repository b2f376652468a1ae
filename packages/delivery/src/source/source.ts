import type { JobEvent, Refusal } from "@jobtrail/core/event";

/** One page of a source: the events, the records that could not be read, and the next position. */
export interface Page<Mark> {
  readonly events: readonly JobEvent[];
  readonly refused: readonly Refusal[];
  readonly next: Mark;
}

/**
 * A source of job events outside of the process: poll, webhook, import or observer.
 * A mark is a JSON value that holds the position.
 */
export interface Source<Mark> {
  readonly name: string;
  /** Checks a stored mark; undefined for a value that is not a mark of this source. */
  mark(stored: unknown): Mark | undefined;
  /** Reads from a mark on, or from the beginning; ends at the end of the source, or when it is stopped. */
  read(from: Mark | undefined, stop: AbortSignal): AsyncIterable<Page<Mark>>;
}
