import { now } from "@jobtrail/core/event";
import { StoreError } from "../contract.ts";
import type { Database } from "./database.ts";
import { micros } from "./row.ts";

/** The version of the tables that hold the truth. Files of a later one are refused. */
const tablesVersion = 2;

/** The version of what `jobs` is made by: the fold and the columns below. Another one in a file means: make it anew. */
const cacheVersion = 3;

/**
 * `records` is the truth: each row is one job event as OTLP bytes. `jobs` is a cache of what the fold
 * makes of them; `stale` names the jobs whose records changed since, whoever changed them.
 * Times are microseconds since the Unix epoch: a nanosecond count does not fit a JavaScript number.
 */
const tables = `
  CREATE TABLE records (
    uid TEXT PRIMARY KEY,
    job TEXT,             -- job.uid, where the record says it
    kin TEXT,             -- stands for system, namespace, queue and id: how a record without job.uid finds its job
    name TEXT NOT NULL,
    time INTEGER NOT NULL,
    trace TEXT,           -- of the run that the record is about
    record BLOB NOT NULL,
    received INTEGER      -- when it arrived; none for what was kept before tables 2
  );
  CREATE INDEX records_by_job ON records (job, name, time) WHERE job IS NOT NULL;
  CREATE INDEX records_by_kin ON records (kin, job) WHERE kin IS NOT NULL;
  CREATE INDEX records_by_trace ON records (trace, job) WHERE trace IS NOT NULL;
  CREATE INDEX records_alone ON records (time) WHERE job IS NULL;

  CREATE TABLE stale (job TEXT NOT NULL, kin TEXT NOT NULL, PRIMARY KEY (job, kin)) WITHOUT ROWID;

  CREATE TABLE logs (
    uid TEXT PRIMARY KEY,
    job TEXT,             -- the job that it was kept for; none while it waits for its run to be told of
    trace TEXT,
    time INTEGER NOT NULL,
    arrived INTEGER NOT NULL,
    record BLOB NOT NULL
  );
  CREATE INDEX logs_by_job ON logs (job, time) WHERE job IS NOT NULL;
  CREATE INDEX logs_by_trace ON logs (trace, time) WHERE trace IS NOT NULL;
  CREATE INDEX logs_waiting ON logs (arrived) WHERE job IS NULL;

  CREATE TABLE refused (at INTEGER NOT NULL, reason TEXT NOT NULL, text TEXT NOT NULL);
  CREATE TABLE counts (what TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
`;

const cache = `
  CREATE TABLE jobs (
    uid TEXT PRIMARY KEY,
    change INTEGER NOT NULL, -- grows with each change of any job
    system TEXT, queue TEXT, name TEXT, state TEXT NOT NULL, result TEXT, actor TEXT,
    first INTEGER NOT NULL,
    sequence INTEGER NOT NULL, -- of the record that it was queued, within its process: orders jobs of one moment
    last INTEGER NOT NULL,
    runs INTEGER NOT NULL, retries INTEGER NOT NULL, lost INTEGER NOT NULL,
    failed INTEGER NOT NULL, -- 1 where it failed and will not run again by itself
    row TEXT NOT NULL        -- what a list shows of it, as JSON
  );
  CREATE UNIQUE INDEX jobs_by_change ON jobs (change);
  CREATE INDEX jobs_by_time ON jobs (first, sequence, uid);
  CREATE INDEX jobs_by_system ON jobs (system, first, sequence, uid);
  CREATE INDEX jobs_by_queue ON jobs (queue, first, sequence, uid);
  CREATE INDEX jobs_by_name ON jobs (name, first, sequence, uid);
  CREATE INDEX jobs_by_state ON jobs (state, first, sequence, uid);
  CREATE INDEX jobs_by_actor ON jobs (actor, first, sequence, uid);
  CREATE INDEX jobs_lost ON jobs (first, sequence, uid) WHERE lost > 0;
  CREATE INDEX jobs_retried ON jobs (first, sequence, uid) WHERE retries > 0;
  CREATE INDEX jobs_by_result ON jobs (result, first, sequence, uid);
  CREATE INDEX jobs_failed ON jobs (first, sequence, uid) WHERE failed > 0;

  CREATE TABLE totals (
    result TEXT PRIMARY KEY, -- empty where nothing certain is known
    jobs INTEGER NOT NULL, failed INTEGER NOT NULL,
    runs INTEGER NOT NULL, retries INTEGER NOT NULL, lost INTEGER NOT NULL
  ) WITHOUT ROWID;
`;

const stale = (row: "new" | "old"): string =>
  `INSERT OR IGNORE INTO stale SELECT coalesce(${row}.job, ''), coalesce(${row}.kin, '')
   WHERE ${row}.job IS NOT NULL OR ${row}.kin IS NOT NULL;`;

const counted = (row: "new" | "old", by: 1 | -1): string => `
  INSERT INTO totals VALUES (coalesce(${row}.result, ''), ${by}, ${by} * ${row}.failed, ${by} * ${row}.runs,
    ${by} * ${row}.retries, ${by} * ${row}.lost)
  ON CONFLICT (result) DO UPDATE SET jobs = jobs + excluded.jobs, failed = failed + excluded.failed,
    runs = runs + excluded.runs, retries = retries + excluded.retries, lost = lost + excluded.lost;`;

const records = (by: 1 | -1): string =>
  `INSERT INTO counts VALUES ('records', ${by}) ON CONFLICT (what) DO UPDATE SET n = n + excluded.n;`;

/** Kept by the file itself, so that a change by any other program is seen as well. */
const recordTriggers = `
  CREATE TRIGGER record_new AFTER INSERT ON records BEGIN ${stale("new")} ${records(1)} END;
  CREATE TRIGGER record_changed AFTER UPDATE ON records BEGIN ${stale("old")} ${stale("new")} END;
  CREATE TRIGGER record_gone AFTER DELETE ON records BEGIN ${stale("old")} ${records(-1)} END;
`;

const cacheTriggers = `
  CREATE TRIGGER job_new AFTER INSERT ON jobs BEGIN ${counted("new", 1)} END;
  CREATE TRIGGER job_changed AFTER UPDATE ON jobs BEGIN ${counted("old", -1)} ${counted("new", 1)} END;
  CREATE TRIGGER job_gone AFTER DELETE ON jobs BEGIN ${counted("old", -1)} END;
`;

/**
 * Makes the tables where there are none.
 * @returns whether the cache has to be made anew.
 * @throws StoreError where the file was made by a later version.
 */
export function prepareTables(db: Database): boolean {
  const found = db.first<{ user_version: number }>("PRAGMA user_version")?.user_version ?? 0;
  if (found > tablesVersion)
    throw new StoreError(
      `the data were written by a later version (tables ${found}; this one knows ${tablesVersion}): update Jobtrail, or use another folder.`,
    );
  if (found === 0)
    db.transaction(() => {
      db.exec(`${tables} ${recordTriggers} ${cache} ${cacheTriggers} PRAGMA user_version = ${tablesVersion};`);
      setCount(db, "cache", cacheVersion);
    });
  else if (found < tablesVersion)
    db.transaction(() => {
      for (const migrate of migrations.slice(found - 1)) migrate(db);
      db.exec(`PRAGMA user_version = ${tablesVersion}`);
    });
  if (count(db, "cache") === cacheVersion) return false;
  // With their tables their indexes and triggers go.
  db.transaction(() => db.exec(`DROP TABLE IF EXISTS jobs; DROP TABLE IF EXISTS totals; ${cache} ${cacheTriggers}`));
  return true;
}

/** What brings the tables from each version to the next, beginning with version 1. */
const migrations: readonly ((db: Database) => void)[] = [
  (db) => {
    db.exec("ALTER TABLE records ADD COLUMN received INTEGER");
    setCount(db, receivedBefore, micros(now()));
  },
];

/** Counts when the records without a time of receipt were migrated: all of them arrived before. */
export const receivedBefore = "received before";

/** The cache is of this version now. */
export const cacheIsCurrent = (db: Database): void => setCount(db, "cache", cacheVersion);

/** What is counted, such as `spans`; 0 where nothing was. */
export const count = (db: Database, what: string): number =>
  db.first<{ n: number }>("SELECT n FROM counts WHERE what = ?", what)?.n ?? 0;

/** Adds to what is counted and gives the new sum. */
export const addCount = (db: Database, what: string, n: number): number =>
  db.first<{ n: number }>(
    "INSERT INTO counts VALUES (?, ?) ON CONFLICT (what) DO UPDATE SET n = n + excluded.n RETURNING n",
    what,
    n,
  )?.n ?? n;

const setCount = (db: Database, what: string, n: number): void => {
  db.run("INSERT INTO counts VALUES (?, ?) ON CONFLICT (what) DO UPDATE SET n = excluded.n", what, n);
};
