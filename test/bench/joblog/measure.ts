import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeLogs } from "@jobtrail/otlp";
import type { Batch } from "../../../packages/joblog/src/contract.ts";
import type { JobQuery, PageRequest } from "../../../packages/joblog/src/query/query.ts";
import { openStore } from "../../../packages/joblog/src/store.ts";
import { openWriter } from "../../../packages/joblog/src/store/open.ts";
import { insertBare } from "./bare.ts";
import { perRequest, requests } from "./corpus.ts";
import { cpuOf } from "./cpu.ts";
import { insertPlain } from "./plain.ts";

/** What keeping a corpus costs, in microseconds of CPU per record. */
export interface Ingest {
  /** So many requests waited at once, and were kept together. */
  readonly together: number;
  /** Everything but decoding. */
  readonly keeping: number;
  /** The same records and jobs as plain rows in one file, with the same indexes and words, and nothing else. */
  readonly plain: number;
  /** The job log's own rows, with the records packed already, and nothing else. */
  readonly bare: number;
}

/** How long a page takes: CPU in milliseconds, the median. */
export interface Asked {
  readonly name: string;
  readonly cpu: number;
}

/** Everything that is measured. */
export interface Measured {
  readonly decoding: number;
  readonly ingest: readonly Ingest[];
  /** On disk, per record. */
  readonly bytes: number;
  readonly days: number;
  readonly pages: readonly Asked[];
  /** Of pages that are asked for while a thread writes, in milliseconds. */
  readonly during: { readonly p50: number; readonly p99: number; readonly worst: number };
  /** Forgetting all jobs: CPU and time, in seconds. */
  readonly forgetting: { readonly cpu: number; readonly wall: number };
}

/** Records that are received on one day. */
const perDay = 500_000;

/** Keeps a corpus, keeps it bare, and asks for pages. */
export async function measureJobLog(records: number): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "jobtrail-bench-"));
  try {
    const decoding = decode(records);
    const ingest = [1, 8].map((together) => keepAndBare(records, folder, together, decoding));
    const kept = join(folder, "kept-8");
    const bytes = sizeOf(kept) / records;
    const days = readdirSync(join(kept, "days")).filter((name) => name.endsWith(".records.db")).length;
    const pages = await askPages(kept);
    const during = await askDuring(records, folder);
    const forgetting = await forget(kept);
    return { decoding, ingest, bytes, days, pages, during, forgetting };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function keepAndBare(records: number, folder: string, together: number, decoding: number): Ingest {
  const kept = join(folder, `kept-${together}`);
  const all = keep(records, kept, together);
  const bare = join(folder, `bare-${together}`);
  mkdirSync(bare);
  const turns = Math.ceil(records / perRequest / together);
  const cpu = insertBare(kept, bare, turns) / records;
  const plain = insertPlain(records, kept, bare, together) / records;
  rmSync(bare, { recursive: true });
  if (together === 1) rmSync(kept, { recursive: true });
  return { together, keeping: all - decoding, plain, bare: cpu };
}

const sizeOf = (folder: string): number =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).reduce((sum, name) => {
    const stats = statSync(join(folder, name));
    return sum + (stats.isFile() ? stats.size : 0);
  }, 0);

const batch = (body: Uint8Array, i: number): Batch => {
  const received: [number, number] = [1_772_420_400 + Math.floor((i * perRequest) / perDay) * 86_400 + (i % 1000), 0];
  return { signal: "logs", encoding: "protobuf", body, received };
};

function keep(records: number, folder: string, together: number): number {
  const { writer, files } = openWriter(folder);
  let [cpu, i] = [0, 0];
  let batches: Batch[] = [];
  const write = (): void => {
    cpu += cpuOf(() => writer.append(batches));
    writer.changed();
    batches = [];
  };
  for (const body of requests(records)) {
    batches.push(batch(body, i++));
    if (batches.length === together) write();
  }
  if (batches.length > 0) write();
  files.close();
  return cpu / records;
}

function decode(records: number): number {
  let cpu = 0;
  for (const body of requests(records)) cpu += cpuOf(() => decodeLogs(body, "protobuf", true));
  return cpu / records;
}

const is = (field: "queue" | "state" | "id" | "actor" | "system" | "error" | "name", value: string): JobQuery => ({
  where: [{ field, op: "is", value }],
});
const both = (...all: readonly JobQuery[]): JobQuery => ({ where: all.flatMap(({ where }) => where) });

async function askPages(folder: string): Promise<Asked[]> {
  const store = await openStore({ data: folder });
  const before = { first: 1_772_420_400_000_000 + 60_000_000, sequence: 0, uid: "" };
  const questions: readonly [name: string, query: JobQuery, page: PageRequest][] = [
    ["first page", { where: [] }, { limit: 50 }],
    ["deep page", { where: [] }, { limit: 50, before }],
    ["of a queue", is("queue", "orders"), { limit: 50 }],
    ["of a queue, deep", is("queue", "orders"), { limit: 50, before }],
    ["failed in a queue", both(is("queue", "orders"), is("state", "failed")), { limit: 50 }],
    ["a system and a queue without a hit", both(is("system", "pgboss"), is("queue", "orders")), { limit: 50 }],
    ["by id", is("id", "777"), { limit: 50 }],
    ["by an id without a hit", is("id", "no such"), { limit: 50 }],
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
  const asked: Asked[] = [];
  for (const [name, query, page] of questions) {
    const times: number[] = [];
    for (let i = 0; i < 21; i++) times.push(await cpuMsOf(() => store.jobs(query, page)));
    asked.push({ name, cpu: times.sort((a, b) => a - b)[10] ?? 0 });
  }
  const uid = (await store.jobs({ where: [] }, { limit: 1, before })).jobs[0]?.uid ?? "";
  const others: readonly [name: string, ask: () => Promise<unknown>][] = [
    ["one job with its records", () => store.history(uid)],
    [
      "by an attribute, 1 in 5000",
      () => store.jobs({ where: [{ field: "attribute.job.actor.id", op: "is", value: "user-77" }] }, { limit: 50 }),
    ],
    [
      "longer than 100 s, without a hit",
      () => store.jobs({ where: [{ field: "duration", op: ">=", value: 100 }] }, { limit: 50 }),
    ],
    ["counts by hour and result, all days", () => store.statistics({ where: [] }, ["hour", "result"])],
    ["counts by hour of a queue, all days", () => store.statistics(is("queue", "orders"), ["hour"])],
    ["definitions with their usual durations", () => store.definitions({ where: [] })],
    ["groups of errors", () => store.errors({ where: [] })],
    ["summary", () => store.summary()],
  ];
  for (const [name, ask] of others) {
    const times: number[] = [];
    for (let i = 0; i < 9; i++) times.push(await cpuMsOf(ask));
    asked.push({ name, cpu: times.sort((a, b) => a - b)[4] ?? 0 });
  }
  await store.close();
  return asked;
}

async function cpuMsOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Pages of a store whose thread keeps a corpus at the same time, eight requests at once. */
async function askDuring(records: number, folder: string): Promise<Measured["during"]> {
  const store = await openStore({ data: join(folder, "busy") });
  const bodies = requests(Math.min(records, 1_000_000));
  let [isDone, i] = [false, 0];
  const send = async (): Promise<void> => {
    for (const body of bodies) await store.append(batch(body, i++));
  };
  const sending = Promise.all(Array.from({ length: 8 }, send)).then(() => (isDone = true));
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

async function forget(folder: string): Promise<Measured["forgetting"]> {
  const store = await openStore({ data: folder });
  const [begin, cpu] = [performance.now(), process.cpuUsage()];
  await store.prune({ before: [2_000_000_000, 0] });
  const wall = (performance.now() - begin) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  await store.close();
  return { wall, cpu: (user + system) / 1e6 };
}
