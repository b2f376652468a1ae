import { fromRecord, isRefusal, now } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { decodeLogs } from "@jobtrail/otlp";
import type { Received } from "@jobtrail/otlp";
import { count, setCount } from "./counts.ts";
import type { Database } from "./database.ts";
import { inferredKind, kindOf } from "./kinds.ts";
import { identityOf, micros, traceBytes, traceOf } from "./record.ts";
import { insertIdentity, insertTrace, recordInserter } from "./records.ts";
import { Sources } from "./sources.ts";

/** Brings the tables of a file to the next version. */
type Migration = (db: Database, newTables: string) => void;

/** Counts when the records without a time of receipt were migrated: all of them had arrived before. */
const receivedBefore = "received before";

/** What brings the tables from each version to the next, beginning with version 1. */
export const migrations: readonly Migration[] = [
  (db) => {
    db.exec("ALTER TABLE records ADD COLUMN received INTEGER");
    setCount(db, receivedBefore, micros(now()));
  },
  (db, newTables) => {
    db.exec(`
      DROP TRIGGER IF EXISTS record_new; DROP TRIGGER IF EXISTS record_changed; DROP TRIGGER IF EXISTS record_gone;
      DROP TABLE IF EXISTS stale;
      ALTER TABLE records RENAME TO old_records; ALTER TABLE logs RENAME TO old_logs;
      DROP INDEX records_by_job; DROP INDEX records_by_kin; DROP INDEX records_by_trace; DROP INDEX records_alone;
      DROP INDEX logs_by_job; DROP INDEX logs_by_trace; DROP INDEX logs_waiting;
      DELETE FROM counts WHERE what = 'cache';
    `);
    db.exec(newTables);
    const moved = new Moved(db);
    for (const row of db.each<OldRecord>("SELECT uid, time, received, record FROM old_records")) moved.record(row);
    for (const row of db.each<OldLine>("SELECT uid, job, trace, time, arrived, record FROM old_logs")) moved.line(row);
    db.exec("DROP TABLE old_records; DROP TABLE old_logs;");
    setCount(db, "records", moved.records);
  },
];

interface OldRecord {
  readonly uid: string;
  readonly time: number;
  readonly received: number | null;
  readonly record: Uint8Array;
}

interface OldLine {
  readonly uid: string;
  readonly job: string | null;
  readonly trace: string | null;
  readonly time: number;
  readonly arrived: number;
  readonly record: Uint8Array;
}

/** Puts the records and lines of tables 2 into those of tables 3. */
class Moved {
  /** How many records there are. */
  records = 0;
  readonly #db: Database;
  readonly #sources: Sources;
  readonly #before: number;
  readonly #insert: ReturnType<typeof recordInserter>;

  constructor(db: Database) {
    this.#db = db;
    this.#sources = new Sources(db);
    this.#insert = recordInserter(db);
    this.#before = count(db, receivedBefore) || micros(now());
  }

  record({ uid, time, received, record }: OldRecord): void {
    const given = readOld(record);
    const event = given === undefined ? undefined : fromRecord(given.record);
    // What no version can read any more says nothing of any job.
    if (given?.bytes === undefined || event === undefined || isRefusal(event)) return;
    const at = received ?? this.#before;
    const job = this.#link(event);
    const isOwn = wasInferredHere(event, uid);
    this.records++;
    this.#insert({
      uid,
      job,
      identity: job === null ? (identityOf(event) ?? null) : null,
      kind: isOwn ? inferredKind : kindOf(event.name).number,
      time: Math.max(0, Math.min(time, at)),
      received: at,
      source: this.#sources.idOf(given),
      bytes: given.bytes,
    });
  }

  /** The job of an event, which is found by its trace and its identity too. */
  #link(event: JobEvent): number | null {
    const jobUid = event.attributes["job.uid"];
    if (jobUid === undefined) return null;
    const job = this.#job(jobUid);
    const [identity, trace] = [identityOf(event), traceOf(event)];
    if (trace !== undefined) insertTrace(this.#db, trace, job);
    if (identity !== undefined && identity !== jobUid) insertIdentity(this.#db, identity, job);
    return job;
  }

  line({ uid, job, trace, time, arrived, record }: OldLine): void {
    const given = readOld(record);
    if (given?.bytes === undefined) return;
    this.#db.run(
      "INSERT INTO logs VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
      uid,
      job === null ? null : this.#job(job),
      trace === null ? null : traceBytes(trace),
      time,
      arrived,
      this.#sources.idOf(given),
      given.bytes,
    );
  }

  #job(uid: string): number {
    this.#db.run("INSERT INTO job_uids (uid) VALUES (?) ON CONFLICT DO NOTHING", uid);
    return this.#db.first<{ id: number }>("SELECT id FROM job_uids WHERE uid = ?", uid)?.id ?? 0;
  }
}

/** Until tables 2 each record was kept as a request of its own. */
function readOld(bytes: Uint8Array): Received | undefined {
  const decoded = decodeLogs(bytes, "protobuf", true);
  return isRefusal(decoded) ? undefined : decoded.records[0];
}

const wasInferredHere = ({ attributes }: JobEvent, uid: string): boolean =>
  attributes["job.record.source"] === "inferred" && uid === `${attributes["job.run.uid"]}-lost`;
