import { isEventName, isRefusal, now as clock } from "@jobtrail/core/event";
import type { Refusal } from "@jobtrail/core/event";
import { countPoints, countSpans, decodeLogs } from "@jobtrail/otlp";
import type { DecodedLogs, Received, Refused } from "@jobtrail/otlp";
import type { HrTime } from "@opentelemetry/api";
import type { Appended, Batch } from "../contract.ts";
import { readForeign } from "../foreign.ts";
import { addCount, setCount } from "./counts.ts";
import type { Database } from "./database.ts";
import { forgetJobs, forgetRest } from "./forget.ts";
import { JobRows } from "./jobs.ts";
import { excerptOf, keepRefused, LogLines } from "./lines.ts";
import { ProjectionWriter } from "./projection.ts";
import { RecentJobs } from "./recent.ts";
import { newRecord } from "./record.ts";
import { RecordWriter } from "./records.ts";
import { Sources } from "./sources.ts";
import { emptyProjection, projectionIsCurrent } from "./tables.ts";

/** Jobs that are forgotten or made anew in one transaction. */
const portion = 200;

/** Everything that writes to a store. Each call is one transaction; when it returns, it is committed. */
export class Writer {
  readonly #db: Database;
  readonly #sources: Sources;
  readonly #rows: JobRows;
  readonly #recent: RecentJobs;
  readonly #lines: LogLines;
  readonly #records: RecordWriter;
  readonly #projection: ProjectionWriter;

  constructor(db: Database) {
    this.#db = db;
    this.#sources = new Sources(db);
    this.#rows = new JobRows(db);
    this.#recent = new RecentJobs(db);
    this.#lines = new LogLines(db, this.#sources);
    this.#records = new RecordWriter(db, this.#recent, this.#lines);
    this.#projection = new ProjectionWriter(db, this.#recent, this.#rows);
  }

  /** The number of the newest change of any job. */
  get change(): number {
    return this.#rows.change;
  }

  /**
   * Keeps the records of a request.
   * @throws StoreError when nothing can be written; then nothing of the batch is kept.
   */
  append(batch: Batch): Appended | Refusal {
    if (batch.signal === "logs") {
      const decoded = decodeLogs(batch.body, batch.encoding, true);
      if (isRefusal(decoded)) return decoded;
      const records = readForeign(decoded, batch.received);
      return this.#transaction(() => this.#keep(records, batch.received));
    }
    const n =
      batch.signal === "traces" ? countSpans(batch.body, batch.encoding) : countPoints(batch.body, batch.encoding);
    if (isRefusal(n)) return n;
    this.#transaction(() => addCount(this.#db, batch.signal === "traces" ? "spans" : "metrics", n));
    return { stored: 0, duplicates: 0, refused: [] };
  }

  /**
   * Makes sure that records can be written.
   * @throws StoreError where they cannot.
   */
  check(): void {
    this.#transaction(() => addCount(this.#db, "checks", 1));
  }

  /** Forgets some jobs that are over; says how many. None are left when it says 0. */
  forgetSome(before: HrTime): number {
    const gone = this.#transaction(() => {
      const uids = forgetJobs(this.#db, before, portion);
      for (const { id } of uids) this.#rows.remove(id);
      return uids.length;
    });
    this.#clear();
    return gone;
  }

  /** Forgets what is older than a time and belongs to no job. */
  forgetRest(before: HrTime): void {
    this.#transaction(() => forgetRest(this.#db, before));
  }

  /** Makes the jobs anew from the records. */
  rebuild(): void {
    this.#clear();
    this.#transaction(() => {
      emptyProjection(this.#db);
      this.#projection.writeAll(clock());
      const records = this.#db.first<{ n: number }>("SELECT count(*) AS n FROM records")?.n ?? 0;
      setCount(this.#db, "records", records);
      projectionIsCurrent(this.#db);
    });
    this.#clear();
  }

  /** Makes some jobs anew, such as those whose rows are damaged. */
  refold(uids: readonly string[]): void {
    this.#clear();
    this.#transaction(() => {
      const jobs = uids.map((uid) => this.#recent.get(uid));
      for (const { id } of jobs) this.#rows.remove(id);
      this.#projection.write(jobs, [], clock());
    });
  }

  /** Ends its use. */
  close(): void {
    this.#db.close();
  }

  #keep({ records, refused }: DecodedLogs, now: HrTime): Appended {
    const found: Refused[] = [];
    const kept = { stored: 0, duplicates: 0 };
    for (const given of records) {
      if (!isEventName(given.record.eventName)) this.#lines.keep(given, now);
      else if (!this.#keepEvent(given, now, kept, found)) kept.duplicates++;
    }
    addCount(this.#db, "records", kept.stored);
    keepRefused(this.#db, [...refused, ...found], now);
    this.#lines.giveUp(now);
    this.#projection.write(this.#records.touchedJobs(), this.#records.touchedIdentities(), now);
    this.#recent.trim();
    return { ...kept, refused: [...refused, ...found] };
  }

  /** @returns whether it is no duplicate. */
  #keepEvent(given: Received, now: HrTime, kept: { stored: number }, found: Refused[]): boolean {
    const record = newRecord(given, now);
    if (isRefusal(record)) {
      found.push({ reason: record, text: excerptOf(given) });
      return true;
    }
    if (!this.#records.insert(record, this.#sources.idOf(given), now)) return false;
    kept.stored++;
    return true;
  }

  #transaction<Result>(work: () => Result): Result {
    this.#db.expectFile();
    try {
      return this.#db.transaction(() => {
        const result = work();
        this.#rows.flush();
        return result;
      });
    } catch (cause) {
      this.#clear();
      throw cause;
    }
  }

  /** What is in memory may be of a transaction that was not committed, or of before what has been forgotten. */
  #clear(): void {
    for (const each of [this.#sources, this.#rows, this.#recent, this.#lines, this.#records]) each.clear();
  }
}
