import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorLine, reasonOf } from "@jobtrail/conventions";
import { catalogue } from "../errors.ts";

/** The position in a source, stored for the next process. */
export interface Checkpoint {
  /** The stored position; undefined if there is none. @throws CheckpointError if it cannot be read. */
  read(): unknown;
  /** Stores a position durably before it returns. @throws CheckpointError if it cannot. */
  write(mark: unknown): void;
  /** Its path, for messages. */
  readonly path: string;
}

/** A checkpoint that cannot be read or written. Its message is a code and a line. */
export class CheckpointError extends Error {
  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(errorLine(catalogue, "JOBTRAIL_CHECKPOINT_UNUSABLE", { path, reason }), options);
    this.name = "CheckpointError";
  }
}

/** The checkpoint of a source in a folder, a file of JSON. A power cut leaves the old one or the new one. */
export function checkpointIn(folder: string, source: string): Checkpoint {
  const path = join(folder, `${encodeURIComponent(source)}.json`);
  return { path, read: () => read(path), write: (mark) => write(folder, path, mark) };
}

function read(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as unknown;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new CheckpointError(path, `${reasonOf(cause)}; remove it to read the source from its beginning`, { cause });
  }
}

function write(folder: string, path: string, mark: unknown): void {
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${path}.new`, `${JSON.stringify(mark)}\n`, { flush: true });
    renameSync(`${path}.new`, path);
    sync(folder);
  } catch (cause) {
    throw new CheckpointError(path, `${reasonOf(cause)}; run it as a user who may write there`, { cause });
  }
}

/** Syncs the folder, which makes the renamed file durable. */
function sync(folder: string): void {
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
