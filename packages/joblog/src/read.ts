import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Received } from "@jobtrail/otlp";
import { Files } from "./store/files.ts";
import { holdFolder } from "./store/lock.ts";
import { hasOldFile } from "./store/migrate.ts";
import { openWriter } from "./store/open.ts";
import { HistoryReader } from "./store/reader.ts";

/**
 * A job's events in the order of its life, from the folder of a job log, also while it runs; none where no job has
 * this uid, nothing where the folder holds no job log.
 * @throws StoreError where the files cannot be read.
 */
export function readEvents(data: string, uid: string): readonly Received[] | undefined {
  if (hasOldFile(data)) bringUpToDate(data);
  if (!existsSync(join(data, "catalogue.db"))) return undefined;
  const files = new Files(data, "read");
  try {
    return new HistoryReader(files).read(uid)?.events ?? [];
  } finally {
    files.close();
  }
}

/** A file of an earlier version is brought up to date; not while a job log of that version uses it. */
function bringUpToDate(folder: string): void {
  const release = holdFolder(folder);
  try {
    openWriter(folder).files.close();
  } finally {
    release();
  }
}
