import type { DatabaseSync } from "node:sqlite";
import { loadSqlite } from "../store/sqlite.ts";

/** An event that is delivered to a webhook, and what became of it. Times are milliseconds since the Unix epoch. */
export interface DeliveryRow {
  /** Of the event; the same at each try. */
  readonly id: string;
  /** JSON text: what is sent, byte for byte. */
  readonly event: string;
  readonly made: number;
  readonly tries: number;
  /** When it is sent next; null once it has been taken. */
  readonly next: number | null;
  /** Of the last answer; null where there was none. */
  readonly status: number | null;
  /** Why it was not taken, or null. */
  readonly message: string | null;
  /** When it was sent last. */
  readonly sent: number | null;
}

/** A run that has ended. */
export interface Ended {
  /** Of the event. */
  readonly id: string;
  /** The same for all that is learned of the run. */
  readonly run: string;
  /** JSON text. */
  readonly event: string;
}

/** How far the job log was read. */
export interface Progress {
  /** The change up to which runs were seen. */
  readonly change: number;
  /** When the webhook was started first, in milliseconds since the Unix epoch. */
  readonly begun: number;
}

/** Which runs were seen, and what was delivered of them: on disk, so that a restart sends nothing twice. */
export class Deliveries {
  readonly #db: DatabaseSync;

  /** @param path of the file; in memory where it is absent. */
  constructor(path: string = ":memory:") {
    const { DatabaseSync } = loadSqlite();
    this.#db = new DatabaseSync(path);
    this.#db.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      CREATE TABLE IF NOT EXISTS progress (
        one INTEGER PRIMARY KEY CHECK (one = 1), change INTEGER NOT NULL, begun INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE IF NOT EXISTS deliveries (
        id TEXT PRIMARY KEY, run TEXT NOT NULL UNIQUE, event TEXT NOT NULL, made INTEGER NOT NULL,
        tries INTEGER NOT NULL DEFAULT 0, next INTEGER, status INTEGER, message TEXT, sent INTEGER
      ) STRICT;
      CREATE INDEX IF NOT EXISTS due ON deliveries (next) WHERE next IS NOT NULL;`);
  }

  /** How far runs were seen; nothing at the first start. */
  get progress(): Progress | undefined {
    return this.#db.prepare("SELECT change, begun FROM progress").get() as Progress | undefined;
  }

  /** Adds the events of ended runs, each run once, and keeps how far the job log was read. */
  add(events: readonly Ended[], change: number, now: number): void {
    this.#db.exec("BEGIN");
    const insert = this.#db.prepare(
      "INSERT OR IGNORE INTO deliveries (id, run, event, made, next) VALUES (?, ?, ?, ?, ?)",
    );
    for (const { id, run, event } of events) insert.run(id, run, event, now, now);
    this.#db
      .prepare(
        "INSERT INTO progress (one, change, begun) VALUES (1, ?1, ?2) ON CONFLICT (one) DO UPDATE SET change = ?1",
      )
      .run(change, now);
    this.#db.exec("COMMIT");
  }

  /** The one that is to be sent first, now or later. */
  first(): DeliveryRow | undefined {
    return this.#db.prepare("SELECT * FROM deliveries WHERE next IS NOT NULL ORDER BY next, made LIMIT 1").get() as
      | DeliveryRow
      | undefined;
  }

  /** Keeps what an answer was, and when it is sent again: null for not at all. */
  answered(id: string, { status, message, next, now }: Outcome): void {
    this.#db
      .prepare("UPDATE deliveries SET tries = tries + 1, status = ?, message = ?, next = ?, sent = ? WHERE id = ?")
      .run(status, message, next, now, id);
  }

  /** Sends one again, whatever became of it; false where there is none. */
  again(id: string, now: number): boolean {
    return this.#db.prepare("UPDATE deliveries SET next = ? WHERE id = ?").run(now, id).changes > 0;
  }

  /** The newest ones. */
  newest(limit: number): readonly DeliveryRow[] {
    return this.#db
      .prepare("SELECT * FROM deliveries ORDER BY made DESC, id LIMIT ?")
      .all(limit) as unknown as DeliveryRow[];
  }

  /** Forgets what was taken before a time. */
  forget(before: number): void {
    this.#db.prepare("DELETE FROM deliveries WHERE next IS NULL AND sent < ?").run(before);
  }

  close(): void {
    this.#db.close();
  }
}

/** What became of one try. */
export interface Outcome {
  readonly status: number | null;
  readonly message: string | null;
  readonly next: number | null;
  readonly now: number;
}
