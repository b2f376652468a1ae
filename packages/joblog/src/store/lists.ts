import type { Job } from "@jobtrail/core/fold";
import { count, Definitions, writeJob } from "./catalogue.ts";
import type { JobKey } from "./catalogue.ts";
import { columnsOf } from "./columns.ts";
import type { Database } from "./database.ts";
import type { Day } from "./day.ts";
import { lastBlock } from "./day-records.ts";
import type { DayRecords } from "./day-records.ts";
import { DayJobs } from "./day-jobs.ts";
import type { Files } from "./files.ts";
import type { Folded } from "./projection.ts";
import type { JobColumns, RecentJob } from "./recent.ts";

/** Changes that are remembered until somebody asks for them. */
const mostChanged = 10_000;

/** What was written among the records of a day. */
export interface Written {
  readonly today: DayRecords;
  readonly folded: Folded;
  /** Jobs that have something on another day than the catalogue says. */
  readonly moved: Iterable<RecentJob>;
  /** The identities of the records that have no `job.uid`. */
  readonly loose: Iterable<string>;
  /** Whether nothing else of the day is to be listed. */
  readonly isWhole: boolean;
}

/** Writes what jobs are by now to the lists of their days, and where everything is to the catalogue. */
export class Lists {
  readonly #files: Files;
  readonly #catalogue: Database;
  readonly #definitions: Definitions;
  readonly #writeJob: (job: JobKey) => void;
  readonly #days = new Map<Day, DayJobs>();
  #changed = new Set<string>();

  constructor(files: Files) {
    this.#files = files;
    this.#catalogue = files.catalogue;
    this.#definitions = new Definitions(files.catalogue);
    this.#writeJob = writeJob(files.catalogue);
  }

  /**
   * Writes what records have changed. The lists are committed before the catalogue: if the process dies in between,
   * it still says that the records are not listed yet, and they are listed again.
   */
  write(written: Written): void {
    this.#catalogue.transaction(() => {
      const byHome = Map.groupBy(
        [...written.folded].map(([job, now]) => this.#entryOf(job, now)),
        ({ job }) => job.home,
      );
      for (const [day, entries] of byHome) this.#writeDay(day, entries);
      for (const job of written.moved) this.#note(job);
      for (const job of written.folded.keys()) this.#note(job);
      for (const identity of written.loose)
        this.#catalogue.run("INSERT INTO loose VALUES (?, ?) ON CONFLICT DO NOTHING", identity, written.today.day);
      if (written.isWhole) this.noteDay(written.today.day, written.today.db);
    });
  }

  /** Notes what a day holds: all of it is listed. */
  noteDay(day: Day, db: Database): void {
    this.#newDay(day);
    this.#catalogue.run(
      `UPDATE days SET ${countColumns.map((name) => `${name} = ?`).join(", ")}, projected = ? WHERE day = ?`,
      ...countColumns.map((name) => count(db, name)),
      lastBlock(db),
      day,
    );
  }

  /** Removes rows, such as damaged ones; they are written anew with the next fold. */
  remove(jobs: readonly RecentJob[]): void {
    for (const [day, some] of Map.groupBy(jobs, ({ home }) => home)) {
      const list = this.#day(day);
      list.db.transaction(() => {
        for (const job of some) {
          list.remove(job.id);
          job.written = null;
        }
        list.flush();
      });
    }
  }

  /** The uids of the jobs that changed since this was asked; of very many, the last. */
  changed(): readonly string[] {
    const changed = [...this.#changed];
    this.#changed = new Set();
    return changed.slice(-mostChanged);
  }

  /** Forgets what was not committed, and files that may be replaced. */
  clear(): void {
    this.#definitions.clear();
    this.#days.clear();
  }

  #entryOf(job: RecentJob, now: Job | undefined): Entry {
    const columns = now && columnsOf(now, job.events, (definition) => this.#definitions.idOf(definition));
    return { job, columns };
  }

  #writeDay(day: Day, entries: readonly Entry[]): void {
    const list = this.#day(day);
    list.db.expectFile();
    let last = 0;
    list.db.transaction(() => {
      for (const { job, columns } of entries) {
        if (this.#writeEntry(list, job, columns)) this.#changed.add(job.uid);
        last = Math.max(last, Number(columns?.["last"] ?? 0));
      }
      list.flush();
    });
    this.#noteList(list, last);
  }

  /** @returns whether anything has changed. */
  #writeEntry(list: DayJobs, job: RecentJob, columns: JobColumns | undefined): boolean {
    if (columns === undefined) {
      job.written = null;
      return list.remove(job.id);
    }
    const known = job.written === undefined ? list.read(job.id) : job.written;
    const definition = Number(columns["definition"]);
    const { queue = "", name = "" } = this.#definitions.wordsOf(definition) ?? {};
    this.#definitions.use(definition, list.day);
    job.written = columns;
    return list.write(job.id, columns, known, `${queue}\n${name}`);
  }

  #note(job: RecentJob): void {
    if (!job.isMoved) return;
    this.#writeJob(job);
    job.isMoved = false;
  }

  /** What the catalogue says of a list is read from the list itself: so it is right again after any crash. */
  #noteList({ db, day }: DayJobs, last: number): void {
    this.#newDay(day);
    this.#catalogue.run(
      `UPDATE days SET "from" = ?, "to" = ?, last = max(last, ?) WHERE day = ?`,
      db.first<{ n: number | null }>("SELECT min(first) AS n FROM jobs")?.n ?? null,
      db.first<{ n: number | null }>("SELECT max(first) AS n FROM jobs")?.n ?? null,
      last,
      day,
    );
    for (const row of db.all<Record<string, string | number>>("SELECT * FROM totals"))
      this.#catalogue.run(
        "INSERT OR REPLACE INTO totals VALUES (?, ?, ?, ?, ?, ?, ?)",
        day,
        ...totalColumns.map((name) => row[name] ?? 0),
      );
  }

  #newDay(day: Day): void {
    this.#catalogue.run("INSERT INTO days VALUES (?, 0, 0, 0, 0, 0, NULL, NULL, 0, 0, 0) ON CONFLICT DO NOTHING", day);
  }

  #day(day: Day): DayJobs {
    const db = this.#files.jobs(day);
    const known = this.#days.get(day);
    if (known?.db === db) return known;
    const made = new DayJobs(day, db);
    this.#days.set(day, made);
    return made;
  }
}

interface Entry {
  readonly job: RecentJob;
  readonly columns: JobColumns | undefined;
}

/** What is counted of what arrives, in the file of each day and in the catalogue. */
export const countColumns = ["records", "spans", "metrics", "refused", "other"] as const;

const totalColumns = ["result", "jobs", "failed", "runs", "retries", "lost"] as const;
