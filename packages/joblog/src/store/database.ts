import { statSync } from "node:fs";
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { unwritable } from "../errors.ts";
import { loadSqlite } from "./sqlite.ts";

/** How a file is used. `full` writes survive the machine's death, `normal` ones the process's alone. */
export type Use = "full" | "normal" | "read";

/** One SQLite file, or one in memory, with its statements prepared once each. */
export class Database {
  readonly path: string;
  readonly #connection: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();
  readonly #inode: number | undefined;

  /** @param path of the file; `:memory:` for none. */
  constructor(path: string, use: Use) {
    this.path = path;
    const sqlite = loadSqlite();
    this.#connection = this.#named(() => new sqlite.DatabaseSync(path, { readOnly: use === "read" }));
    try {
      this.exec(pragmas[use]);
      this.#inode = inodeOf(path);
    } catch (cause) {
      this.#connection.close();
      throw cause;
    }
  }

  /** Runs statements that give no rows and take no values. */
  exec(sql: string): void {
    this.#named(() => this.#connection.exec(sql));
  }

  /** All rows of a query. */
  all<Row>(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#named(() => this.#statement(sql).all(...values)) as unknown as Row[];
  }

  /** The rows of a query, one by one, so that they need not all be in memory. */
  *each<Row>(sql: string, ...values: SQLInputValue[]): Generator<Row> {
    const rows = this.#named(() => this.#connection.prepare(sql).iterate(...values));
    for (;;) {
      const next = this.#named(() => rows.next());
      if (next.done === true) return;
      yield next.value as unknown as Row;
    }
  }

  /** The first row of a query. */
  first<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#named(() => this.#statement(sql).get(...values)) as unknown as Row | undefined;
  }

  /** A statement that is run often: it says how many rows it changed. */
  prepare(sql: string): (...values: SQLInputValue[]) => number {
    const statement = this.#named(() => this.#statement(sql));
    return (...values) => {
      try {
        return Number(statement.run(...values).changes);
      } catch (cause) {
        throw named(cause, this.path);
      }
    };
  }

  /** Runs a statement and says how many rows it changed. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#named(() => this.#statement(sql).run(...values)).changes);
  }

  /** All that the work writes, or nothing. */
  transaction<Result>(work: () => Result): Result {
    this.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.exec("COMMIT");
      return result;
    } catch (cause) {
      this.#undo();
      throw cause;
    }
  }

  /**
   * Makes sure that the file is still where it was: one that was deleted or replaced can be written on, and is lost.
   * @throws StoreError where it is not.
   */
  expectFile(): void {
    if (this.#inode !== undefined && inodeOf(this.path) !== this.#inode)
      throw unwritable(`${this.path} was deleted or replaced while it was in use; start the job log again.`);
  }

  close(): void {
    this.#prepared.clear();
    this.#connection.close();
  }

  /** SQLite has rolled back by itself after some errors, such as a full disk; then there is nothing to undo. */
  #undo(): void {
    try {
      this.#connection.exec("ROLLBACK");
    } catch {}
  }

  #statement(sql: string): StatementSync {
    const found = this.#prepared.get(sql);
    if (found !== undefined) return found;
    const made = this.#connection.prepare(sql);
    this.#prepared.set(sql, made);
    return made;
  }

  #named<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (cause) {
      throw named(cause, this.path);
    }
  }
}

// A wait for another program holds up the next request: it is short, and a sender who gets 503 tries again.
// WAL with FULL writes one log and syncs it at each commit: what was acknowledged survives the machine's death.
// Pages that change often are copied into the file once in 32 MB of log.
const writing = `
  PRAGMA busy_timeout = 250;
  PRAGMA journal_mode = WAL;
  PRAGMA temp_store = MEMORY;
  PRAGMA cache_size = -32768;
  PRAGMA wal_autocheckpoint = 8000;
`;

const pragmas: Readonly<Record<Use, string>> = {
  full: `${writing} PRAGMA synchronous = FULL;`,
  normal: `${writing} PRAGMA synchronous = NORMAL;`,
  read: "PRAGMA busy_timeout = 250; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -4096;",
};

const inodeOf = (path: string): number | undefined =>
  path === ":memory:" ? undefined : statSync(path, { throwIfNoEntry: false })?.ino;

/** An error of SQLite as a StoreError that names the file and says what to do; any other as it is. */
export const named = (cause: unknown, path: string): unknown =>
  isSqliteError(cause) ? unwritable(reasonOf(cause, path), cause) : cause;

interface SqliteError extends Error {
  readonly code: "ERR_SQLITE_ERROR";
  /** SQLite's result code; its low byte is the primary one. */
  readonly errcode: number;
}

const isSqliteError = (cause: unknown): cause is SqliteError =>
  cause instanceof Error && "code" in cause && cause.code === "ERR_SQLITE_ERROR" && "errcode" in cause;

/** Whether a file cannot be read as a database, or not in part. */
export function isDamage(cause: unknown): boolean {
  const original = cause instanceof Error && isSqliteError(cause.cause) ? cause.cause : cause;
  return isSqliteError(original) && [11, 26].includes(original.errcode & 0xff);
}

/** What to do, by SQLite's primary result code. */
const advice: Readonly<Record<number, string>> = {
  5: "another program holds the file; end it, or use another folder",
  8: "the file or its folder may only be read; allow writing",
  10: "reading or writing failed; check the disk",
  11: "the file is damaged; move it away, or restore it from a copy",
  13: "the disk is full; free some space",
  14: "the file cannot be opened; check that its folder exists and may be written",
  26: "the file is no database; use another folder",
};

const reasonOf = (cause: SqliteError, path: string): string =>
  `${path}: ${cause.message}: ${advice[cause.errcode & 0xff] ?? "see the cause"}.`;
