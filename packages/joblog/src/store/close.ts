import { chmodSync } from "node:fs";
import { StoreError } from "../errors.ts";
import { daysOf } from "./catalogue.ts";
import type { Day } from "./day.ts";
import type { Files } from "./files.ts";
import { newGeneration } from "./rewrite.ts";

/**
 * Closes the days before yesterday: their records are one file that nobody writes any more. One that somebody reads
 * just now is closed the next time.
 */
export function closeDays(files: Files, today: Day): void {
  if (files.folder === undefined) return;
  for (const { day } of daysOf(files.catalogue).filter((row) => row.is_closed === 0 && row.day < today - 1)) {
    if (!files.has(day, "records")) continue;
    if (closeDay(files, day)) files.catalogue.run("UPDATE days SET is_closed = 1 WHERE day = ?", day);
    // Whoever reads it lets go of it with the next question.
    else newGeneration(files);
    files.trim();
  }
}

function closeDay(files: Files, day: Day): boolean {
  try {
    const db = files.records(day);
    db.exec("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE;");
    files.closeDay(day);
    chmodSync(files.dayPath(day, "records"), 0o444);
    if (files.has(day, "jobs")) files.jobs(day).exec("INSERT INTO job_texts (job_texts) VALUES ('optimize')");
    return true;
  } catch (cause) {
    if (!(cause instanceof StoreError)) throw cause;
    return false;
  }
}
