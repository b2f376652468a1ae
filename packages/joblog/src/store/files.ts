import { chmodSync, existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { StoreError } from "../errors.ts";
import { Database, isDamage } from "./database.ts";
import type { Use } from "./database.ts";
import { dayIn, dayName } from "./day.ts";
import type { Day } from "./day.ts";
import { makeFolder } from "./folder.ts";
import { isCurrent, prepareTables, versionFault } from "./tables.ts";
import type { FileKind } from "./tables.ts";

/** So many files of days are open at once; of more, those that were asked for the longest time ago are closed. */
const mostOpen = 24;

/** A file of a day that cannot be read, and why. */
export interface Problem {
  readonly day: Day;
  readonly reason: string;
}

/** The files of a job log, opened as they are asked for. In memory where there is no folder. */
export class Files {
  readonly folder: string | undefined;
  readonly #isReading: boolean;
  readonly #open = new Map<string, Database>();
  readonly #problems = new Map<string, Problem>();
  /** The file that is written to: it stays open. */
  #written: Database | undefined;

  /** @param use whether this is the one that writes. */
  constructor(folder: string | undefined, use: "read" | "write") {
    this.folder = folder;
    this.#isReading = use === "read";
    if (folder !== undefined && use === "write") makeFolder(join(folder, "days"));
  }

  /** What is over all days. */
  get catalogue(): Database {
    return this.#get("catalogue", "catalogue");
  }

  /** The records that were received on a day. */
  records(day: Day): Database {
    return this.#get(`${dayName(day)}.records`, "records");
  }

  /** The same, to be written to, also where the day was closed: a clock may have gone back. */
  recordsToWrite(day: Day): Database {
    const name = `${dayName(day)}.records`;
    const path = this.pathOf(name);
    if (this.folder !== undefined && isReadOnly(path)) {
      this.#close(name);
      chmodSync(path, 0o644);
    }
    return (this.#written = this.#get(name, "records"));
  }

  /** What lists show of the jobs of a day. */
  jobs(day: Day): Database {
    return this.#get(`${dayName(day)}.jobs`, "jobs");
  }

  /**
   * Reads a file of a day, where it is there and can be read. One that is damaged, or of a later version, keeps no
   * other from being read.
   */
  read<Result>(day: Day, kind: "records" | "jobs", otherwise: Result, work: (db: Database) => Result): Result {
    if (!this.has(day, kind)) return otherwise;
    const name = `${dayName(day)}.${kind}`;
    try {
      return work(this.#get(name, kind));
    } catch (cause) {
      if (!(cause instanceof StoreError) || !(isDamage(cause) || cause.code === "JOBTRAIL_STORE_LATER")) throw cause;
      this.#close(name);
      this.#problems.set(name, { day, reason: cause.message.slice(cause.code.length + 2) });
      return otherwise;
    }
  }

  /** The files that could not be read. */
  problems(): readonly Problem[] {
    return [...this.#problems.values()];
  }

  /** Whether a day has a file of a kind that is not known to be damaged. */
  has(day: Day, kind: "records" | "jobs"): boolean {
    const name = `${dayName(day)}.${kind}`;
    if (this.#problems.has(name)) return false;
    return this.#open.has(name) || (this.folder !== undefined && existsSync(this.pathOf(name)));
  }

  /** The days that have records, oldest first. */
  days(): Day[] {
    const names =
      this.folder === undefined
        ? [...this.#open.keys()].map((name) => `${name}.db`)
        : readdirSync(join(this.folder, "days"));
    return names
      .flatMap((name) => (name.endsWith(".records.db") ? (dayIn(name.slice(0, 10)) ?? []) : []))
      .sort((a, b) => a - b);
  }

  /** The name of a day's file. */
  nameOf = (day: Day, kind: "records" | "jobs"): string => `${dayName(day)}.${kind}`;

  /** The path of a day's file. */
  dayPath = (day: Day, kind: "records" | "jobs"): string => this.pathOf(`${dayName(day)}.${kind}`);

  /** How many bytes a day takes on the disk. */
  bytesOf(day: Day): number {
    if (this.folder === undefined) return 0;
    return (["records", "jobs"] as const)
      .flatMap((kind) => ["", "-wal"].map((end) => `${this.dayPath(day, kind)}${end}`))
      .reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);
  }

  /** Closes the files of a day, so that they can be replaced or removed. */
  closeDay(day: Day): void {
    for (const kind of ["records", "jobs"]) this.#close(`${dayName(day)}.${kind}`);
  }

  /** Closes files that were not asked for in a while. None may be in use, but for the one that is written to. */
  trim(): void {
    if (this.folder === undefined) return;
    for (const [name, db] of this.#open) {
      if (this.#open.size <= mostOpen) return;
      if (name !== "catalogue" && db !== this.#written) this.#close(name);
    }
  }

  /** Closes all; they are opened again when they are asked for. */
  close(): void {
    for (const name of this.#open.keys()) this.#close(name);
  }

  /** Puts a file in memory in the place of a day's records. */
  replace(day: Day, db: Database): void {
    const name = `${dayName(day)}.records`;
    this.#close(name);
    this.#open.set(name, db);
  }

  /** Removes a file. */
  remove(name: string): void {
    this.#close(name);
    this.#problems.delete(name);
    if (this.folder === undefined) return;
    for (const end of ["", "-wal", "-shm"]) rmSync(`${this.pathOf(name)}${end}`, { force: true });
  }

  pathOf(name: string): string {
    if (this.folder === undefined) return ":memory:";
    return name === "catalogue" ? join(this.folder, "catalogue.db") : join(this.folder, "days", `${name}.db`);
  }

  #get(name: string, kind: FileKind): Database {
    const known = this.#open.get(name);
    if (known !== undefined) {
      this.#open.delete(name);
      this.#open.set(name, known);
      return known;
    }
    const path = this.pathOf(name);
    const isRead = this.#isReading || (this.folder !== undefined && kind === "records" && isReadOnly(path));
    const use: Use = isRead ? "read" : kind === "records" ? "full" : "normal";
    const db = new Database(path, use);
    try {
      if (!isRead) prepareTables(db, kind);
      else if (!isCurrent(db, kind)) throw versionFault(db, kind);
    } catch (cause) {
      db.close();
      throw cause;
    }
    this.#open.set(name, db);
    return db;
  }

  #close(name: string): void {
    this.#open.get(name)?.close();
    this.#open.delete(name);
  }
}

/** Whether a file was closed for good. */
const isReadOnly = (path: string): boolean => {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode;
  return mode !== undefined && (mode & 0o200) === 0;
};
