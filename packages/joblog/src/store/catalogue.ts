import type { Database } from "./database.ts";
import type { Day } from "./day.ts";

/** A day, as the catalogue knows it. */
export interface DayRow {
  readonly day: Day;
  readonly records: number;
  readonly spans: number;
  readonly metrics: number;
  readonly refused: number;
  readonly other: number;
  /** The first times of the jobs that it lists, in microseconds; null where it lists none. */
  readonly from: number | null;
  readonly to: number | null;
  /** When anything was last heard of them, in microseconds. */
  readonly last: number;
  /** The last block whose jobs are listed. */
  readonly projected: number;
  readonly is_closed: number;
}

/** A job, by the number that its records have. */
export interface JobKey {
  readonly id: number;
  readonly uid: string;
  /** The day that lists it. */
  readonly home: Day;
  /** The days that have records or lines of it. */
  readonly days: readonly Day[];
}

/** What is counted, such as `spans`; 0 where nothing was. */
export const count = (db: Database, what: string): number =>
  db.first<{ n: number }>("SELECT n FROM counts WHERE what = ?", what)?.n ?? 0;

/** Adds to what is counted. */
export const addCount = (db: Database, what: string, n: number): void => {
  if (n === 0) return;
  db.run("INSERT INTO counts VALUES (?, ?) ON CONFLICT (what) DO UPDATE SET n = n + excluded.n", what, n);
};

/** Sets what is counted. */
export const setCount = (db: Database, what: string, n: number): void => {
  db.run("INSERT INTO counts VALUES (?, ?) ON CONFLICT (what) DO UPDATE SET n = excluded.n", what, n);
};

/** All days, oldest first. */
export const daysOf = (db: Database): DayRow[] => db.all<DayRow>(`SELECT * FROM days ORDER BY day`);

interface JobIndexRow {
  readonly uid: string;
  readonly id: number;
  readonly home: Day;
  readonly days: string | null;
}

/** Where a job is; nothing where there is none of this uid. */
export function findJob(db: Database, uid: string): JobKey | undefined {
  // The row of a job whose day is forgotten stays until it is swept.
  const row = db.first<JobIndexRow>(
    "SELECT uid, id, home, days FROM jobs WHERE uid = ? AND home IN (SELECT day FROM days)",
    uid,
  );
  return row && { ...row, days: row.days === null ? [row.home] : row.days.split(" ").map(Number) };
}

/** Writes where a job is. */
export const writeJob = (db: Database): ((job: JobKey) => void) => {
  const write = db.prepare(
    "INSERT INTO jobs VALUES (?, ?, ?, ?) ON CONFLICT (uid) DO UPDATE SET id = excluded.id, home = excluded.home, days = excluded.days",
  );
  return ({ uid, id, home, days }) => {
    write(uid, id, home, days.length === 1 && days[0] === home ? null : days.join(" "));
  };
};

/** The days that have records without `job.uid` of an identity. */
export const looseDays = (db: Database, identity: string): Day[] =>
  db.all<{ day: Day }>("SELECT day FROM loose WHERE identity = ?", identity).map(({ day }) => day);

/** Whether there is any record that finds its job by an identity: most systems write none. */
export const hasLoose = (db: Database): boolean =>
  db.first("SELECT 1 FROM loose WHERE identity <> '' LIMIT 1") !== undefined;

/** A definition, as it is written once for all jobs of it. Empty texts are unknown. */
export interface Definition {
  readonly system: string;
  readonly namespace: string;
  readonly queue: string;
  readonly name: string;
}

/** Definitions that are known without asking for them. */
const mostDefinitions = 10_000;

/** Gives definitions their numbers, and notes the days that have jobs of them. */
export class Definitions {
  readonly #db: Database;
  readonly #ids = new Map<string, number>();
  readonly #words = new Map<number, Definition>();
  readonly #days = new Map<number, Set<number>>();

  constructor(db: Database) {
    this.#db = db;
  }

  idOf({ system, namespace, queue, name }: Definition): number {
    const key = `${system}\n${namespace}\n${queue}\n${name}`;
    let id = this.#ids.get(key);
    if (id !== undefined) return id;
    const values = [system, namespace, queue, name];
    this.#db.run(
      "INSERT INTO definitions (system, namespace, queue, name) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
      ...values,
    );
    const find = "SELECT id FROM definitions WHERE system = ? AND namespace = ? AND queue = ? AND name = ?";
    id = this.#db.first<{ id: number }>(find, ...values)?.id ?? 0;
    if (this.#ids.size > mostDefinitions) this.clear();
    this.#words.set(id, { system, namespace, queue, name });
    this.#ids.set(key, id);
    return id;
  }

  /** Notes that a day has a job of a definition. */
  use(id: number, day: Day): void {
    const known = this.#days.get(day) ?? new Set();
    if (known.has(id)) return;
    this.#db.run("INSERT INTO definition_days VALUES (?, ?) ON CONFLICT DO NOTHING", id, day);
    known.add(id);
    this.#days.set(day, known);
  }

  /** The texts of a definition whose number was given lately. */
  wordsOf(id: number): Definition | undefined {
    return this.#words.get(id);
  }

  /** Forgets what was not committed. */
  clear(): void {
    this.#ids.clear();
    this.#words.clear();
    this.#days.clear();
  }
}
