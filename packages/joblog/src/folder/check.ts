import { unpack } from "../store/block.ts";
import { dayName } from "../store/day.ts";
import type { Day } from "../store/day.ts";
import type { Database } from "../store/database.ts";
import type { Files } from "../store/files.ts";
import { problemsOf } from "../store/problems.ts";
import type { Progress } from "../store/recover.ts";
import { filesToRead } from "./held.ts";

/** What was found on one day. */
export interface DayCheck {
  /** Such as 2026-03-02. */
  readonly day: string;
  readonly records: number;
  readonly bytes: number;
  /** What is wrong with it; empty where nothing is. */
  readonly faults: readonly string[];
}

/** What was found in a folder. */
export interface Checked {
  readonly days: readonly DayCheck[];
}

/**
 * Reads everything that a job log keeps, also while it runs: the pages of each file, each block of records, and
 * whether each record stands in its block.
 * @throws StoreError where the folder has no job log.
 */
export function checkFolder(folder: string, progress?: Progress): Checked {
  const files = filesToRead(folder);
  try {
    const found = new Map<string, DayCheck>();
    for (const day of files.days()) {
      progress?.(dayName(day));
      found.set(dayName(day), checkDay(files, day));
    }
    for (const { day, reason } of problemsOf(files)) {
      const { records = 0, bytes = 0, faults = [] } = found.get(day) ?? {};
      found.set(day, { day, records, bytes, faults: [...faults, reason] });
    }
    return { days: [...found.values()].toSorted((a, b) => (a.day < b.day ? -1 : 1)) };
  } finally {
    files.close();
  }
}

function checkDay(files: Files, day: Day): DayCheck {
  const faults: string[] = [];
  const records = files.read(day, "records", 0, (db) => {
    faults.push(...faultsOf(db), ...blockFaults(db));
    return db.first<{ n: number }>("SELECT count(*) AS n FROM records")?.n ?? 0;
  });
  files.read(day, "jobs", undefined, (db) => faults.push(...faultsOf(db)));
  return { day: dayName(day), records, bytes: files.bytesOf(day), faults };
}

const faultsOf = (db: Database): string[] =>
  db
    .all<{ quick_check: string }>("PRAGMA quick_check(10)")
    .flatMap(({ quick_check: said }) => (said === "ok" ? [] : [`${db.path}: ${said}`]));

/** Blocks that cannot be unpacked, or have fewer records than stand in them. */
function blockFaults(db: Database): string[] {
  const faults: string[] = [];
  const expected = new Map(
    db
      .all<{ block: number; n: number }>("SELECT block, max(place) + 1 AS n FROM records GROUP BY block")
      .map(({ block, n }) => [block, n]),
  );
  for (const { id, records } of db.each<{ id: number; records: Uint8Array }>("SELECT id, records FROM blocks")) {
    const there = unpack(records).length;
    const wanted = expected.get(id) ?? 0;
    if (there < wanted) faults.push(`${db.path}: block ${id} has ${there} records that can be read, of ${wanted}`);
    expected.delete(id);
  }
  for (const [block] of expected) faults.push(`${db.path}: block ${block} is missing`);
  return faults.slice(0, 10);
}
