import { Unreadable } from "./unreadable.ts";

/** What a body may still ask for while it is read. A small body can name very many things: this is what bounds their memory. */
export interface Limits {
  /** How many more messages, lists and maps the body may hold. */
  things: number;
  /** How many levels deeper the value being read may go. */
  depth: number;
}

/** How many messages, lists and maps one body may hold. */
export const thingLimit = 250_000;

/** How deep lists and maps may stand in each other. */
export const depthLimit = 64;

/** How many attributes a record may have. */
export const attributeLimit = 1024;

/** The limits of a new body. */
export const newLimits = (): Limits => ({ things: thingLimit, depth: depthLimit });

/** Takes one thing from what the body may hold. */
export function spend(limits: Limits): void {
  limits.things -= 1;
  if (limits.things < 0)
    throw new Unreadable(`at most ${thingLimit} records and nested values in one request`, "more", true);
}

/** Reads one level deeper. */
export function deeper<T>(limits: Limits, read: () => T): T {
  spend(limits);
  if (limits.depth === 0) throw new Unreadable(`values nested at most ${depthLimit} deep`, "deeper ones");
  limits.depth -= 1;
  try {
    return read();
  } finally {
    limits.depth += 1;
  }
}
