import { isRefusal, now } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { decodeRecord } from "@jobtrail/otlp";
import { unpack } from "./block.ts";
import { daysOf, findJob, writeJob } from "./catalogue.ts";
import type { Database } from "./database.ts";
import { dayName, dayOf } from "./day.ts";
import type { Day } from "./day.ts";
import { lastBlock } from "./day-records.ts";
import type { DayRecords } from "./day-records.ts";
import { eventsIn, RecordReader } from "./events.ts";
import type { Files } from "./files.ts";
import type { Touched } from "./projection.ts";
import type { RecentJob } from "./recent.ts";
import { textIn } from "./record.ts";

/** Jobs that are listed in one transaction. */
const portion = 500;

/** What lists jobs: the writer. */
export interface Lister {
  /** The records of a day. */
  day(day: Day): DayRecords;
  /** A job that records were kept of. */
  find(uid: string): RecentJob | undefined;
  /** Folds jobs and writes them to the lists. */
  list(touched: Touched, today: DayRecords): void;
  /** Notes that all that a day holds is listed. */
  note(day: Day): void;
  clear(): void;
}

/** Reports how far a long work is. */
export type Progress = (done: string) => void;

/** Lists what was kept and is not listed: the process ended in between, or a list was lost. */
export function recover(writer: Lister, files: Files, from?: number, progress?: Progress): void {
  const known = new Map(daysOf(files.catalogue).map((row) => [row.day, row]));
  const open = files.days().filter((day) => known.get(day)?.is_closed !== 1 || !files.has(day, "jobs"));
  const behind = open.flatMap((day) => {
    const hasList = known.has(day) && files.has(day, "jobs");
    const projected = from ?? (hasList ? (known.get(day)?.projected ?? 0) : 0);
    const last = files.read(day, "records", 0, lastBlock);
    return last > projected ? [{ day, projected }] : [];
  });
  relist(writer, files, behind, progress);
}

/** Makes the catalogue and all lists anew from the records. */
export function rebuild(writer: Lister, files: Files, progress?: Progress): void {
  writer.clear();
  const days = files.days();
  const { catalogue } = files;
  catalogue.transaction(() => {
    for (const table of ["days", "jobs", "loose", "definitions", "definition_days", "totals"])
      catalogue.run(`DELETE FROM ${table}`);
  });
  for (const day of days) files.remove(`${dayName(day)}.jobs`);
  relist(
    writer,
    files,
    days.map((day) => ({ day, projected: 0 })),
    progress,
  );
}

interface Behind {
  readonly day: Day;
  readonly projected: number;
}

/** Where everything is comes first: a job is folded from all its days. What is inferred anew belongs to today. */
function relist(writer: Lister, files: Files, behind: readonly Behind[], progress?: Progress): void {
  if (behind.length === 0) return;
  for (const { day, projected } of behind) {
    files.read(day, "records", undefined, (db) => noteJobs(files, db, day, projected));
    files.trim();
  }
  writer.clear();
  const today = writer.day(dayOf(now()));
  for (const { day, projected } of behind) {
    progress?.(dayName(day));
    const uids = files.read(day, "records", [], (db) => [...jobsIn(db, projected)].map(({ uid }) => uid));
    for (let i = 0; i < uids.length; i += portion) {
      const jobs = new Set(uids.slice(i, i + portion).flatMap((uid) => writer.find(uid) ?? []));
      writer.list({ jobs, loose: new Map() }, today);
    }
    const loose = files.read(day, "records", new Map(), (db) => looseIn(files, db, day, projected));
    writer.list({ jobs: new Set(), loose }, today);
    writer.note(day);
  }
  writer.note(today.day);
}

/** Writes to the catalogue which jobs have records or lines on a day. */
function noteJobs(files: Files, db: Database, day: Day, after: number): void {
  const { catalogue } = files;
  const write = writeJob(catalogue);
  catalogue.transaction(() => {
    catalogue.run("INSERT INTO days VALUES (?, 0, 0, 0, 0, 0, NULL, NULL, 0, 0, 0) ON CONFLICT DO NOTHING", day);
    for (const { id, uid } of [...jobsIn(db, after), ...jobsOfLines(catalogue, db)]) {
      const known = findJob(catalogue, uid);
      if (known === undefined) write({ id, uid, home: day, days: [day] });
      else if (!known.days.includes(day)) write({ ...known, days: [...known.days, day] });
    }
    for (const { identity } of db.all<{ identity: string }>(
      "SELECT DISTINCT coalesce(identity, '') AS identity FROM records WHERE job = 0 AND block > ?",
      after,
    ))
      catalogue.run("INSERT INTO loose VALUES (?, ?) ON CONFLICT DO NOTHING", identity, day);
  });
}

interface Found {
  readonly id: number;
  readonly uid: string;
}

/** The jobs that have records after a block, each once. */
function* jobsIn(db: Database, after: number): Generator<Found> {
  const known = new Set<number>();
  let [block, records]: [number, readonly Uint8Array[]] = [0, []];
  const sql = "SELECT job, block, place FROM records WHERE block > ? AND job <> 0 ORDER BY block, place";
  for (const row of db.each<{ job: number; block: number; place: number }>(sql, after)) {
    if (known.has(row.job)) continue;
    if (row.block !== block) [block, records] = [row.block, blockOf(db, row.block)];
    const uid = uidIn(records[row.place]);
    if (uid === undefined) continue;
    known.add(row.job);
    yield { id: row.job, uid };
  }
}

/** The jobs that have lines; where a line does not say its job, the catalogue knows it by its number. */
function jobsOfLines(catalogue: Database, db: Database): Found[] {
  const ids = db.all<{ id: number; record: Uint8Array }>(
    "SELECT job AS id, record FROM lines WHERE job IS NOT NULL GROUP BY job",
  );
  return ids.flatMap(({ id, record }) => {
    const uid = uidIn(record) ?? catalogue.first<{ uid: string }>("SELECT uid FROM jobs WHERE id = ? LIMIT 1", id)?.uid;
    return uid === undefined ? [] : [{ id, uid }];
  });
}

/** Records without `job.uid` after a block: an event of each identity. */
function looseIn(files: Files, db: Database, day: Day, after: number): Map<string, JobEvent> {
  const reader = new RecordReader(files);
  const sql = "SELECT DISTINCT identity FROM records WHERE job = 0 AND identity IS NOT NULL AND block > ?";
  return new Map(
    db.all<{ identity: string }>(sql, after).flatMap(({ identity }) => {
      const [found] = eventsIn(reader.ofIdentity(identity, [day]));
      return found === undefined ? [] : [[identity, found.event] as const];
    }),
  );
}

function uidIn(bytes: Uint8Array | undefined): string | undefined {
  const record = bytes && decodeRecord(bytes);
  return record === undefined || isRefusal(record) ? undefined : textIn(record.attributes, "job.uid");
}

const blockOf = (db: Database, id: number): readonly Uint8Array[] => {
  const row = db.first<{ records: Uint8Array }>("SELECT records FROM blocks WHERE id = ?", id);
  return row === undefined ? [] : unpack(row.records);
};
