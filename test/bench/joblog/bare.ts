import { join } from "node:path";
import { readdirSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { SQLInputValue } from "node:sqlite";
import { cpuOf } from "./cpu.ts";

interface Table {
  /** The rows of one turn. */
  readonly next: () => SQLInputValue[][];
  readonly insert: (row: SQLInputValue[]) => void;
}

interface File {
  readonly target: DatabaseSync;
  readonly tables: readonly Table[];
}

const own = "sql NOT NULL AND type <> 'trigger' AND name NOT LIKE 'job_texts_%' AND name NOT LIKE 'sqlite_%'";

/**
 * The rows of a job log's files, put into the same tables of others with the same indexes, full text among them, and
 * nothing else: each row once, one transaction of each file for what one turn had brought.
 * @returns CPU in microseconds.
 */
export function insertBare(from: string, to: string, turns: number): number {
  const days = readdirSync(join(from, "days")).filter((name) => name.endsWith(".records.db"));
  const ofDay = Math.ceil(turns / days.length);
  let cpu = 0;
  const catalogue = fileOf(join(from, "catalogue.db"), join(to, "catalogue.db"), "NORMAL", turns);
  for (const name of days) {
    const jobs = name.replace("records", "jobs");
    const files = [
      fileOf(join(from, "days", name), join(to, name), "FULL", ofDay),
      fileOf(join(from, "days", jobs), join(to, jobs), "NORMAL", ofDay),
    ];
    for (let turn = 0; turn < ofDay; turn++) cpu += insertTurn([...files, catalogue]);
    for (const { target } of files) target.close();
  }
  catalogue.target.close();
  return cpu;
}

function insertTurn(files: readonly File[]): number {
  const work = files.map(({ target, tables }) => ({
    target,
    rows: tables.map(({ next, insert }) => ({ insert, rows: next() })),
  }));
  return cpuOf(() => {
    for (const { target, rows } of work) {
      target.exec("BEGIN IMMEDIATE");
      for (const each of rows) for (const row of each.rows) each.insert(row);
      target.exec("COMMIT");
    }
  });
}

function fileOf(from: string, to: string, synchronous: string, turns: number): File {
  const source = new DatabaseSync(from, { readOnly: true });
  const target = new DatabaseSync(to);
  target.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA cache_size = -32768;
    PRAGMA wal_autocheckpoint = 8000;`);
  const schema = source.prepare(`SELECT name, sql, type FROM sqlite_schema WHERE ${own}`).all();
  for (const { sql } of schema) target.exec(String(sql));
  const tables = schema
    .filter(({ type, name }) => type === "table" && name !== "job_texts")
    .map(({ name }) => tableOf(source, target, String(name), turns));
  return { target, tables };
}

function tableOf(source: DatabaseSync, target: DatabaseSync, name: string, turns: number): Table {
  const select = source.prepare(`SELECT * FROM ${name}`);
  select.setReturnArrays(true);
  const marks = select.columns().map(() => "?");
  const insert = target.prepare(`INSERT INTO ${name} VALUES (${marks.join(", ")})`);
  const total = Number(source.prepare(`SELECT count(*) AS n FROM ${name}`).get()?.["n"]);
  const rows = select.iterate() as unknown as Iterator<SQLInputValue[]>;
  let turn = 0;
  const next = (): SQLInputValue[][] => {
    const most = Math.floor((total * (turn + 1)) / turns) - Math.floor((total * turn) / turns);
    turn += 1;
    return take(rows, most);
  };
  if (name !== "jobs" || marks.length < 10) return { next, insert: (row) => void insert.run(...row) };
  const text = target.prepare("INSERT INTO job_texts (rowid, text) VALUES (?, ?)");
  const texts = [3, 4, 8, 11, 12];
  return {
    next,
    insert(row) {
      insert.run(...row);
      text.run(row[0] ?? 0, ["orders\nsend-receipt", ...texts.map((i) => row[i] ?? "")].join("\n"));
    },
  };
}

function take<T>(rows: Iterator<T>, most: number): T[] {
  const taken: T[] = [];
  while (taken.length < most) {
    const next = rows.next();
    if (next.done === true) break;
    taken.push(next.value);
  }
  return taken;
}
