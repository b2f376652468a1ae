import { chmodSync, renameSync, rmSync, statSync } from "node:fs";
import { pack, perBlock, unpack } from "./block.ts";
import { addCount, setCount } from "./catalogue.ts";
import { Database } from "./database.ts";
import type { Day } from "./day.ts";
import type { Files } from "./files.ts";
import { prepareTables } from "./tables.ts";

/**
 * Writes the file of a day anew, with full blocks, and puts it in the place of the old one.
 * @param keep the jobs whose records stay; all of them where absent.
 * @returns how many records it has now.
 */
export function rewriteDay(files: Files, day: Day, keep?: ReadonlySet<number>): number {
  const path = files.dayPath(day, "records");
  const isOnDisk = files.folder !== undefined;
  const part = isOnDisk ? `${path}.part` : path;
  if (isOnDisk) for (const end of ["", "-wal", "-shm"]) rmSync(`${part}${end}`, { force: true });
  const target = new Database(part, "full");
  let records = 0;
  try {
    prepareTables(target, "records");
    const source = files.records(day);
    records = target.transaction(() => copy(source, target, keep));
    if (isOnDisk) target.exec("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE;");
  } catch (cause) {
    target.close();
    throw cause;
  }
  if (isOnDisk) {
    target.close();
    replace(files, day, part);
  } else files.replace(day, target);
  newGeneration(files);
  return records;
}

/** Whoever reads opens all files again. */
export const newGeneration = (files: Files): void => addCount(files.catalogue, "generation", 1);

function replace(files: Files, day: Day, part: string): void {
  const path = files.dayPath(day, "records");
  const { mode } = statSync(path);
  files.closeDay(day);
  for (const end of ["-wal", "-shm"]) rmSync(`${path}${end}`, { force: true });
  renameSync(part, path);
  chmodSync(path, mode);
}

function copy(source: Database, target: Database, keep: ReadonlySet<number> | undefined): number {
  for (const { id, source: bytes } of source.all<{ id: number; source: Uint8Array }>("SELECT * FROM sources"))
    target.run("INSERT INTO sources VALUES (?, ?)", id, bytes);
  const records = copyRecords(source, target, keep);
  const isKept = (job: number | null): boolean => keep === undefined || (job !== null && keep.has(job));
  for (const table of ["traces", "lines"] as const)
    for (const row of source.each<Record<string, string | number | Uint8Array | null> & { job: number | null }>(
      `SELECT * FROM ${table}`,
    ))
      if (isKept(row.job)) {
        const values = Object.values(row);
        target.run(`INSERT INTO ${table} VALUES (${values.map(() => "?").join(", ")})`, ...values);
      }
  if (keep === undefined)
    for (const row of source.all<{ at: number; reason: string; text: string }>("SELECT at, reason, text FROM refused"))
      target.run("INSERT INTO refused VALUES (?, ?, ?)", row.at, row.reason, row.text);
  for (const { what, n } of source.all<{ what: string; n: number }>("SELECT what, n FROM counts"))
    setCount(target, what, n);
  setCount(target, "records", records);
  return records;
}

interface Row {
  readonly job: number;
  readonly kind: number;
  readonly time: number;
  readonly uid: string;
  readonly identity: string | null;
  readonly received: number;
  readonly source: number;
  readonly block: number;
  readonly place: number;
}

/** Records without a job of their own stay only where all stay. Records of a block that is damaged are lost. */
function copyRecords(source: Database, target: Database, keep: ReadonlySet<number> | undefined): number {
  const insertRow = target.prepare("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const insertBlock = target.prepare("INSERT INTO blocks VALUES (?, ?)");
  let together: Uint8Array[] = [];
  let [records, block] = [0, 1];
  let read: { id: number; records: readonly Uint8Array[] } = { id: 0, records: [] };
  const write = (): void => {
    if (together.length > 0) insertBlock(block++, pack(together));
    together = [];
  };
  for (const row of source.each<Row>("SELECT * FROM records ORDER BY block, place")) {
    if (keep !== undefined && !keep.has(row.job)) continue;
    if (row.block !== read.id) read = { id: row.block, records: unpack(blobOf(source, row.block)) };
    const bytes = read.records[row.place];
    if (bytes === undefined) continue;
    const { job, kind, time, uid, identity, received, source: from } = row;
    insertRow(job, kind, time, uid, identity, received, from, block, together.length);
    together.push(bytes);
    records += 1;
    if (together.length === perBlock) write();
  }
  write();
  return records;
}

const blobOf = (db: Database, id: number): Uint8Array =>
  db.first<{ records: Uint8Array }>("SELECT records FROM blocks WHERE id = ?", id)?.records ?? new Uint8Array();
