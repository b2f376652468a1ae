import type { JobState } from "@jobtrail/conventions";
import type { HrTime } from "@opentelemetry/api";
import { overStates } from "../view.ts";
import type { Database } from "./database.ts";
import { recordsOf } from "./gather.ts";
import { micros } from "./row.ts";

/** A job that stopped may be started again; one that was not for as long as jobs are kept is forgotten all the same. */
const forgettable: readonly JobState[] = [...overStates, "stopped"];

/**
 * Forgets some of the jobs that are over and were last heard of before a time, with their records.
 * @returns how many they were; none when all are forgotten.
 */
export function pruneJobs(db: Database, before: HrTime, most: number): number {
  let gone = 0;
  for (const state of forgettable) {
    // No job is first heard of after it was last heard of, and `first` stands in the index.
    const found = db.all<{ uid: string }>(
      "SELECT uid FROM jobs WHERE state = ?1 AND first < ?2 AND last < ?2 ORDER BY first LIMIT ?3",
      state,
      micros(before),
      most - gone,
    );
    for (const { uid } of found) pruneJob(db, uid);
    gone += found.length;
  }
  return gone;
}

/** Forgets what is older than a time and belongs to no job. */
export function pruneRest(db: Database, before: HrTime): void {
  db.run("DELETE FROM records WHERE job IS NULL AND kin IS NULL AND time < ?", micros(before));
  db.run("DELETE FROM refused WHERE at < ?", micros(before));
}

function pruneJob(db: Database, uid: string): void {
  const strays = db.first(
    "SELECT 1 FROM records WHERE job IS NULL AND kin IN (SELECT kin FROM records WHERE job = ?1 UNION ALL SELECT ?1)",
    uid,
  );
  if (strays !== undefined)
    for (const record of recordsOf(db, uid)) db.run("DELETE FROM records WHERE uid = ?", record.uid);
  db.run("DELETE FROM records WHERE job = ?", uid);
  db.run("DELETE FROM jobs WHERE uid = ?", uid);
  db.run("DELETE FROM logs WHERE job = ?", uid);
}
