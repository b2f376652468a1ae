import { join } from "node:path";
import { folderInUse } from "../errors.ts";
import { named } from "./database.ts";
import { loadSqlite } from "./sqlite.ts";

/** Whoever holds this file's lock owns the folder. */
const fileName = "jobs.lock";

/** Ends the hold. */
export type Release = () => void;

/**
 * Holds a folder for this process alone: two job logs on one folder would both fold its jobs and forget
 * them. The lock is the operating system's, on a small database beside the data: it is gone with the
 * process, however that ends, and the data can still be read and changed by other programs.
 * @throws StoreError where another one holds it.
 */
export function holdFolder(folder: string): Release {
  const { DatabaseSync } = loadSqlite();
  const path = join(folder, fileName);
  let connection: InstanceType<typeof DatabaseSync> | undefined;
  try {
    connection = new DatabaseSync(path);
    // One that is just ending may hold it a moment longer than its output is open.
    connection.exec("PRAGMA busy_timeout = 1000; BEGIN EXCLUSIVE");
    return () => connection?.close();
  } catch (cause) {
    connection?.close();
    throw isBusy(cause) ? folderInUse(folder, cause) : named(cause, path);
  }
}

const isBusy = (cause: unknown): boolean => cause instanceof Error && "errcode" in cause && cause.errcode === 5;
