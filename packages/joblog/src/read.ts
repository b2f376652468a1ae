import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Received } from "@jobtrail/otlp";
import { fileName } from "./store.ts";
import { Database } from "./store/database.ts";
import { historyOf } from "./store/reader.ts";
import { holdFolder } from "./store/lock.ts";
import { isCurrent, prepareTables } from "./store/tables.ts";

/**
 * A job's events in the order of its life, from the folder of a job log, also while it runs; none where no job has
 * this uid, nothing where the folder holds no job log.
 * @throws StoreError where the file cannot be read.
 */
export function readEvents(data: string, uid: string): readonly Received[] | undefined {
  const path = join(data, fileName);
  if (!existsSync(path)) return undefined;
  const db = new Database(path);
  try {
    bringUpToDate(db, data);
    return historyOf(db, uid)?.events ?? [];
  } finally {
    db.close();
  }
}

/** A file of an earlier version is brought up to date; not while a job log of that version uses it. */
function bringUpToDate(db: Database, folder: string): void {
  if (isCurrent(db)) return;
  const release = holdFolder(folder);
  try {
    prepareTables(db);
  } finally {
    release();
  }
}
