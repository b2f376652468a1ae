import type { Database } from "./database.ts";
import type { Day } from "./day.ts";
import { columnMask, columnNames } from "./columns.ts";
import type { JobColumns } from "./recent.ts";

interface Totals {
  jobs: number;
  failed: number;
  runs: number;
  retries: number;
  lost: number;
}

/** The rows of the jobs that a day lists, in the transaction that is open. */
export class DayJobs {
  readonly day: Day;
  readonly db: Database;
  readonly #totals = new Map<string, Totals>();
  readonly #hours = new Map<string, Hour>();
  readonly #updates = new Map<number, Statement>();
  readonly #insertRow: Statement;
  readonly #insertText: Statement;

  constructor(day: Day, db: Database) {
    this.day = day;
    this.db = db;
    this.#insertRow = db.prepare(
      `INSERT INTO jobs (id, ${columnNames.join(", ")}) VALUES (?, ${columnNames.map(() => "?").join(", ")})`,
    );
    this.#insertText = db.prepare("INSERT OR REPLACE INTO job_texts (rowid, text) VALUES (?, ?)");
  }

  read(id: number): JobColumns | null {
    return this.db.first<JobColumns>(`SELECT ${columnNames.join(", ")} FROM jobs WHERE id = ?`, id) ?? null;
  }

  /**
   * Writes what a job is now; only what has changed, so that no index is touched for nothing.
   * @param words the texts of its definition.
   * @returns whether anything has.
   */
  write(id: number, columns: JobColumns, before: JobColumns | null, words: string): boolean {
    if (before !== null) return this.#update(id, columns, before, words);
    this.#insertRow(id, ...columnNames.map((name) => columns[name] ?? null));
    this.#count(columns, 1);
    this.#writeText(id, columns, words);
    return true;
  }

  /** Removes a job's row; says whether there was one. */
  remove(id: number): boolean {
    const known = this.read(id);
    if (known === null) return false;
    this.#count(known, -1);
    this.db.run("DELETE FROM jobs WHERE id = ?", id);
    this.db.run("DELETE FROM job_texts WHERE rowid = ?", id);
    return true;
  }

  /** Adds what has changed to the sums. Belongs at the end of each transaction. */
  flush(): void {
    for (const { key, sums } of this.#hours.values()) this.db.run(addToHour, ...key, ...sums);
    for (const [result, { jobs, failed, runs, retries, lost }] of this.#totals)
      this.db.run(addToTotal, result, jobs, failed, runs, retries, lost);
    this.clear();
  }

  /** Forgets what was not committed. */
  clear(): void {
    this.#hours.clear();
    this.#totals.clear();
  }

  /** The words that a job can be found by. */
  #writeText(id: number, columns: JobColumns, words: string): void {
    this.#insertText(id, [words, ...textColumns.map((each) => columns[each] ?? "")].join("\n"));
  }

  #update(id: number, columns: JobColumns, before: JobColumns, words: string): boolean {
    const changed: string[] = [];
    let mask = 0;
    for (const [i, name] of columnNames.entries())
      if (columns[name] !== before[name]) {
        changed.push(name);
        mask |= 1 << i;
      }
    if (mask === 0) return false;
    this.#updateOf(mask, changed)(...changed.map((name) => columns[name] ?? null), id);
    if ((mask & textMask) !== 0) this.#writeText(id, columns, words);
    if ((mask & countedMask) !== 0) {
      this.#count(before, -1);
      this.#count(columns, 1);
    }
    return true;
  }

  /** The statement that sets some columns, by the bits of their places. */
  #updateOf(mask: number, changed: readonly string[]): Statement {
    let update = this.#updates.get(mask);
    if (update !== undefined) return update;
    update = this.db.prepare(`UPDATE jobs SET ${changed.map((name) => `${name} = ?`).join(", ")} WHERE id = ?`);
    this.#updates.set(mask, update);
    return update;
  }

  #count(columns: JobColumns, by: 1 | -1): void {
    const { definition, state, result, failed, runs, retries, lost, first, duration } = columns;
    const totals = this.#totals.get(String(result ?? "")) ?? { jobs: 0, failed: 0, runs: 0, retries: 0, lost: 0 };
    totals.jobs += by;
    totals.failed += by * Number(failed);
    totals.runs += by * Number(runs);
    totals.retries += by * Number(retries);
    totals.lost += by * Number(lost);
    this.#totals.set(String(result ?? ""), totals);
    const hour = Math.floor(Number(first) / microsOfHour);
    const key = [hour, Number(definition), String(state), String(result ?? "")] as const;
    const text = key.join("\n");
    const { sums } = this.#hours.get(text) ?? { sums: [0, 0, 0, 0, 0, 0, 0] };
    const added = [1, failed, runs, retries, lost, duration === null ? 0 : 1, duration ?? 0];
    this.#hours.set(text, { key, sums: sums.map((sum, i) => sum + by * Number(added[i])) });
  }
}

/** Microseconds of an hour: `hours` counts jobs by the hour of their first event. */
export const microsOfHour = 3_600_000_000;

interface Hour {
  readonly key: readonly [hour: number, definition: number, state: string, result: string];
  readonly sums: readonly number[];
}

const adding = (names: readonly string[]): string =>
  names.map((name) => `${name} = ${name} + excluded.${name}`).join(", ");

const counts = ["jobs", "failed", "runs", "retries", "lost"];

const addToHour = `INSERT INTO hours VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (hour, definition, state, result) DO UPDATE SET ${adding([...counts, "timed", "duration"])}`;

const addToTotal = `INSERT INTO totals VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (result) DO UPDATE SET ${adding(counts)}`;

const countedMask = columnMask([
  "definition",
  "state",
  "result",
  "failed",
  "runs",
  "retries",
  "lost",
  "first",
  "duration",
]);

/** Columns whose words a job can be found by, beside its queue and its name. */
const textColumns = ["native_id", "schedule", "actor", "error", "message"] as const;
const textMask = columnMask(["definition", ...textColumns]);

type Statement = ReturnType<Database["prepare"]>;
