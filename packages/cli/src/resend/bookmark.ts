import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { SinkError } from "./file.ts";

/** How far a file was taken. */
export interface Place {
  /** In bytes of the unpacked file. */
  readonly end: number;
  /** The hash of all before: files may begin alike, where a sender tried the same request again. */
  readonly sum: string;
  /** How much of it was refused: a file that has such is never removed. */
  readonly refused: number;
}

/** How far each file was taken by one endpoint, so that a second time goes on where the first ended. */
export interface Bookmark {
  of(mark: string): Place | undefined;
  /** Kept on disk before it returns. */
  set(mark: string, place: Place): void;
}

const count = z.number().int().nonnegative();

const shape = z.record(z.string(), z.object({ end: count, sum: z.string(), refused: count }));

/**
 * The bookmark of a folder for an endpoint and a range of times: another range is another resend.
 * @throws SinkError where it cannot be read; it lies in the folder `.resent`.
 */
export function bookmarkOf(folder: string, endpoint: string, range: string): Bookmark {
  const within = join(folder, ".resent");
  const name = createHash("sha256").update(`${endpoint} ${range}`).digest("hex").slice(0, 16);
  const path = join(within, `${name}.json`);
  const places = new Map(Object.entries(read(path)));
  return {
    of: (mark) => places.get(mark),
    set(mark, place) {
      places.set(mark, place);
      keep(within, path, JSON.stringify(Object.fromEntries(places)));
    },
  };
}

function keep(within: string, path: string, text: string): void {
  try {
    mkdirSync(within, { recursive: true });
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SinkError(within, `how far was sent cannot be kept: ${why}; run it as a user who may write there`, {
      cause,
    });
  }
}

function read(path: string): Readonly<Record<string, Place>> {
  try {
    return shape.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return {};
    throw new SinkError(path, "it does not say how far was sent; remove it to send everything again", { cause });
  }
}
