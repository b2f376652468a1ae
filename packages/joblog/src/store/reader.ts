import { isRefusal } from "@jobtrail/core/event";
import { byJob, ordered } from "@jobtrail/core/fold";
import { decodeRecord } from "@jobtrail/otlp";
import type { Received } from "@jobtrail/otlp";
import type { Change, JobHistory, KeptRecord, ListedField, Summary } from "../contract.ts";
import type { JobRow } from "../view.ts";
import { count } from "./counts.ts";
import type { Database } from "./database.ts";
import {
  eventsIn,
  hasRecordsWithoutUid,
  identitiesOf,
  inferredOf,
  jobsOfIdentity,
  rowsOfIdentity,
  rowsOfJob,
} from "./events.ts";
import type { RecordRow } from "./events.ts";
import { project } from "./inferred.ts";
import { mostOfIdentity } from "./kinds.ts";
import { eventIn } from "./record.ts";
import { sourceReader } from "./sources.ts";

/** The most log lines that are shown of one job; of more, the newest. */
const mostLines = 1000;

/** What a store holds, counted. */
export function summaryOf(db: Database): Summary {
  const totals = db.all<Total>("SELECT * FROM totals");
  const sum = (what: "jobs" | "failed" | "runs" | "retries" | "lost"): number =>
    totals.reduce((n, row) => n + row[what], 0);
  return {
    jobs: sum("jobs"),
    runs: sum("runs"),
    success: totals.find(({ result }) => result === "success")?.jobs ?? 0,
    failure: sum("failed"),
    retries: sum("retries"),
    lost: sum("lost"),
    records: count(db, "records"),
    spans: count(db, "spans"),
    metrics: count(db, "metrics"),
    refused: count(db, "refused"),
    other: count(db, "other"),
  };
}

interface Total {
  readonly result: string;
  readonly jobs: number;
  readonly failed: number;
  readonly runs: number;
  readonly retries: number;
  readonly lost: number;
}

/** The values that jobs have. */
export const valuesOf = (db: Database, field: ListedField): string[] =>
  field === "actor" ? actors(db) : defined(db, field);

const mostValues = 200;

const defined = (db: Database, field: "system" | "queue" | "name"): string[] =>
  db
    .all<{ value: string }>(
      `SELECT DISTINCT ${field} AS value FROM definitions
       WHERE ${field} <> '' AND EXISTS (SELECT 1 FROM jobs WHERE definition = definitions.id) ORDER BY 1 LIMIT ?`,
      mostValues,
    )
    .map(({ value }) => value);

/** Hops from value to value over the index: as many steps as there are values, whatever the number of rows. */
const actors = (db: Database): string[] =>
  db
    .all<{ value: string }>(
      `WITH RECURSIVE hop (value) AS (
         SELECT min(actor) FROM jobs WHERE actor IS NOT NULL
         UNION ALL
         SELECT (SELECT min(actor) FROM jobs WHERE actor > hop.value) FROM hop WHERE hop.value IS NOT NULL
       )
       SELECT value FROM hop WHERE value IS NOT NULL LIMIT ?`,
      mostValues,
    )
    .map(({ value }) => value);

/** The jobs that changed after a change. */
export const changesOf = (db: Database, after: number, most: number): Change[] =>
  db
    .all<{ change: number; row: string }>(
      "SELECT change, row FROM jobs WHERE change > ? ORDER BY change LIMIT ?",
      after,
      most,
    )
    .flatMap(({ change, row }) => {
      const job = jobIn(row);
      return job === undefined ? [] : [{ change, job }];
    });

/** What a list shows of a job; nothing where it is damaged. */
export function jobIn(row: string): JobRow | undefined {
  try {
    return JSON.parse(row) as JobRow;
  } catch {
    return undefined;
  }
}

/** A job, folded from its records as they are now. */
export function historyOf(db: Database, uid: string): JobHistory | undefined {
  const { rows, inferred } = rowsAround(db, uid);
  const events = eventsIn(rows).map(({ event }) => event);
  const job = project(events, [0, 0]).jobs.find((each) => each.uid === uid);
  if (job === undefined) return undefined;
  const kept = keptRecords(db, uid, [...rows, ...inferred]);
  return { job, events: kept, older: Math.max(0, recordCount(db, uid) - kept.length), lines: linesOf(db, uid) };
}

/** The records of a job, and of the jobs that share records without `job.uid` with it. */
function rowsAround(db: Database, uid: string): { rows: RecordRow[]; inferred: RecordRow[] } {
  const own = db.first<{ id: number }>("SELECT id FROM job_uids WHERE uid = ?", uid);
  const identities = own === undefined ? [uid] : identitiesOf(db, own.id, uid);
  const shared = identities.filter((identity) => hasRecordsWithoutUid(db, identity));
  const jobs = new Set([
    ...(own === undefined ? [] : [own.id]),
    ...shared.flatMap((identity) => jobsOfIdentity(db, identity, mostOfIdentity).map(({ id }) => id)),
  ]);
  return {
    rows: [...[...jobs].flatMap((id) => rowsOfJob(db, id)), ...shared.flatMap((each) => rowsOfIdentity(db, each))],
    inferred: own === undefined ? [] : inferredOf(db, own.id),
  };
}

const recordCount = (db: Database, uid: string): number =>
  db.first<{ n: number }>("SELECT count(*) AS n FROM records WHERE job = (SELECT id FROM job_uids WHERE uid = ?)", uid)
    ?.n ?? 0;

/** Records as they were received, in the order of the job's life. */
function keptRecords(db: Database, uid: string, rows: readonly RecordRow[]): KeptRecord[] {
  const source = sourceReader(db);
  const byEvent = new Map(
    rows.flatMap((row) => {
      const event = eventIn(row.record, row.received);
      return event === undefined ? [] : [[event, row] as const];
    }),
  );
  return (byJob(ordered(byEvent.keys())).get(uid) ?? []).flatMap((event) => {
    const row = byEvent.get(event);
    const record = row === undefined ? undefined : decodeRecord(row.record);
    if (row === undefined || record === undefined || isRefusal(record)) return [];
    const anomaly = event.attributes["job.record.anomaly"];
    return [{ record, ...source(row.source), ...(anomaly !== undefined && { anomaly }) }];
  });
}

function linesOf(db: Database, uid: string): Received[] {
  const source = sourceReader(db);
  return db
    .all<{ record: Uint8Array; source: number }>(
      `WITH own (id) AS (SELECT id FROM job_uids WHERE uid = ?1)
       SELECT record, source, time, uid FROM logs WHERE job = (SELECT id FROM own)
       UNION SELECT record, source, time, uid FROM logs
         WHERE trace IN (SELECT trace FROM traces WHERE job = (SELECT id FROM own))
       ORDER BY time DESC, uid DESC LIMIT ?2`,
      uid,
      mostLines,
    )
    .flatMap((row) => {
      const record = decodeRecord(row.record);
      return isRefusal(record) ? [] : [{ record, ...source(row.source) }];
    })
    .reverse();
}
