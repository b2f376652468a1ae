import { unwritable } from "../errors.ts";
import { count, setCount } from "./counts.ts";
import type { Database } from "./database.ts";
import { migrations } from "./migrations.ts";

/** The version of the tables that hold the records. Files of a later one are refused. */
const tablesVersion = 3;

/** The version of what `jobs` is made by: the fold and the columns below. Another one in a file means: make it anew. */
const projectionVersion = 5;

/**
 * `records` is the truth: each row is one job event, as the protobuf that was received. `jobs` is a projection of
 * them, which can be made again. Times are microseconds since the Unix epoch: nanoseconds do not fit a number.
 */
const recordTables = `
  CREATE TABLE sources (id INTEGER PRIMARY KEY, source BLOB NOT NULL UNIQUE); -- a resource and a scope
  CREATE TABLE job_uids (id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE);
  CREATE TABLE records (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE,
    job INTEGER,            -- in job_uids, where the record has job.uid
    identity TEXT,          -- system, namespace, queue and id in one, where a record without job.uid is to find its job
    kind INTEGER NOT NULL,  -- of kinds.ts
    time INTEGER NOT NULL,
    received INTEGER NOT NULL,
    source INTEGER NOT NULL,
    record BLOB NOT NULL
  );
  CREATE INDEX records_by_job ON records (job, kind, time) WHERE job IS NOT NULL;
  CREATE INDEX records_by_identity ON records (identity, time) WHERE identity IS NOT NULL;
  CREATE INDEX records_of_no_job ON records (time) WHERE job IS NULL AND identity IS NULL;

  -- Jobs whose system uses ids again: their uid is not their identity.
  CREATE TABLE identities (identity TEXT NOT NULL, job INTEGER NOT NULL, PRIMARY KEY (identity, job)) WITHOUT ROWID;
  CREATE INDEX identities_by_job ON identities (job);

  CREATE TABLE traces (trace BLOB NOT NULL, job INTEGER NOT NULL, PRIMARY KEY (trace, job)) WITHOUT ROWID;
  CREATE INDEX traces_by_job ON traces (job);

  CREATE TABLE logs (
    uid TEXT PRIMARY KEY,
    job INTEGER,            -- none while the line waits for records of its run
    trace BLOB,
    time INTEGER NOT NULL,
    arrived INTEGER NOT NULL,
    source INTEGER NOT NULL,
    record BLOB NOT NULL
  );
  CREATE INDEX logs_by_job ON logs (job, time) WHERE job IS NOT NULL;
  CREATE INDEX logs_by_trace ON logs (trace, time) WHERE trace IS NOT NULL;
  CREATE INDEX logs_waiting ON logs (arrived) WHERE job IS NULL;

  -- Nobody changes what was received. Only forgetting deletes, in transactions that say so.
  CREATE TRIGGER records_stay BEFORE UPDATE ON records BEGIN
    SELECT raise(ABORT, 'records are append-only');
  END;
  CREATE TRIGGER records_last BEFORE DELETE ON records
    WHEN NOT EXISTS (SELECT 1 FROM counts WHERE what = 'forgetting' AND n = 1) BEGIN
    SELECT raise(ABORT, 'records are append-only');
  END;
`;

const asideTables = `
  CREATE TABLE refused (at INTEGER NOT NULL, reason TEXT NOT NULL, text TEXT NOT NULL);
  CREATE TABLE counts (what TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
`;

const projection = `
  CREATE TABLE definitions (
    id INTEGER PRIMARY KEY,
    system TEXT NOT NULL, namespace TEXT NOT NULL, queue TEXT NOT NULL, name TEXT NOT NULL, -- empty where unknown
    UNIQUE (system, namespace, queue, name)
  );
  CREATE TABLE jobs (
    id INTEGER PRIMARY KEY, -- in job_uids
    uid TEXT NOT NULL,
    change INTEGER NOT NULL, -- grows with each change of any job
    definition INTEGER NOT NULL,
    native_id TEXT, schedule TEXT, state TEXT NOT NULL, result TEXT, trigger TEXT,
    actor TEXT, scope TEXT, tenant TEXT, error TEXT, message TEXT,
    first INTEGER NOT NULL,
    sequence INTEGER NOT NULL, -- of the record that it was queued, within its process: orders jobs of one moment
    started INTEGER, ended INTEGER, last INTEGER NOT NULL, duration REAL,
    runs INTEGER NOT NULL, retries INTEGER NOT NULL, lost INTEGER NOT NULL,
    failed INTEGER NOT NULL, -- 1 where it failed and will not run again by itself
    row TEXT NOT NULL        -- what a list shows of it, as JSON
  );
  CREATE UNIQUE INDEX jobs_by_change ON jobs (change);
  CREATE INDEX jobs_by_time ON jobs (first, sequence);
  CREATE INDEX jobs_by_definition ON jobs (definition, state, first, sequence);
  CREATE INDEX jobs_by_definition_time ON jobs (definition, first, sequence);
  CREATE INDEX jobs_by_state ON jobs (state, first, sequence);
  CREATE INDEX jobs_by_result ON jobs (result, first, sequence);
  CREATE INDEX jobs_by_id ON jobs (native_id) WHERE native_id IS NOT NULL;
  CREATE INDEX jobs_by_actor ON jobs (actor, first, sequence) WHERE actor IS NOT NULL;
  CREATE INDEX jobs_by_error ON jobs (error, first, sequence) WHERE error IS NOT NULL;
  CREATE INDEX jobs_lost ON jobs (first, sequence) WHERE lost >= 1;
  CREATE INDEX jobs_retried ON jobs (first, sequence) WHERE retries >= 1;
  CREATE INDEX jobs_failed ON jobs (first, sequence) WHERE failed = 1;

  -- The words of a job, by its number; the texts themselves are not kept again.
  CREATE VIRTUAL TABLE job_texts USING fts5 (text, content = '', contentless_delete = 1);

  CREATE TABLE totals (
    result TEXT PRIMARY KEY, -- empty where nothing certain is known
    jobs INTEGER NOT NULL, failed INTEGER NOT NULL,
    runs INTEGER NOT NULL, retries INTEGER NOT NULL, lost INTEGER NOT NULL
  ) WITHOUT ROWID;
`;

const noProjection = ["jobs", "definitions", "totals", "job_texts"]
  .map((table) => `DROP TABLE IF EXISTS ${table};`)
  .join(" ");

/** Whether the records are in tables of this version. */
export const isCurrent = (db: Database): boolean => versionOf(db) === tablesVersion;

const versionOf = (db: Database): number =>
  db.first<{ user_version: number }>("PRAGMA user_version")?.user_version ?? 0;

/**
 * Makes the tables where there are none, and brings those of earlier versions up to date.
 * @returns whether the jobs have to be made anew.
 * @throws StoreError where the file was made by a later version.
 */
export function prepareTables(db: Database): boolean {
  const found = versionOf(db);
  if (found > tablesVersion)
    throw unwritable(
      `the data were written by a later version (tables ${found}; this one knows ${tablesVersion}): update Jobtrail, or use another folder.`,
    );
  if (found < tablesVersion)
    db.transaction(() => {
      if (found === 0) db.exec(`${asideTables} ${recordTables}`);
      else for (const migrate of migrations.slice(found - 1)) migrate(db, recordTables);
      db.exec(`PRAGMA user_version = ${tablesVersion}`);
    });
  if (count(db, "projection") === projectionVersion) return false;
  db.transaction(() => db.exec(`${noProjection} ${projection}`));
  return true;
}

/** Empties what is made of the records, so that it can be made again. */
export const emptyProjection = (db: Database): void =>
  db.exec("DELETE FROM jobs; DELETE FROM totals; INSERT INTO job_texts (job_texts) VALUES ('delete-all')");

/** The jobs are those of this version now. */
export const projectionIsCurrent = (db: Database): void => setCount(db, "projection", projectionVersion);
