import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { SQLInputValue } from "node:sqlite";
import { decodeLogs } from "@jobtrail/otlp";
import type { JobQuery, PageRequest } from "../../../packages/joblog/src/query/query.ts";
import { openStore } from "../../../packages/joblog/src/store.ts";
import { Database } from "../../../packages/joblog/src/store/database.ts";
import { pageOf } from "../../../packages/joblog/src/store/list.ts";
import { openWriter } from "../../../packages/joblog/src/store/open.ts";
import { perRequest, requests } from "./corpus.ts";

/** What keeping a corpus costs, in microseconds of CPU per record, and on disk in bytes. */
export interface Ingest {
  readonly decoding: number;
  /** Everything but decoding. */
  readonly keeping: number;
  /** The same rows, put into the same tables with the same indexes, and nothing else. */
  readonly bare: number;
  readonly bytes: number;
}

/** How long a page takes: CPU in milliseconds, the median. */
export interface Asked {
  readonly name: string;
  readonly cpu: number;
}

/** Everything that is measured. */
export interface Measured {
  readonly ingest: Ingest;
  readonly pages: readonly Asked[];
  /** Of pages that are asked for while a thread writes, in milliseconds. */
  readonly during: { readonly p50: number; readonly p99: number; readonly worst: number };
  /** Forgetting all jobs, in seconds. */
  readonly forgetting: number;
}

/** Keeps a corpus, keeps it bare, and asks for pages. */
export async function measureJobLog(records: number): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "jobtrail-bench-"));
  try {
    const path = join(folder, "jobs.db");
    const all = keep(records, path);
    const decoding = decode(records);
    const bytes = statSync(path).size / records;
    const bare = insertBare(path, join(folder, "bare.db")) / records;
    const pages = askPages(path);
    const during = await askDuring(records, folder);
    const forgetting = await forget(folder);
    return { ingest: { decoding, keeping: all - decoding, bare, bytes }, pages, during, forgetting };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** CPU of some work, in microseconds. */
function cpuOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

const received = (i: number): [number, number] => [1_772_420_400 + i, 0];

function keep(records: number, path: string): number {
  const writer = openWriter(new Database(path));
  let [cpu, i] = [0, 0];
  for (const body of requests(records))
    cpu += cpuOf(() => writer.append({ signal: "logs", encoding: "protobuf", body, received: received(i++) }));
  writer.close();
  return cpu / records;
}

function decode(records: number): number {
  let cpu = 0;
  for (const body of requests(records)) cpu += cpuOf(() => decodeLogs(body, "protobuf", true));
  return cpu / records;
}

/** The rows of a job log's file, into the same tables of another: one transaction for what one request had brought. */
function insertBare(from: string, to: string): number {
  const source = new DatabaseSync(from, { readOnly: true });
  const target = new DatabaseSync(to);
  target.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;");
  for (const { sql } of source
    .prepare("SELECT sql FROM sqlite_schema WHERE sql NOT NULL AND type <> 'trigger' AND name NOT LIKE 'job_texts%'")
    .all())
    target.exec(String(sql));
  const tables = ["sources", "job_uids", "definitions", "records", "identities", "traces", "jobs"].map((name) => {
    const rows = source.prepare(`SELECT * FROM ${name}`);
    rows.setReturnArrays(true);
    const insert = target.prepare(
      `INSERT INTO ${name} VALUES (${rows
        .columns()
        .map(() => "?")
        .join(", ")})`,
    );
    const total = Number(source.prepare(`SELECT count(*) AS n FROM ${name}`).get()?.["n"]);
    return { rows: rows.iterate() as unknown as Iterator<SQLInputValue[]>, insert, total };
  });
  const turns = Math.ceil((tables[3]?.total ?? 0) / perRequest);
  let cpu = 0;
  for (let turn = 0; turn < turns; turn++) {
    const portion = tables.map(({ rows, insert, total }) => ({ insert, rows: take(rows, share(total, turns, turn)) }));
    cpu += cpuOf(() => {
      target.exec("BEGIN IMMEDIATE");
      for (const { insert, rows } of portion) for (const row of rows) insert.run(...row);
      target.exec("COMMIT");
    });
  }
  source.close();
  target.close();
  return cpu;
}

const share = (total: number, turns: number, turn: number): number =>
  Math.floor((total * (turn + 1)) / turns) - Math.floor((total * turn) / turns);

function take<T>(rows: Iterator<T>, most: number): T[] {
  const taken: T[] = [];
  for (
    let next = most > 0 ? rows.next() : undefined;
    next?.done === false;
    next = taken.length < most ? rows.next() : undefined
  )
    taken.push(next.value);
  return taken;
}

const is = (field: "queue" | "state" | "id" | "actor" | "system" | "error", value: string): JobQuery => ({
  where: [{ field, op: "is", value }],
});
const both = (...all: readonly JobQuery[]): JobQuery => ({ where: all.flatMap(({ where }) => where) });

function askPages(path: string): Asked[] {
  const db = new Database(path);
  const middle = db.first<{ first: number }>("SELECT first FROM jobs ORDER BY first LIMIT 1 OFFSET 1000")?.first ?? 0;
  const questions: readonly [name: string, query: JobQuery, page: PageRequest][] = [
    ["first page", { where: [] }, { limit: 50 }],
    ["deep page", { where: [] }, { limit: 50, before: { first: middle, sequence: 0, uid: "" } }],
    ["of a queue", is("queue", "orders"), { limit: 50 }],
    ["failed in a queue", both(is("queue", "orders"), is("state", "failed")), { limit: 50 }],
    ["a system and a queue without a hit", both(is("system", "pgboss"), is("queue", "orders")), { limit: 50 }],
    ["by id", is("id", "777"), { limit: 50 }],
    ["by actor", is("actor", "user-77"), { limit: 50 }],
    ["by type of error", is("error", "ETIMEDOUT"), { limit: 50 }],
    ["by a word of an error", { where: [], text: "ETIMEDOUT" }, { limit: 50 }],
    ["by a word of an id", { where: [], text: "777" }, { limit: 50 }],
    ["not in a queue", { where: [{ field: "queue", op: "not", value: "orders" }] }, { limit: 50 }],
    [
      "of an hour",
      { where: [], range: { of: "queued", from: [1_772_420_400, 0], to: [1_772_424_000, 0] } },
      { limit: 50 },
    ],
  ];
  const asked = questions.map(([name, query, page]) => {
    const times = Array.from({ length: 21 }, () => cpuOf(() => pageOf(db, query, page)) / 1000);
    return { name, cpu: times.sort((a, b) => a - b)[10] ?? 0 };
  });
  db.close();
  return asked;
}

/** Pages of a store whose thread keeps a corpus at the same time, two requests at once. */
async function askDuring(records: number, folder: string): Promise<Measured["during"]> {
  const store = await openStore({ data: join(folder, "busy") });
  const bodies = requests(records);
  let isDone = false;
  const send = async (): Promise<void> => {
    for (const body of bodies)
      await store.append({ signal: "logs", encoding: "protobuf", body, received: received(0) });
  };
  const sending = Promise.all([send(), send()]).then(() => (isDone = true));
  const times: number[] = [];
  while (!isDone) {
    const begin = performance.now();
    await new Promise((resolve) => setImmediate(resolve));
    await store.jobs(is("queue", "orders"), { limit: 50 });
    times.push(performance.now() - begin);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await sending;
  await store.close();
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), worst: at(1) };
}

async function forget(folder: string): Promise<number> {
  const store = await openStore({ data: join(folder, "busy") });
  const begin = performance.now();
  await store.prune([2_000_000_000, 0]);
  await store.close();
  return (performance.now() - begin) / 1000;
}
