import type { DatabaseSync } from "node:sqlite";
import { loadSqlite } from "@jobtrail/joblog/sqlite";
import { failure, reasonOf } from "../errors.ts";

/**
 * A database in a file that SQLite makes where temporary files are, and that is gone when it is closed, also when the
 * process is killed. Nothing in it has to survive, and little of it stands in memory.
 */
export function temporary(): DatabaseSync {
  const { DatabaseSync: Database } = loadSqlite();
  // An empty name is a private database on disk.
  const db = new Database("");
  db.exec(`
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA cache_size = -4096;
    PRAGMA temp_store = FILE;
  `);
  return db;
}

/** An error of a temporary database as one that says what to do; any other as it is. */
export const temporaryError = (error: unknown): unknown =>
  error instanceof Error && "code" in error && error.code === "ERR_SQLITE_ERROR"
    ? failure("JOBTRAIL_TEMPORARY_FULL", { reason: reasonOf(error) }, { cause: error })
    : error;
