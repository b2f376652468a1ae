import { laterVersion } from "../errors.ts";
import type { StoreError } from "../errors.ts";
import type { Database } from "./database.ts";

/** The kinds of files: a day's records, which are the truth, the jobs of a day, and the catalogue of all days. */
export type FileKind = "records" | "jobs" | "catalogue";

/** The tables of a kind of file and their version. Records of a later version are refused, all else is made anew. */
interface Tables {
  readonly version: number;
  readonly sql: string;
}

/**
 * Times are microseconds since the Unix epoch: nanoseconds do not fit a number. `job` is the job's number in the
 * catalogue, or 0 where a record has no `job.uid`. Nobody changes what was received: a day is forgotten as a file.
 */
const records: Tables = {
  version: 4,
  sql: `
    CREATE TABLE sources (id INTEGER PRIMARY KEY, source BLOB NOT NULL UNIQUE); -- a resource and a scope
    CREATE TABLE blocks (id INTEGER PRIMARY KEY, records BLOB NOT NULL);        -- of block.ts
    CREATE TABLE records (
      job INTEGER NOT NULL,
      kind INTEGER NOT NULL,  -- of kinds.ts
      time INTEGER NOT NULL,
      uid TEXT NOT NULL,
      identity TEXT,          -- system, namespace, queue and id in one, where a record without job.uid is to find its job
      received INTEGER NOT NULL,
      source INTEGER NOT NULL,
      block INTEGER NOT NULL,
      place INTEGER NOT NULL, -- in the block, from 0
      PRIMARY KEY (job, kind, time, uid)
    ) WITHOUT ROWID;
    CREATE UNIQUE INDEX records_by_uid ON records (uid);
    CREATE INDEX records_by_identity ON records (identity, time) WHERE identity IS NOT NULL;

    CREATE TABLE traces (trace BLOB NOT NULL, job INTEGER NOT NULL, PRIMARY KEY (trace, job)) WITHOUT ROWID;
    CREATE TABLE lines (
      uid TEXT PRIMARY KEY,
      job INTEGER,            -- none while the line waits for records of its run
      trace BLOB,
      time INTEGER NOT NULL,
      received INTEGER NOT NULL,
      source INTEGER NOT NULL,
      record BLOB NOT NULL
    );
    CREATE INDEX lines_by_job ON lines (job, time) WHERE job IS NOT NULL;
    CREATE INDEX lines_by_trace ON lines (trace, time) WHERE trace IS NOT NULL;
    CREATE INDEX lines_waiting ON lines (received) WHERE job IS NULL;

    CREATE TABLE refused (at INTEGER NOT NULL, reason TEXT NOT NULL, text TEXT NOT NULL);
    CREATE TABLE counts (what TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;

    ${["records", "blocks"]
      .flatMap((table) => [
        `CREATE TRIGGER ${table}_stay BEFORE UPDATE ON ${table} BEGIN SELECT raise(ABORT, 'records are append-only'); END;`,
        `CREATE TRIGGER ${table}_last BEFORE DELETE ON ${table} BEGIN SELECT raise(ABORT, 'records are append-only'); END;`,
      ])
      .join("\n")}
  `,
};

/** What lists show of the jobs that were first heard of on a day. */
const jobs: Tables = {
  version: 7,
  sql: `
    CREATE TABLE jobs (
      id INTEGER PRIMARY KEY, -- in the catalogue
      uid TEXT NOT NULL,
      definition INTEGER NOT NULL,
      native_id TEXT, schedule TEXT, state TEXT NOT NULL, result TEXT, trigger TEXT,
      actor TEXT, scope TEXT, tenant TEXT, error TEXT, message TEXT, fingerprint TEXT,
      first INTEGER NOT NULL,
      sequence INTEGER NOT NULL, -- of the record that it was queued, within its process: orders jobs of one moment
      started INTEGER, ended INTEGER, last INTEGER NOT NULL, duration REAL,
      runs INTEGER NOT NULL, retries INTEGER NOT NULL, lost INTEGER NOT NULL,
      failed INTEGER NOT NULL, -- 1 where it failed and will not run again by itself
      row TEXT NOT NULL,       -- what a list shows of it, as JSON
      attributes TEXT NOT NULL -- its other attributes, as JSON
    );
    CREATE INDEX jobs_by_time ON jobs (first, sequence);
    CREATE INDEX jobs_by_last ON jobs (last);
    CREATE INDEX jobs_by_definition ON jobs (definition, first, sequence);
    CREATE INDEX jobs_by_id ON jobs (native_id) WHERE native_id IS NOT NULL;
    CREATE INDEX jobs_by_actor ON jobs (actor, first, sequence) WHERE actor IS NOT NULL;
    -- Most jobs succeed: an index of their state would hold all of them and choose none.
    CREATE INDEX jobs_by_state ON jobs (state, first, sequence) WHERE state NOT IN ('completed', 'removed');
    CREATE INDEX jobs_by_result ON jobs (result, first, sequence) WHERE result <> 'success';
    CREATE INDEX jobs_by_error ON jobs (error, first, sequence) WHERE error IS NOT NULL;
    CREATE INDEX jobs_by_fingerprint ON jobs (fingerprint, first, sequence) WHERE fingerprint IS NOT NULL;
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

    -- Jobs by the hour of their first event.
    CREATE TABLE hours (
      hour INTEGER NOT NULL, definition INTEGER NOT NULL, state TEXT NOT NULL, result TEXT NOT NULL,
      jobs INTEGER NOT NULL, failed INTEGER NOT NULL, runs INTEGER NOT NULL, retries INTEGER NOT NULL,
      lost INTEGER NOT NULL, timed INTEGER NOT NULL, duration REAL NOT NULL,
      PRIMARY KEY (hour, definition, state, result)
    ) WITHOUT ROWID;
  `,
};

/** Where what is, over all days: small enough to be asked for each record. */
const catalogue: Tables = {
  version: 6,
  sql: `
    CREATE TABLE days (
      day INTEGER PRIMARY KEY,
      records INTEGER NOT NULL, spans INTEGER NOT NULL, metrics INTEGER NOT NULL,
      refused INTEGER NOT NULL, other INTEGER NOT NULL,
      "from" INTEGER, "to" INTEGER,  -- the first times of the jobs that it lists
      last INTEGER NOT NULL,         -- when anything was last heard of them
      projected INTEGER NOT NULL,    -- the last block whose jobs are listed
      is_closed INTEGER NOT NULL     -- 1 where nothing is written to it any more
    );
    CREATE TABLE jobs (
      uid TEXT PRIMARY KEY,
      id INTEGER NOT NULL,
      home INTEGER NOT NULL,         -- the day that lists it
      days TEXT                      -- all days with records or lines of it, where there are more than its home
    ) WITHOUT ROWID;
    CREATE INDEX jobs_of_days ON jobs (days) WHERE days IS NOT NULL;
    CREATE TABLE loose (             -- the days that have records without job.uid; '' where they tell of no job
      identity TEXT NOT NULL, day INTEGER NOT NULL, PRIMARY KEY (identity, day)
    ) WITHOUT ROWID;
    CREATE TABLE definitions (
      id INTEGER PRIMARY KEY,
      system TEXT NOT NULL, namespace TEXT NOT NULL, queue TEXT NOT NULL, name TEXT NOT NULL, -- empty where unknown
      UNIQUE (system, namespace, queue, name)
    );
    CREATE TABLE definition_days (definition INTEGER NOT NULL, day INTEGER NOT NULL, PRIMARY KEY (definition, day)) WITHOUT ROWID;
    CREATE TABLE totals (
      day INTEGER NOT NULL,
      result TEXT NOT NULL,
      jobs INTEGER NOT NULL, failed INTEGER NOT NULL,
      runs INTEGER NOT NULL, retries INTEGER NOT NULL, lost INTEGER NOT NULL,
      PRIMARY KEY (day, result)
    ) WITHOUT ROWID;
    CREATE TABLE counts (what TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
  `,
};

const kinds: Readonly<Record<FileKind, Tables>> = { records, jobs, catalogue };

/** The version of the tables in a file; 0 where it has none. */
export const versionOf = (db: Database): number =>
  db.first<{ user_version: number }>("PRAGMA user_version")?.user_version ?? 0;

/** Whether a file has the tables of this version. */
export const isCurrent = (db: Database, kind: FileKind): boolean => versionOf(db) === kinds[kind].version;

/**
 * Makes the tables where there are none.
 * @throws StoreError where the file is of another version.
 */
export function prepareTables(db: Database, kind: FileKind): void {
  const { version, sql } = kinds[kind];
  const found = versionOf(db);
  if (found === version) return;
  if (found !== 0) throw versionFault(db, kind);
  db.transaction(() => db.exec(`${sql} PRAGMA user_version = ${version}`));
}

/** That a file is of another version. */
export const versionFault = (db: Database, kind: FileKind): StoreError =>
  laterVersion({ path: db.path, found: versionOf(db), known: kinds[kind].version });
