import { join } from "node:path";
import { readdirSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { SQLInputValue, StatementSync } from "node:sqlite";
import { isRefusal } from "@jobtrail/core/event";
import { decodeLogs } from "@jobtrail/otlp";
import { perRequest, requests } from "./corpus.ts";
import { cpuOf } from "./cpu.ts";

/** A row for each record with its protobuf, found by its uid and by its job; and the tables that jobs are listed from. */
const tables = `
  CREATE TABLE job_uids (id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE);
  CREATE TABLE records (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, job INTEGER, kind INTEGER NOT NULL, time INTEGER NOT NULL,
    received INTEGER NOT NULL, source INTEGER NOT NULL, record BLOB NOT NULL
  );
  CREATE INDEX records_by_job ON records (job, kind, time);
  CREATE TABLE traces (trace BLOB NOT NULL, job INTEGER NOT NULL, PRIMARY KEY (trace, job)) WITHOUT ROWID;
`;

/**
 * What anybody would write for the same records and jobs, each once: plain rows in one file, with the same indexes and
 * words, one transaction for what one turn had brought.
 * @param kept the folder of a job log that keeps the records: its rows of jobs are written here too.
 * @returns CPU in microseconds.
 */
export function insertPlain(records: number, kept: string, to: string, together: number): number {
  const lists = readdirSync(join(kept, "days"))
    .filter((name) => name.endsWith(".jobs.db"))
    .map((name) => new DatabaseSync(join(kept, "days", name), { readOnly: true }));
  const target = new DatabaseSync(join(to, "plain.db"));
  target.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;
    PRAGMA wal_autocheckpoint = 8000; ${tables}`);
  const own = "sql NOT NULL AND (tbl_name = 'jobs' OR name = 'job_texts')";
  for (const { sql } of lists[0]?.prepare(`SELECT sql FROM sqlite_schema WHERE ${own}`).all() ?? [])
    target.exec(String(sql));
  const insert = writerOf(target);
  const rows = jobRows(lists);
  const jobsPerTurn = Math.ceil(countOf(lists) / Math.ceil(records / perRequest / together));
  let cpu = 0;
  for (const turn of turnsOf(records, together)) {
    const jobs = Array.from({ length: jobsPerTurn }, () => rows.next()).flatMap(({ value }) =>
      value === undefined ? [] : [value],
    );
    cpu += cpuOf(() => {
      target.exec("BEGIN IMMEDIATE");
      for (const row of turn) insert.record(row);
      for (const row of jobs) insert.job(row);
      target.exec("COMMIT");
    });
  }
  target.close();
  for (const list of lists) list.close();
  return cpu;
}

const countOf = (lists: readonly DatabaseSync[]): number =>
  lists.reduce((sum, list) => sum + Number(list.prepare("SELECT count(*) AS n FROM jobs").get()?.["n"]), 0);

function* jobRows(lists: readonly DatabaseSync[]): Generator<SQLInputValue[], undefined> {
  for (const list of lists) {
    const select = list.prepare("SELECT * FROM jobs ORDER BY id");
    select.setReturnArrays(true);
    yield* select.iterate() as unknown as Iterable<SQLInputValue[]>;
  }
  return undefined;
}

interface Row {
  readonly uid: string;
  readonly job: string;
  readonly trace: string | undefined;
  readonly time: number;
  readonly bytes: Uint8Array;
}

function* turnsOf(records: number, together: number): Generator<Row[]> {
  let rows: Row[] = [];
  let n = 0;
  for (const body of requests(records)) {
    const decoded = decodeLogs(body, "protobuf", true);
    if (isRefusal(decoded)) throw new Error("the corpus cannot be read");
    rows.push(
      ...decoded.records.map(({ record, bytes = new Uint8Array() }) => ({
        uid: String(record.attributes["log.record.uid"]),
        job: String(record.attributes["job.uid"]),
        trace: record.eventName?.startsWith("job.run.") === true ? record.span?.traceId : undefined,
        time: (record.time?.[0] ?? 0) * 1e6 + (record.time?.[1] ?? 0) / 1e3,
        bytes,
      })),
    );
    if (++n % together !== 0) continue;
    yield rows;
    rows = [];
  }
  if (rows.length > 0) yield rows;
}

function writerOf(target: DatabaseSync) {
  const uid = target.prepare("INSERT INTO job_uids (uid) VALUES (?) RETURNING id");
  const record = target.prepare(
    "INSERT INTO records (uid, job, kind, time, received, source, record) VALUES (?, ?, 1, ?, ?, 1, ?)",
  );
  const trace = target.prepare("INSERT INTO traces VALUES (?, ?) ON CONFLICT DO NOTHING");
  const text = target.prepare("INSERT INTO job_texts (rowid, text) VALUES (?, ?)");
  const ids = new Map<string, number>();
  const traces = new Set<string>();
  let job: StatementSync | undefined;
  return {
    record(row: Row): void {
      let id = ids.get(row.job);
      if (id === undefined) ids.set(row.job, (id = Number(uid.get(row.job)?.["id"])));
      record.run(row.uid, id, row.time, row.time, row.bytes);
      if (row.trace === undefined || traces.has(row.trace)) return;
      traces.add(row.trace);
      trace.run(Buffer.from(row.trace, "hex"), id);
    },
    job(row: SQLInputValue[]): void {
      job ??= target.prepare(`INSERT INTO jobs VALUES (${row.map(() => "?").join(", ")})`);
      job.run(...row);
      text.run(row[0] ?? 0, ["orders\nsend-receipt", ...[3, 4, 8, 11, 12].map((i) => row[i] ?? "")].join("\n"));
    },
  };
}
