import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { isoOfMillis, toIso } from "@jobtrail/core/event";
import type { JobState } from "@jobtrail/conventions";
import type { HrTime } from "@opentelemetry/api";
import type { Pruned, Retention } from "../contract.ts";
import { overStates } from "../view.ts";
import { addCount, daysOf, findJob } from "./catalogue.ts";
import type { DayRow } from "./catalogue.ts";
import type { Database } from "./database.ts";
import { beginOf, dayName } from "./day.ts";
import type { Day } from "./day.ts";
import type { Files } from "./files.ts";
import { countColumns } from "./lists.ts";
import type { OpenWriter } from "./open.ts";
import { micros } from "./record.ts";
import { newGeneration, rewriteDay } from "./rewrite.ts";

/** A job that stopped may be started again; one that was not for as long as jobs are kept is forgotten all the same. */
const forgettable: readonly JobState[] = [...overStates, "stopped"];

/** What was forgotten, one line for each time; beside the data, and never forgotten itself. */
const logName = "removed.jsonl";

/** What became of one day. */
export interface PrunedDay extends Pruned {
  readonly day: Day;
}

/**
 * Forgets the first day after one that has jobs to be forgotten; nothing where none is left. A day of which nothing
 * stays is one file less; else its file is written anew with what stays.
 */
export function pruneDay(open: OpenWriter, retention: Retention, after: Day): PrunedDay | undefined {
  const latest = Math.max(micros(retention.before), ...Object.values(retention.scopes ?? {}).map(micros));
  for (const row of daysOf(open.files.catalogue)) {
    if (row.day <= after || micros(beginOf(row.day + 1)) > latest || !open.files.has(row.day, "records")) continue;
    const pruned = prune(open, row, retention);
    if (pruned.jobs + pruned.records > 0 || !open.files.has(row.day, "records")) return pruned;
  }
  return undefined;
}

function prune(open: OpenWriter, row: DayRow, retention: Retention): PrunedDay {
  const { files, writer } = open;
  const { day } = row;
  const kept = keptJobs(files, row, retention);
  const jobs = files.read(day, "jobs", 0, (db) => db.first<{ n: number }>("SELECT sum(jobs) AS n FROM totals")?.n ?? 0);
  const bytes = files.bytesOf(day);
  if (kept.size === 0 && !holdsLoose(retention)) {
    note(files, { day, removed: { jobs, records: row.records, bytes }, before: retention.before });
    removeDay(files, row);
    writer.clear();
    return { day, jobs, records: row.records, bytes };
  }
  const listed = [...kept.values()].filter(({ home }) => home === day).length;
  if (listed === jobs && !hasOthers(files, day, kept)) return { day, jobs: 0, records: 0, bytes: 0 };
  const records = rewriteDay(files, day, new Set(kept.keys()));
  writer.clear();
  writer.relistDay(
    day,
    [...kept.values()].map(({ uid }) => uid),
  );
  const removed = {
    jobs: jobs - listed,
    records: row.records - records,
    bytes: Math.max(0, bytes - files.bytesOf(day)),
  };
  note(files, { day, removed, kept: { jobs: kept.size, records }, before: retention.before });
  return { day, ...removed };
}

/** Records that belong to no job have no scope: they go with their day unless everything is held. */
const holdsLoose = ({ hold }: Retention): boolean => hold?.includes("*") === true;

interface Kept {
  readonly uid: string;
  readonly home: Day;
}

interface Listed {
  readonly id: number;
  readonly uid: string;
  readonly state: JobState;
  readonly scope: string | null;
  readonly last: number;
}

/** The jobs with records on a day that stay, by their numbers. */
function keptJobs(files: Files, { day, last }: DayRow, retention: Retention): Map<number, Kept> {
  const isUniform = retention.scopes === undefined && retention.hold === undefined;
  // Only the open ones, from their index, where nothing was heard of any other since.
  const some = isUniform && last < micros(retention.before) ? openOf : allOf;
  const own = files.read(day, "jobs", [], some).filter((job) => stays(job, retention));
  const kept = new Map(own.map(({ id, uid }) => [id, { uid, home: day }]));
  for (const { uid } of guests(files, day)) {
    const job = findJob(files.catalogue, uid);
    const row = job && files.read(job.home, "jobs", undefined, (db) => rowOf(db, job.id));
    if (job !== undefined && row !== undefined && stays(row, retention)) kept.set(job.id, { uid, home: job.home });
  }
  return kept;
}

const columns = "id, uid, state, scope, last";

const openOf = (db: Database): Listed[] =>
  db.all(`SELECT ${columns} FROM jobs WHERE state NOT IN ('completed', 'removed')`);

const allOf = (db: Database): Listed[] => db.all(`SELECT ${columns} FROM jobs`);

const rowOf = (db: Database, id: number): Listed | undefined =>
  db.first(`SELECT ${columns} FROM jobs WHERE id = ?`, id);

/** Jobs that have records on a day and are listed on another. */
const guests = (files: Files, day: Day): { uid: string }[] =>
  files.catalogue.all(
    "SELECT uid FROM jobs WHERE days IS NOT NULL AND home <> ?1 AND ' ' || days || ' ' LIKE ?2",
    day,
    `% ${day} %`,
  );

function stays({ state, scope, last }: Listed, { before, scopes, hold }: Retention): boolean {
  if (hold?.includes("*") === true || (scope !== null && hold?.includes(scope) === true)) return true;
  const limit = scope !== null && scopes !== undefined && Object.hasOwn(scopes, scope) ? scopes[scope] : before;
  return !forgettable.includes(state) || last >= micros(limit ?? before);
}

/** Whether a day has records of other jobs than those that stay. */
const hasOthers = (files: Files, day: Day, kept: ReadonlyMap<number, Kept>): boolean =>
  guests(files, day).some(({ uid }) => {
    const job = findJob(files.catalogue, uid);
    return job !== undefined && !kept.has(job.id);
  });

function removeDay(files: Files, row: DayRow): void {
  const { day } = row;
  const { catalogue } = files;
  catalogue.transaction(() => {
    for (const table of ["days", "totals", "definition_days", "loose"])
      catalogue.run(`DELETE FROM ${table} WHERE day = ?`, day);
    for (const what of countColumns) if (what !== "records") addCount(catalogue, `gone ${what}`, row[what]);
    newGeneration(files);
  });
  for (const kind of ["records", "jobs"] as const) files.remove(files.nameOf(day, kind));
}

interface Noted {
  readonly day: Day;
  readonly removed: Pruned;
  readonly kept?: { readonly jobs: number; readonly records: number };
  readonly before: HrTime;
}

/** Writes down what is forgotten before it is. */
function note({ folder }: Files, { day, removed, kept, before }: Noted): void {
  if (folder === undefined) return;
  const line = {
    at: isoOfMillis(Date.now()),
    day: dayName(day),
    removed,
    ...(kept && { kept }),
    before: toIso(before),
  };
  const file = openSync(join(folder, logName), "a");
  try {
    writeSync(file, `${JSON.stringify(line)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
