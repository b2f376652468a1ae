import type { JobState } from "@jobtrail/conventions";
import type { HrTime } from "@opentelemetry/api";
import { overStates } from "../view.ts";
import { addCount, setCount } from "./counts.ts";
import type { Database } from "./database.ts";
import { hasRecordsWithoutUid, identitiesOf } from "./events.ts";
import type { JobKey } from "./events.ts";
import { micros } from "./record.ts";

/** A job that stopped may be started again; one that was not for as long as jobs are kept is forgotten all the same. */
const forgettable: readonly JobState[] = [...overStates, "stopped"];

/**
 * Forgets the records of some jobs that are over and were last heard of before a time.
 * @returns the jobs; none when all are forgotten.
 */
export function forgetJobs(db: Database, before: HrTime, most: number): readonly JobKey[] {
  const found: JobKey[] = [];
  for (const state of forgettable)
    // No job is first heard of after it was last heard of, and `first` stands in the index.
    found.push(
      ...db.all<JobKey>(
        "SELECT id, uid FROM jobs WHERE state = ?1 AND first < ?2 AND last < ?2 ORDER BY first LIMIT ?3",
        state,
        micros(before),
        most - found.length,
      ),
    );
  forgetting(db, () => found.reduce((sum, job) => sum + forgetJob(db, job), 0));
  return found;
}

/** Forgets what is older than a time and belongs to no job. */
export function forgetRest(db: Database, before: HrTime): void {
  const time = micros(before);
  forgetting(db, () => db.run("DELETE FROM records WHERE job IS NULL AND identity IS NULL AND time < ?", time));
  db.run("DELETE FROM refused WHERE at < ?", time);
  const unknown = "SELECT id FROM job_uids WHERE id NOT IN (SELECT id FROM jobs)";
  db.run(`DELETE FROM logs WHERE arrived < ? AND job IN (${unknown})`, time);
}

/** @returns how many records it had. */
function forgetJob(db: Database, { id, uid }: JobKey): number {
  let records = 0;
  for (const identity of identitiesOf(db, id, uid))
    if (hasRecordsWithoutUid(db, identity) && isLastOf(db, identity, id))
      records += db.run("DELETE FROM records WHERE identity = ?", identity);
  records += db.run("DELETE FROM records WHERE job = ?", id);
  for (const table of ["logs", "traces", "identities"]) db.run(`DELETE FROM ${table} WHERE job = ?`, id);
  db.run("DELETE FROM job_uids WHERE id = ?", id);
  return records;
}

/** Records without `job.uid` stay for as long as any other job may be meant. */
const isLastOf = (db: Database, identity: string, job: number): boolean =>
  db.first(
    `SELECT 1 FROM job_uids WHERE id <> ?2
       AND (uid = ?1 OR id IN (SELECT job FROM identities WHERE identity = ?1)) LIMIT 1`,
    identity,
    job,
  ) === undefined;

/** Records can be deleted only while this is said. */
function forgetting(db: Database, work: () => number): void {
  setCount(db, "forgetting", 1);
  addCount(db, "records", -work());
  setCount(db, "forgetting", 0);
}
