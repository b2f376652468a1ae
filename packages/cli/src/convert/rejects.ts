import { once } from "node:events";
import { createWriteStream, openSync } from "node:fs";
import type { WriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import { failure, reasonOf } from "../errors.ts";
import type { Rejected } from "./reader.ts";

/** Where a record stood that could not be read. */
export interface Location {
  readonly input: string;
  readonly line: number;
}

/** Takes what could not be read. */
export interface Rejects {
  put(rejected: Rejected, location: Location | undefined): void;
  flush(): Promise<void>;
  finish(): Promise<void>;
}

/** How an input is called where people read it. */
export const titleOf = (input: string): string => (input === "-" ? "stdin" : input);

/** A line for people, which says of the record no more than what was found at its fault. */
export const toPeople = (say: (line: string) => void): Rejects => ({
  put({ reason: { path, expected, found } }, location) {
    const where = location === undefined ? "" : `${titleOf(location.input)}:${location.line}: `;
    say(`${where}${path} is ${found}; expected ${expected}`);
  },
  flush: async () => undefined,
  finish: async () => undefined,
});

/**
 * A JSON object on a line of a file for each, with the record where its secrets are known.
 * @throws CatalogueError where the file cannot be written: at once where it cannot be opened, else when it is flushed.
 */
export function toFile(path: string): Rejects {
  const file = opened(path);
  // An error is thrown by whoever waits for the file next.
  const done = finished(file).catch((cause: unknown) => {
    throw unwritable(path, cause);
  });
  done.catch(() => undefined);
  return {
    put({ reason: { path: at, expected, found }, record }, location) {
      file.write(`${JSON.stringify({ ...location, path: at, expected, found, record })}\n`);
    },
    async flush() {
      if (file.destroyed) await done;
      if (file.writableNeedDrain) await Promise.race([once(file, "drain"), done]);
    },
    async finish() {
      file.end();
      await done;
    },
  };
}

function opened(path: string): WriteStream {
  try {
    return createWriteStream(path, { fd: openSync(path, "w") });
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

const unwritable = (path: string, cause: unknown): Error =>
  failure("JOBTRAIL_REJECTS_UNWRITABLE", { name: path, reason: reasonOf(cause) }, { cause });
