import { existsSync } from "node:fs";
import { join } from "node:path";
import { noJobLog } from "../errors.ts";
import { Files } from "../store/files.ts";
import { holdFolder } from "../store/lock.ts";
import { hasOldFile } from "../store/migrate.ts";
import { openWriter } from "../store/open.ts";
import type { OpenWriter } from "../store/open.ts";
import type { Progress } from "../store/recover.ts";

/**
 * Works on the folder of a job log that does not run.
 * @throws StoreError where a job log runs on it, or where it has none.
 */
export async function withHeld<Result>(
  folder: string,
  work: (open: OpenWriter) => Result | Promise<Result>,
  progress?: Progress,
): Promise<Result> {
  expectJobLog(folder);
  const release = holdFolder(folder);
  try {
    const open = openWriter(folder, progress);
    try {
      return await work(open);
    } finally {
      open.files.close();
    }
  } finally {
    release();
  }
}

/**
 * The files of a job log, to be read, also while it runs.
 * @throws StoreError where the folder has none, or one of an earlier version.
 */
export function filesToRead(folder: string): Files {
  expectJobLog(folder);
  return new Files(folder, "read");
}

function expectJobLog(folder: string): void {
  if (!existsSync(join(folder, "days")) && !hasOldFile(folder)) throw noJobLog(folder);
}
