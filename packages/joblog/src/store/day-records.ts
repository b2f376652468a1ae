import type { Database } from "./database.ts";
import { pack, perBlock } from "./block.ts";
import type { Day } from "./day.ts";
import { LogLines } from "./lines.ts";
import { Sources } from "./sources.ts";

/** A record as it is written. */
export interface NewRow {
  readonly uid: string;
  /** 0 where it has no `job.uid`. */
  readonly job: number;
  readonly identity: string | null;
  readonly kind: number;
  readonly time: number;
  readonly received: number;
  readonly source: number;
  readonly bytes: Uint8Array;
}

/** So many jobs fit a day: their numbers begin with it. */
const jobsOfDay = 100_000_000;

/** The records that are received on one day, in the transaction that is open. */
export class DayRecords {
  readonly day: Day;
  readonly db: Database;
  readonly sources: Sources;
  readonly lines: LogLines;
  readonly #insertRow: ReturnType<Database["prepare"]>;
  readonly #insertBlock: ReturnType<Database["prepare"]>;
  readonly #insertTrace: ReturnType<Database["prepare"]>;
  #block: Uint8Array[] = [];
  #lastBlock: number;
  #lastJob: number;
  #inserted = 0;

  constructor(day: Day, db: Database) {
    this.day = day;
    this.db = db;
    this.sources = new Sources(db);
    this.lines = new LogLines(db, this.sources);
    this.#insertRow = db.prepare("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
    this.#insertBlock = db.prepare("INSERT INTO blocks VALUES (?, ?)");
    this.#insertTrace = db.prepare("INSERT INTO traces VALUES (?, ?) ON CONFLICT DO NOTHING");
    this.#lastBlock = lastBlock(db);
    this.#lastJob = lastJob(db, day);
  }

  /** A number for another job of this day. */
  nextJob(): number {
    return ++this.#lastJob;
  }

  /** Writes a record unless one with its uid is there; says whether it did. */
  insert({ uid, job, identity, kind, time, received, source, bytes }: NewRow): boolean {
    const place = this.#block.length;
    const block = this.#lastBlock + 1;
    if (this.#insertRow(job, kind, time, uid, identity, received, source, block, place) === 0) return false;
    this.#block.push(bytes);
    this.#inserted += 1;
    if (this.#block.length === perBlock) this.flush();
    return true;
  }

  /** How many records were written since this was asked. */
  takeInserted(): number {
    const inserted = this.#inserted;
    this.#inserted = 0;
    return inserted;
  }

  /** Notes whose run a trace is of. */
  insertTrace(trace: Uint8Array, job: number): void {
    this.#insertTrace(trace, job);
  }

  /** The job that a trace is of. */
  jobOfTrace(trace: Uint8Array): number | undefined {
    return this.db.first<{ job: number }>("SELECT job FROM traces WHERE trace = ? LIMIT 1", trace)?.job;
  }

  /** Writes the records that fill no block. Belongs at the end of each transaction. */
  flush(): void {
    if (this.#block.length === 0) return;
    this.#insertBlock(++this.#lastBlock, pack(this.#block));
    this.#block = [];
  }
}

/** The number of the last block of a day. */
export const lastBlock = (db: Database): number =>
  db.first<{ id: number | null }>("SELECT max(id) AS id FROM blocks")?.id ?? 0;

/** The greatest number of the jobs that were first heard of on a day. */
function lastJob(db: Database, day: Day): number {
  const [least, next] = [day * jobsOfDay, (day + 1) * jobsOfDay];
  const of = (table: string): number =>
    db.first<{ job: number | null }>(`SELECT max(job) AS job FROM ${table} WHERE job BETWEEN ? AND ?`, least, next - 1)
      ?.job ?? least;
  return Math.max(of("records"), of("lines"));
}
