import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { isRefusal, now } from "@jobtrail/core/event";
import { decodeLogs, decodeRecord } from "@jobtrail/otlp";
import type { Received } from "@jobtrail/otlp";
import { count } from "./catalogue.ts";
import { Database } from "./database.ts";
import { dayOf } from "./day.ts";
import type { Files } from "./files.ts";
import { countColumns } from "./lists.ts";
import { laterVersion } from "../errors.ts";
import { micros, timeOfMicros } from "./record.ts";
import type { Progress } from "./recover.ts";
import { sourceReader } from "./sources.ts";
import { versionOf } from "./tables.ts";
import type { Writer } from "./writer.ts";

/** The one file of job logs until tables 3. */
export const oldFileName = "jobs.db";

/** So many records of the old file are kept in one transaction. */
const portion = 2000;

/** Whether a folder has the file of an earlier version, which is not brought up to date yet. */
export const hasOldFile = (folder: string): boolean => existsSync(join(folder, oldFileName));

/**
 * Puts the records of the one file of an earlier version into files of days, each by when it was received, and
 * renames it. If that is interrupted, it is done again: each record is kept once.
 * @throws StoreError where the file cannot be read.
 */
export function migrate(writer: Writer, files: Files, progress?: Progress): void {
  if (files.folder === undefined || !hasOldFile(files.folder)) return;
  const path = join(files.folder, oldFileName);
  const old = new Database(path, "normal");
  try {
    const version = versionOf(old);
    const reader = readers[version];
    if (version > 3) throw laterVersion({ path, found: version, known: 3 });
    if (reader !== undefined) move(writer, old, reader, progress);
  } finally {
    old.close();
  }
  for (const end of ["-wal", "-shm", ""])
    if (existsSync(`${path}${end}`)) renameSync(`${path}${end}`, `${path}.migrated${end}`);
}

interface Moved {
  readonly received: number;
  readonly record: Received;
}

interface OldReader {
  records(db: Database): Generator<Moved>;
  lines(db: Database): Generator<Moved>;
}

function move(writer: Writer, old: Database, reader: OldReader, progress?: Progress): void {
  let together: Moved[] = [];
  let done = 0;
  const write = (): void => {
    for (const [received, some] of Map.groupBy(together, (each) => each.received))
      writer.keepAt(
        timeOfMicros(received),
        some.map(({ record }) => record),
      );
    done += together.length;
    together = [];
    progress?.(`${done.toLocaleString("en")} records`);
  };
  for (const records of [reader.records(old), reader.lines(old)])
    for (const each of records) {
      together.push(each);
      if (together.length >= portion) write();
    }
  if (together.length > 0) write();
  const others = countColumns.filter((what) => what !== "records");
  writer.countAt(dayOf(now()), new Map(others.map((what) => [what, count(old, what)])));
}

/** Until tables 2 each record was kept as a request of its own. */
const inRequests = (hasReceived: boolean): OldReader => ({
  *records(db) {
    const before = hasReceived ? count(db, "received before") || micros(now()) : micros(now());
    const received = hasReceived ? "received" : "NULL AS received";
    for (const row of db.each<{ received: number | null; record: Uint8Array }>(
      `SELECT ${received}, record FROM records`,
    )) {
      const record = recordIn(row.record);
      if (record !== undefined) yield { received: row.received ?? before, record };
    }
  },
  *lines(db) {
    for (const row of db.each<{ received: number; record: Uint8Array }>(
      "SELECT arrived AS received, record FROM logs",
    )) {
      const record = recordIn(row.record);
      if (record !== undefined) yield { received: row.received, record };
    }
  },
});

const withSources: OldReader = {
  records: (db) => sourced(db, "SELECT received, source, record FROM records"),
  lines: (db) => sourced(db, "SELECT arrived AS received, source, record FROM logs"),
};

function* sourced(db: Database, sql: string): Generator<Moved> {
  const source = sourceReader(db);
  for (const row of db.each<{ received: number; source: number; record: Uint8Array }>(sql)) {
    const record = decodeRecord(row.record);
    if (!isRefusal(record))
      yield { received: row.received, record: { record, ...source(row.source), bytes: row.record } };
  }
}

const readers: Readonly<Record<number, OldReader>> = { 1: inRequests(false), 2: inRequests(true), 3: withSources };

function recordIn(bytes: Uint8Array): Received | undefined {
  const decoded = decodeLogs(bytes, "protobuf", true);
  return isRefusal(decoded) ? undefined : decoded.records[0];
}
