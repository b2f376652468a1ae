import type { JobEvent, Refusal } from "./event.ts";

/** What a source gave in one reading: what could be read, what could not, and where to go on. */
export interface Page<Mark> {
  readonly events: readonly JobEvent[];
  readonly refused: readonly Refusal[];
  readonly next: Mark;
}

/** A place that job events are read from, after or beside the fact: poll, webhook, import, observer alike. */
export interface Source<Mark> {
  readonly name: string;
  read(from: Mark | undefined, stop: AbortSignal): AsyncIterable<Page<Mark>>;
}
