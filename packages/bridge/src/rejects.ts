import { hash } from "node:crypto";
import { appendFileSync, mkdirSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Refusal } from "@jobtrail/core/event";
import type { Json } from "@jobtrail/schemas";
import { failure, reasonOf } from "./errors.ts";

/** Keeps what was refused, each with its reason. */
export interface Rejects {
  /** Whether it was new: a record that is read again is kept once. */
  keep(refusal: Refusal, record?: Json): boolean;
}

const largest = 16 * 1024 * 1024;
const mostRemembered = 10_000;

/**
 * A file of JSON lines: `{ at, path, expected, found, record }`, secrets replaced. A full file is renamed to
 * `….1` and a new one begins. Without a file nothing is kept.
 */
export function rejectsIn(file: string | undefined, now: () => number): Rejects {
  const known = new Set<string>();
  return {
    keep({ path, expected, found }, record) {
      const what = { path, expected, found, ...(record !== undefined && { record }) };
      const id = hash("sha256", JSON.stringify(what)).slice(0, 24);
      if (known.has(id)) return false;
      if (known.size >= mostRemembered) known.clear();
      known.add(id);
      if (file !== undefined) append(file, JSON.stringify({ at: new Date(now()).toISOString(), ...what }));
      return true;
    },
  };
}

function append(file: string, line: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > largest) renameSync(file, `${file}.1`);
    appendFileSync(file, `${line}\n`);
  } catch (cause) {
    throw failure("JOBTRAIL_BRIDGE_REJECTS", { file, reason: reasonOf(cause) }, { cause });
  }
}
