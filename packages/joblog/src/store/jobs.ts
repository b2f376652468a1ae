import type { Job } from "@jobtrail/core/fold";
import { firstOf, hasFailed, rowOf } from "../view.ts";
import type { JobRow } from "../view.ts";
import { count, setCount } from "./counts.ts";
import type { Database } from "./database.ts";
import { kinds } from "./kinds.ts";
import { micros } from "./record.ts";
import type { StoredEvent } from "./record.ts";
import type { JobColumns, RecentJob } from "./recent.ts";

/** The columns of a job's row, without the number of its change. */
const names = [
  "uid",
  "definition",
  "native_id",
  "schedule",
  "state",
  "result",
  "trigger",
  "actor",
  "scope",
  "tenant",
  "error",
  "message",
  "first",
  "sequence",
  "started",
  "ended",
  "last",
  "duration",
  "runs",
  "retries",
  "lost",
  "failed",
  "row",
] as const;

/** Writes the rows of jobs, and counts them, in the transaction that is open. */
export class JobRows {
  readonly #db: Database;
  readonly #definitions = new Map<string, number>();
  readonly #totals = new Map<string, Totals>();
  readonly #updates = new Map<number, Statement>();
  #insertRow: Statement | undefined;
  #insertText: Statement | undefined;
  readonly #definitionWords = new Map<number, { readonly queue: string; readonly name: string }>();
  #change: number | undefined;

  constructor(db: Database) {
    this.#db = db;
  }

  /**
   * Writes what a job is now; only what has changed, so that no index is touched for nothing.
   */
  write({ id, events, written }: RecentJob, job: Job): JobColumns {
    const known = written === undefined ? this.#read(id) : written;
    const columns = this.#columnsOf(job, events);
    if (known === null) this.#insert(id, columns);
    else this.#update(id, columns, known);
    return columns;
  }

  /** Removes a job's row. */
  remove(id: number): void {
    const known = this.#read(id);
    if (known === null) return;
    this.#count(known, -1);
    this.#db.run("DELETE FROM jobs WHERE id = ?", id);
    this.#db.run("DELETE FROM job_texts WHERE rowid = ?", id);
  }

  /** Adds what has changed to the totals. Belongs at the end of each transaction. */
  flush(): void {
    for (const [result, { jobs, failed, runs, retries, lost }] of this.#totals)
      this.#db.run(
        `INSERT INTO totals VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (result) DO UPDATE SET jobs = jobs + excluded.jobs,
           failed = failed + excluded.failed, runs = runs + excluded.runs, retries = retries + excluded.retries,
           lost = lost + excluded.lost`,
        result,
        jobs,
        failed,
        runs,
        retries,
        lost,
      );
    this.#totals.clear();
    if (this.#change !== undefined) setCount(this.#db, "change", this.#change);
  }

  /** The number of the newest change. */
  get change(): number {
    return (this.#change ??= count(this.#db, "change"));
  }

  /** Forgets what was not committed. */
  clear(): void {
    this.#definitions.clear();
    this.#definitionWords.clear();
    this.#totals.clear();
    this.#change = undefined;
  }

  #nextChange(): number {
    return (this.#change = this.change + 1);
  }

  #read(id: number): JobColumns | null {
    return this.#db.first<JobColumns>(`SELECT ${names.join(", ")} FROM jobs WHERE id = ?`, id) ?? null;
  }

  #insert(id: number, columns: JobColumns): void {
    this.#insertRow ??= this.#db.prepare(
      `INSERT INTO jobs (id, change, ${names.join(", ")}) VALUES (?, ?, ${names.map(() => "?").join(", ")})`,
    );
    this.#insertRow(id, this.#nextChange(), ...names.map((name) => columns[name] ?? null));
    this.#count(columns, 1);
    this.#writeText(id, columns);
  }

  /** The words that a job can be found by. */
  #writeText(id: number, columns: JobColumns): void {
    this.#insertText ??= this.#db.prepare("INSERT OR REPLACE INTO job_texts (rowid, text) VALUES (?, ?)");
    const { queue, name } = this.#definitionWords.get(Number(columns["definition"])) ?? { queue: "", name: "" };
    this.#insertText(id, [queue, name, ...textColumns.map((each) => columns[each] ?? "")].join("\n"));
  }

  #update(id: number, columns: JobColumns, before: JobColumns): void {
    const changed: (typeof names)[number][] = [];
    let mask = 0;
    for (const [i, name] of names.entries())
      if (columns[name] !== before[name]) {
        changed.push(name);
        mask |= 1 << i;
      }
    if (mask === 0) return;
    const values = changed.map((name) => columns[name] ?? null);
    this.#updateOf(mask, changed)(this.#nextChange(), ...values, id);
    if ((mask & textMask) !== 0) this.#writeText(id, columns);
    if ((mask & countedMask) === 0) return;
    this.#count(before, -1);
    this.#count(columns, 1);
  }

  /** The statement that sets some columns, by the bits of their places. */
  #updateOf(mask: number, changed: readonly string[]): Statement {
    let update = this.#updates.get(mask);
    if (update !== undefined) return update;
    update = this.#db.prepare(
      `UPDATE jobs SET change = ?, ${changed.map((name) => `${name} = ?`).join(", ")} WHERE id = ?`,
    );
    this.#updates.set(mask, update);
    return update;
  }

  #count({ result, failed, runs, retries, lost }: JobColumns, by: 1 | -1): void {
    const key = String(result ?? "");
    const totals = this.#totals.get(key) ?? { jobs: 0, failed: 0, runs: 0, retries: 0, lost: 0 };
    totals.jobs += by;
    totals.failed += by * Number(failed);
    totals.runs += by * Number(runs);
    totals.retries += by * Number(retries);
    totals.lost += by * Number(lost);
    this.#totals.set(key, totals);
  }

  #columnsOf(job: Job, events: RecentJob["events"]): JobColumns {
    const row = rowOf(job, (events[kinds.run.number]?.length ?? 0) >= kinds.run.newest);
    const { counts } = row;
    return withNulls({
      uid: row.uid,
      definition: this.#definitionOf(row),
      native_id: row.id,
      schedule: row.schedule,
      state: row.state,
      result: row.result,
      trigger: row.trigger,
      actor: partyKey(row.actor),
      scope: partyKey(row.scope),
      tenant: row.tenant,
      error: row.error?.type,
      message: row.error?.message?.slice(0, longestMessage),
      first: micros(firstOf(job)),
      sequence: sequenceOf(job.uid, events[kinds.job.number] ?? []),
      started: microsOf(job.runs.find(({ start }) => start !== undefined)?.start),
      ended: row.ended === undefined ? undefined : microsOf(job.runs.at(-1)?.end),
      last: micros(job.last),
      duration: row.duration,
      runs: counts.runs,
      retries: counts.retries,
      lost: counts.lost,
      failed: Number(hasFailed(row)),
      row: JSON.stringify(row),
    });
  }

  #definitionOf({ system = "", namespace = "", queue = "", name = "" }: JobRow): number {
    const key = JSON.stringify([system, namespace, queue, name]);
    let id = this.#definitions.get(key);
    if (id !== undefined) return id;
    const values = [system, namespace, queue, name];
    this.#db.run(
      "INSERT INTO definitions (system, namespace, queue, name) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
      ...values,
    );
    const find = "SELECT id FROM definitions WHERE system = ? AND namespace = ? AND queue = ? AND name = ?";
    id = this.#db.first<{ id: number }>(find, ...values)?.id ?? 0;
    if (this.#definitions.size > mostDefinitions) {
      this.#definitions.clear();
      this.#definitionWords.clear();
    }
    this.#definitionWords.set(id, { queue, name });
    this.#definitions.set(key, id);
    return id;
  }
}

/** Definitions that are known without asking for them. */
const mostDefinitions = 10_000;

interface Totals {
  jobs: number;
  failed: number;
  runs: number;
  retries: number;
  lost: number;
}

const counted: ReadonlySet<string> = new Set(["result", "failed", "runs", "retries", "lost"]);
const countedMask = maskOf(counted);

/** Columns whose words a job can be found by, beside its queue and its name. */
const textColumns = ["native_id", "schedule", "actor", "error", "message"] as const;
const textMask = maskOf(new Set(["definition", ...textColumns]));

/** The longest part of an error's message that can be searched for, in characters. */
const longestMessage = 500;

/** The bits of the places of some columns. */
function maskOf(columns: ReadonlySet<string>): number {
  return names.reduce((mask, name, i) => (columns.has(name) ? mask | (1 << i) : mask), 0);
}

type Statement = ReturnType<Database["prepare"]>;

/** Columns without a value are null, as they are read again. */
const withNulls = (given: Readonly<Record<(typeof names)[number], string | number | null | undefined>>): JobColumns => {
  const columns: Record<string, string | number | null> = {};
  for (const name of names) columns[name] = given[name] ?? null;
  return columns;
};

const microsOf = (time: Parameters<typeof micros>[0] | undefined): number | undefined => time && micros(time);

/** Where the record that the job was queued stands among the records of its process; 0 where none says it. */
function sequenceOf(uid: string, events: readonly StoredEvent[]): number {
  let least = 0;
  for (const { event } of events) {
    const sequence = event.attributes["job.event.sequence"];
    if (event.name !== "job.queued" || event.attributes["job.uid"] !== uid || sequence === undefined) continue;
    least = least === 0 ? sequence : Math.min(least, sequence);
  }
  return least;
}

/** What a filter compares: the id, else the name, else the type. */
const partyKey = (party: JobRow["actor"]): string | null => party?.id ?? party?.name ?? party?.type ?? null;
