import type { Database } from "./database.ts";
import type { Day } from "./day.ts";
import type { Files } from "./files.ts";
import { unpack } from "./block.ts";
import { kinds, inferredKind, mostWithoutUid } from "./kinds.ts";
import { eventIn } from "./record.ts";
import type { StoredEvent } from "./record.ts";

/** A kept record, as it is read. */
export interface RecordRow {
  readonly uid: string;
  readonly kind: number;
  readonly time: number;
  readonly received: number;
  readonly day: Day;
  readonly source: number;
  /** Its protobuf; nothing where its block is damaged. */
  readonly record: Uint8Array | undefined;
}

interface IndexRow extends Omit<RecordRow, "record" | "day"> {
  readonly block: number;
  readonly place: number;
}

const columns = "uid, kind, time, received, source, block, place";

const end = (kind: number, order: "ASC" | "DESC", most: number): string =>
  `SELECT * FROM (SELECT ${columns} FROM records WHERE job = ?1 AND kind = ${kind} ORDER BY time ${order}, uid ${order} LIMIT ${most})`;

const ofJob = Object.values(kinds)
  .flatMap(({ number, oldest, newest }) => [
    ...(oldest > 0 ? [end(number, "ASC", oldest)] : []),
    end(number, "DESC", newest),
  ])
  .join(" UNION ");

const inferredOfJob = end(inferredKind, "DESC", kinds.run.newest);

/** Whether a day has a record. */
export const hasRecord = (files: Files, day: Day, uid: string): boolean =>
  files.read(day, "records", false, (db) => db.first("SELECT 1 FROM records WHERE uid = ?", uid) !== undefined);

/** Reads records of the files of days, and keeps the blocks that were read last. */
export class RecordReader {
  readonly #files: Files;
  readonly #blocks = new Map<string, readonly Uint8Array[]>();

  constructor(files: Files) {
    this.#files = files;
  }

  /** The records of a job that count: of very many, those of the stated limits. */
  ofJob(job: number, days: readonly Day[]): RecordRow[] {
    const rows = days.flatMap((day) => this.#read(day, ofJob, job));
    return days.length === 1 ? rows : limited(rows);
  }

  /** The ends of its runs that this job log has inferred. */
  inferredOf(job: number, days: readonly Day[]): RecordRow[] {
    return days.flatMap((day) => this.#read(day, inferredOfJob, job));
  }

  /** The records without `job.uid` of an identity. */
  ofIdentity(identity: string, days: readonly Day[]): RecordRow[] {
    const sql = `SELECT ${columns} FROM records WHERE identity = ? ORDER BY time DESC, uid DESC LIMIT ${mostWithoutUid}`;
    return days.flatMap((day) => this.#read(day, sql, identity));
  }

  /** Any record of a job on a day. */
  anyOf(job: number, day: Day): RecordRow | undefined {
    return this.#read(day, `SELECT ${columns} FROM records WHERE job = ? LIMIT 1`, job)[0];
  }

  /** How many records of a job there are. */
  countOf(job: number, days: readonly Day[]): number {
    return days.reduce((n, day) => n + this.#files.read(day, "records", 0, (db) => countIn(db, job)), 0);
  }

  /** Forgets blocks that may be of files that were replaced. */
  clear(): void {
    this.#blocks.clear();
  }

  #read(day: Day, sql: string, value: string | number): RecordRow[] {
    return this.#files.read<RecordRow[]>(day, "records", [], (db) =>
      db.all<IndexRow>(sql, value).map(({ block, place, ...row }) => ({
        ...row,
        day,
        record: this.#block(db, day, block)[place],
      })),
    );
  }

  #block(db: Database, day: Day, id: number): readonly Uint8Array[] {
    const key = `${day}/${id}`;
    let records = this.#blocks.get(key);
    if (records === undefined) {
      const row = db.first<{ records: Uint8Array }>("SELECT records FROM blocks WHERE id = ?", id);
      // One that is not written yet is asked for again.
      if (row === undefined) return [];
      records = unpack(row.records);
      if (this.#blocks.size >= mostBlocks) this.#blocks.delete(this.#blocks.keys().next().value ?? "");
    } else this.#blocks.delete(key);
    this.#blocks.set(key, records);
    return records;
  }
}

/** Blocks that are kept unpacked, of 40 KB each. */
const mostBlocks = 200;

const countIn = (db: Database, job: number): number =>
  db.first<{ n: number }>("SELECT count(*) AS n FROM records WHERE job = ?", job)?.n ?? 0;

/** Of the records of several days, those of the stated limits together. */
function limited(rows: readonly RecordRow[]): RecordRow[] {
  const byKind = Map.groupBy(rows, ({ kind }) => kind);
  return Object.values(kinds).flatMap(({ number, oldest, newest }) => {
    const all = (byKind.get(number) ?? []).toSorted((a, b) => a.time - b.time || (a.uid < b.uid ? -1 : 1));
    return all.length <= oldest + newest ? all : [...all.slice(0, oldest), ...all.slice(-newest)];
  });
}

/** Rows read again; one whose bytes are damaged is left out, so that it keeps no other from being read. */
export const eventsIn = (rows: readonly RecordRow[]): (StoredEvent & { readonly kind: number })[] =>
  rows.flatMap(({ uid, kind, time, day, source, record, received }) => {
    const event = record && eventIn(record, received);
    return event === undefined ? [] : [{ uid, kind, time, day, source, event }];
  });
