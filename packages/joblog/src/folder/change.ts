import type { Pruned, Retention } from "../contract.ts";
import { rebuild } from "../store/recover.ts";
import type { Progress } from "../store/recover.ts";
import { pruneDay } from "../store/retain.ts";
import { dayName } from "../store/day.ts";
import { withHeld } from "./held.ts";

/**
 * Forgets what is older than a time, as a job log does while it runs.
 * @throws StoreError where the folder has no job log, or one that runs.
 */
export const pruneFolder = (folder: string, retention: Retention, progress?: Progress): Promise<Pruned> =>
  withHeld(folder, (open) => {
    const all = { jobs: 0, records: 0, bytes: 0 };
    for (let after = -Infinity; ;) {
      const one = pruneDay(open, retention, after);
      if (one === undefined) return all;
      progress?.(dayName(one.day));
      for (const what of ["jobs", "records", "bytes"] as const) all[what] += one[what];
      after = one.day;
    }
  });

/**
 * Makes the catalogue and all lists anew from the records.
 * @returns how many days there are.
 * @throws StoreError where the folder has no job log, or one that runs.
 */
export const rebuildFolder = (folder: string, progress?: Progress): Promise<number> =>
  withHeld(folder, ({ files, writer }) => {
    rebuild(writer, files, progress);
    return files.days().length;
  });
