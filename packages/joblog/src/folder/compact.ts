import { dayName } from "../store/day.ts";
import type { Progress } from "../store/recover.ts";
import { rewriteDay } from "../store/rewrite.ts";
import { sweep } from "../store/sweep.ts";
import { withHeld } from "./held.ts";

/** How much room a job log took before and takes now, in bytes. */
export interface Compacted {
  readonly days: number;
  readonly before: number;
  readonly after: number;
}

/**
 * Writes the files of all days anew, with full blocks and no free pages.
 * @throws StoreError where the folder has no job log, or one that runs.
 */
export const compactFolder = (folder: string, progress?: Progress): Promise<Compacted> =>
  withHeld(folder, ({ files, writer }) => {
    const days = files.days();
    const size = (): number => days.reduce((sum, day) => sum + files.bytesOf(day), 0);
    const before = size();
    for (const day of days) {
      progress?.(dayName(day));
      rewriteDay(files, day);
      writer.note(day);
      if (files.has(day, "jobs")) files.jobs(day).exec("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);");
    }
    sweep(files);
    return { days: days.length, before, after: size() };
  });
