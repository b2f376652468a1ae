import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { shareOf } from "./disk.ts";
import { failure, reasonOf } from "../errors.ts";

/** Which files of a second sink to remove. */
export interface Retention {
  readonly folder: string;
  /** The age below which no file is removed. */
  readonly ageMs: number;
  readonly isDry: boolean;
}

/** The result. */
export interface Pruned {
  readonly files: number;
  readonly removed: readonly string[];
  readonly removedBytes: number;
  /** The share of its disk that the folder uses now, from 0 to 1. */
  readonly share: number;
}

/**
 * `joblog-2026-01-31T12-00-00.000-size.jsonl`, packed or not: a file that is full, and its time. The one that is
 * written to has no time in its name, and is never removed.
 */
const full = /-(\d{4}-\d{2}-\d{2})T(\d{2})-(\d{2})-(\d{2}\.\d{3})(?:-\w+)?\.jsonl(?:\.gz)?$/;

/** Removes the full files that are old enough. @throws CatalogueError where the folder cannot be read or a file not removed. */
export function prune({ folder, ageMs, isDry }: Retention): Pruned {
  const names = attempt(folder, () => readdirSync(folder)).filter((name) => /\.jsonl(\.gz)?$/.test(name));
  if (names.length === 0)
    throw failure("JOBTRAIL_SINK_UNREADABLE", {
      name: folder,
      reason: "it has no file of a second sink (*.jsonl or *.jsonl.gz); name the folder second-sink",
    });
  const youngest = Date.now() - ageMs;
  const old = names
    .filter((name) => full.test(name) && endOf(folder, name) < youngest)
    .map((name) => join(folder, name));
  const removedBytes = old.reduce((sum, path) => sum + statSync(path).size, 0);
  if (!isDry) for (const path of old) attempt(path, () => rmSync(path));
  return { files: names.length, removed: old, removedBytes, share: shareOf(folder) };
}

/** When a file became full: the time in its name or its modification time, whichever is later. */
function endOf(folder: string, name: string): number {
  const [, date, hour, minute, second] = full.exec(name) ?? [];
  return Math.max(Date.parse(`${date}T${hour}:${minute}:${second}Z`) || Infinity, statSync(join(folder, name)).mtimeMs);
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw failure("JOBTRAIL_SINK_UNREADABLE", { name: path, reason: reasonOf(cause) }, { cause });
  }
}
