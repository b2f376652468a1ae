import { isRefusal } from "@jobtrail/core/event";
import { decodeRecord, encodeLogs } from "@jobtrail/otlp";
import type { Received } from "@jobtrail/otlp";
import { unpack } from "../store/block.ts";
import type { Database } from "../store/database.ts";
import { dayIn } from "../store/day.ts";
import { sourceReader } from "../store/sources.ts";
import { filesToRead } from "./held.ts";

/** Which days are written, such as 2026-03-02; all where absent. */
export interface ExportRange {
  readonly from?: string;
  /** The first day that is not. */
  readonly to?: string;
}

/** Records of one line. */
const portion = 512;

/**
 * Everything that a job log has received and keeps, also while it runs: requests of OTLP logs as JSON, one a line, in
 * the order of receipt. `importInto` and every OTLP receiver reads them.
 * @throws StoreError where the folder has no job log.
 */
export function* exportFolder(
  folder: string,
  { from, to }: ExportRange = {},
): Generator<{ line: string; records: number }> {
  const files = filesToRead(folder);
  const [first, end] = [from && dayIn(from), to && dayIn(to)];
  try {
    for (const day of files.days()) {
      if ((typeof first === "number" && day < first) || (typeof end === "number" && day >= end)) continue;
      const requests = files.read(day, "records", [] as readonly Iterable<Received>[], (db) => [
        recordsOf(db),
        linesOf(db),
      ]);
      for (const records of requests) yield* inLines(records);
    }
  } finally {
    files.close();
  }
}

function* inLines(records: Iterable<Received>): Generator<{ line: string; records: number }> {
  let together: Received[] = [];
  const line = (): { line: string; records: number } => ({
    line: Buffer.from(encodeLogs(together, "json")).toString(),
    records: together.length,
  });
  for (const record of records) {
    together.push(record);
    if (together.length < portion) continue;
    yield line();
    together = [];
  }
  if (together.length > 0) yield line();
}

interface Row {
  readonly block: number;
  readonly place: number;
  readonly source: number;
}

function* recordsOf(db: Database): Generator<Received> {
  const source = sourceReader(db);
  let read: { readonly id: number; readonly records: readonly Uint8Array[] } = { id: 0, records: [] };
  for (const row of db.each<Row>("SELECT block, place, source FROM records ORDER BY block, place")) {
    if (row.block !== read.id) read = { id: row.block, records: blockOf(db, row.block) };
    const bytes = read.records[row.place];
    const record = bytes && decodeRecord(bytes);
    if (record !== undefined && !isRefusal(record)) yield { record, ...source(row.source) };
  }
}

function* linesOf(db: Database): Generator<Received> {
  const source = sourceReader(db);
  const sql = "SELECT source, record FROM lines ORDER BY received, uid";
  for (const row of db.each<{ source: number; record: Uint8Array }>(sql)) {
    const record = decodeRecord(row.record);
    if (!isRefusal(record)) yield { record, ...source(row.source) };
  }
}

const blockOf = (db: Database, id: number): readonly Uint8Array[] =>
  unpack(db.first<{ records: Uint8Array }>("SELECT records FROM blocks WHERE id = ?", id)?.records ?? new Uint8Array());
