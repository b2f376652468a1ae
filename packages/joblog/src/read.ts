import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Received } from "@jobtrail/otlp";
import { fileName } from "./store.ts";
import { Database } from "./store/database.ts";
import { historyOf } from "./store/reader.ts";
import { prepareTables } from "./store/tables.ts";

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
    prepareTables(db);
    return historyOf(db, uid)?.events ?? [];
  } finally {
    db.close();
  }
}
