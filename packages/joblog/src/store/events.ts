import type { Database } from "./database.ts";
import { inferredKind, kinds, mostWithoutUid } from "./kinds.ts";
import { eventIn } from "./record.ts";
import type { StoredEvent } from "./record.ts";

/** A row of `records`, as it is read. */
export interface RecordRow {
  readonly uid: string;
  readonly kind: number;
  readonly time: number;
  readonly received: number;
  readonly source: number;
  readonly record: Uint8Array;
}

const columns = "uid, kind, time, received, source, record";

const end = (kind: number, order: "ASC" | "DESC", most: number): string =>
  `SELECT * FROM (SELECT ${columns} FROM records WHERE job = ?1 AND kind = ${kind} ORDER BY time ${order}, uid ${order} LIMIT ${most})`;

const ofJob = Object.values(kinds)
  .flatMap(({ number, oldest, newest }) => [
    ...(oldest > 0 ? [end(number, "ASC", oldest)] : []),
    end(number, "DESC", newest),
  ])
  .join(" UNION ");

const inferredOfJob = end(inferredKind, "DESC", kinds.run.newest);

/** The records of a job that count: of very many, those of the stated limits. */
export const rowsOfJob = (db: Database, job: number): RecordRow[] => db.all(ofJob, job);

/** The ends of its runs that this job log has inferred. */
export const inferredOf = (db: Database, job: number): RecordRow[] => db.all(inferredOfJob, job);

/** The records without `job.uid` of an identity. */
export const rowsOfIdentity = (db: Database, identity: string): RecordRow[] =>
  db.all(
    `SELECT ${columns} FROM records WHERE identity = ? ORDER BY time DESC, uid DESC LIMIT ${mostWithoutUid}`,
    identity,
  );

/** Whether there is any record that finds its job by an identity: most systems write none. */
export const hasAnyWithoutUid = (db: Database): boolean =>
  db.first("SELECT 1 FROM records WHERE identity IS NOT NULL LIMIT 1") !== undefined;

/** Whether any record of an identity has no `job.uid`. */
export const hasRecordsWithoutUid = (db: Database, identity: string): boolean =>
  db.first("SELECT 1 FROM records WHERE identity = ? LIMIT 1", identity) !== undefined;

/** Rows read again; one whose bytes are damaged is left out, so that it keeps no other from being read. */
export const eventsIn = (rows: readonly RecordRow[]): (StoredEvent & { readonly kind: number })[] =>
  rows.flatMap(({ uid, kind, time, source, record, received }) => {
    const event = eventIn(record, received);
    return event === undefined ? [] : [{ uid, kind, time, source, event }];
  });

/** The identities of a job: what records without `job.uid` may find it by. */
export const identitiesOf = (db: Database, job: number, uid: string): string[] => [
  uid,
  ...db.all<{ identity: string }>("SELECT identity FROM identities WHERE job = ?", job).map(({ identity }) => identity),
];

/** A job, by the number that its records have. */
export interface JobKey {
  readonly id: number;
  readonly uid: string;
}

/** The jobs of an identity: the newest, at most so many. */
export const jobsOfIdentity = (db: Database, identity: string, most: number): JobKey[] =>
  db.all<JobKey>(
    `SELECT id, uid FROM job_uids WHERE uid = ?1
     UNION SELECT id, uid FROM job_uids WHERE id IN (SELECT job FROM identities WHERE identity = ?1)
     ORDER BY id DESC LIMIT ?2`,
    identity,
    most,
  );
