import type { JobEvent } from "@jobtrail/core/event";
import type { HrTime } from "@opentelemetry/api";
import type { Database } from "./database.ts";
import { kindOf } from "./kinds.ts";
import type { LogLines } from "./lines.ts";
import type { RecentJob, RecentJobs } from "./recent.ts";
import { identityOf, micros, microsOf, traceBytes, traceOf } from "./record.ts";
import type { NewRecord } from "./record.ts";

/** A record as a row. */
export interface NewRow {
  readonly uid: string;
  readonly job: number | null;
  readonly identity: string | null;
  readonly kind: number;
  readonly time: number;
  readonly received: number;
  readonly source: number;
  readonly bytes: Uint8Array;
}

const insertion = `INSERT INTO records (uid, job, identity, kind, time, received, source, record)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (uid) DO NOTHING`;

/** Writes a record unless one with its uid is there; says whether it did. */
export const recordInserter = (db: Database): ((row: NewRow) => boolean) => {
  const insert = db.prepare(insertion);
  return ({ uid, job, identity, kind, time, received, source, bytes }) =>
    insert(uid, job, identity, kind, time, received, source, bytes) > 0;
};

/** Notes what a job of an identity of its own is found by. */
export const insertIdentity = (db: Database, identity: string, job: number): number =>
  db.run("INSERT INTO identities VALUES (?, ?) ON CONFLICT DO NOTHING", identity, job);

/** Notes whose run a trace is of. */
export const insertTrace = (db: Database, trace: string, job: number): number =>
  db.run("INSERT INTO traces VALUES (?, ?) ON CONFLICT DO NOTHING", traceBytes(trace), job);

/** Writes job events, in the transaction that is open, and knows which jobs they were of. */
export class RecordWriter {
  readonly #db: Database;
  readonly #recent: RecentJobs;
  readonly #lines: LogLines;
  readonly #insert: (row: NewRow) => boolean;
  readonly #jobs = new Set<RecentJob>();
  readonly #identities = new Set<string>();

  constructor(db: Database, recent: RecentJobs, lines: LogLines) {
    this.#db = db;
    this.#recent = recent;
    this.#lines = lines;
    this.#insert = recordInserter(db);
  }

  /** Writes an event unless it is there; says whether it did. */
  insert({ uid, event, bytes }: NewRecord, source: number, now: HrTime): boolean {
    const jobUid = event.attributes["job.uid"];
    const job = jobUid === undefined ? undefined : this.#recent.get(jobUid);
    const identity = job === undefined || !isIdentified(job, event) ? identityOf(event) : undefined;
    const row: NewRow = {
      uid,
      job: job?.id ?? null,
      identity: job === undefined ? (identity ?? null) : null,
      kind: kindOf(event.name).number,
      time: microsOf(event),
      received: micros(now),
      source,
      bytes,
    };
    if (!this.#insert(row)) return false;
    if (job !== undefined) {
      this.#recent.add(job, { uid, time: row.time, source, event });
      this.#link(job, event, identity);
      this.#jobs.add(job);
    } else if (identity !== undefined) this.#identities.add(identity);
    return true;
  }

  /** The jobs that events were written of since this was asked. */
  touchedJobs(): readonly RecentJob[] {
    const touched = [...this.#jobs];
    this.#jobs.clear();
    return touched;
  }

  /** The identities of events without `job.uid` since this was asked. */
  touchedIdentities(): readonly string[] {
    const touched = [...this.#identities];
    this.#identities.clear();
    return touched;
  }

  /** Forgets what was not committed. */
  clear(): void {
    this.#jobs.clear();
    this.#identities.clear();
  }

  #link(job: RecentJob, event: JobEvent, identity: string | undefined): void {
    if (identity !== undefined) {
      job.identified = event;
      if (!job.identities.includes(identity)) {
        insertIdentity(this.#db, identity, job.id);
        job.identities.push(identity);
      }
    }
    const trace = traceOf(event);
    if (trace === undefined || job.traces.has(trace)) return;
    insertTrace(this.#db, trace, job.id);
    this.#lines.claim(trace, job.id);
    if (job.traces.size > mostTraces) job.traces.clear();
    job.traces.add(trace);
  }
}

const identityKeys = ["job.id", "job.queue.name", "job.namespace", "job.system.name"] as const;

/** Whether a job is known by what this event says of its identity: to hash it again would say the same. */
const isIdentified = ({ identified }: RecentJob, event: JobEvent): boolean =>
  identified !== undefined && identityKeys.every((key) => identified.attributes[key] === event.attributes[key]);

/** Traces of one job that are known to be written. */
const mostTraces = 1000;
