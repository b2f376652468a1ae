import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import type { Rejected } from "./reader.ts";

/** Where a record stood that could not be read. */
export interface Place {
  readonly input: string;
  readonly line: number;
}

/** Takes what could not be read. */
export interface Rejects {
  put(rejected: Rejected, place: Place | undefined): void;
  flush(): Promise<void>;
  finish(): Promise<void>;
}

/** A line for people on the standard error, which says of the record no more than what was found at its fault. */
export const toPeople = (): Rejects => ({
  put({ reason: { path, expected, found } }, place) {
    const where = place === undefined ? "" : `${place.input === "-" ? "stdin" : place.input}:${place.line}: `;
    process.stderr.write(`${where}${path} is ${found}; expected ${expected}\n`);
  },
  flush: async () => undefined,
  finish: async () => undefined,
});

/** A JSON object on a line of a file for each, with the record where its secrets are known. */
export function toFile(path: string): Rejects {
  const file = createWriteStream(path);
  // An error is thrown by whoever waits for the file next.
  const done = finished(file);
  done.catch(() => undefined);
  const flush = async (): Promise<void> => {
    if (file.writableNeedDrain) await Promise.race([once(file, "drain"), done]);
  };
  return {
    put({ reason: { path: at, expected, found }, record }, place) {
      file.write(`${JSON.stringify({ ...place, path: at, expected, found, record })}\n`);
    },
    flush,
    async finish() {
      file.end();
      await done;
    },
  };
}
