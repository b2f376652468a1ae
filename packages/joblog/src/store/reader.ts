import { isRefusal } from "@jobtrail/core/event";
import { byJob, ordered } from "@jobtrail/core/fold";
import type { Job } from "@jobtrail/core/fold";
import { decodeRecord } from "@jobtrail/otlp";
import type { Received } from "@jobtrail/otlp";
import type { JobHistory, KeptRecord, ListedField, Summary } from "../contract.ts";
import type { JobRow } from "../view.ts";
import { count, daysOf, findJob, looseDays } from "./catalogue.ts";
import type { JobKey } from "./catalogue.ts";
import type { Database } from "./database.ts";
import type { Day } from "./day.ts";
import { eventsIn, RecordReader } from "./events.ts";
import type { RecordRow } from "./events.ts";
import type { Files } from "./files.ts";
import { jobsOfIdentity } from "./identity.ts";
import { project } from "./inferred.ts";
import { jobIn } from "./list.ts";
import { countColumns } from "./lists.ts";
import { eventIn, identityOf, traceBytes } from "./record.ts";
import { sourceReader } from "./sources.ts";

/** The most log lines that are shown of one job; of more, the newest. */
const mostLines = 1000;

/** What a store holds, counted. */
export function summaryOf(db: Database): Summary {
  const totals = db.all<Total>(
    `SELECT result, sum(jobs) AS jobs, sum(failed) AS failed, sum(runs) AS runs, sum(retries) AS retries, sum(lost) AS lost
     FROM totals GROUP BY result`,
  );
  const sum = (what: "jobs" | "failed" | "runs" | "retries" | "lost"): number =>
    totals.reduce((n, row) => n + row[what], 0);
  const days = daysOf(db);
  // What only arrived stays counted when its day is forgotten.
  const [records = 0, spans = 0, metrics = 0, refused = 0, other = 0] = countColumns.map(
    (what) => days.reduce((n, row) => n + row[what], 0) + (what === "records" ? 0 : count(db, `gone ${what}`)),
  );
  return {
    jobs: sum("jobs"),
    runs: sum("runs"),
    success: totals.find(({ result }) => result === "success")?.jobs ?? 0,
    failure: sum("failed"),
    retries: sum("retries"),
    lost: sum("lost"),
    records,
    spans,
    metrics,
    refused,
    other,
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
export const valuesOf = (files: Files, field: ListedField): string[] =>
  field === "actor" ? actors(files) : defined(files.catalogue, field);

const mostValues = 200;

const defined = (db: Database, field: "system" | "queue" | "name"): string[] =>
  db
    .all<{ value: string }>(
      `SELECT DISTINCT ${field} AS value FROM definitions
       WHERE ${field} <> '' AND EXISTS (SELECT 1 FROM definition_days WHERE definition = definitions.id)
       ORDER BY 1 LIMIT ?`,
      mostValues,
    )
    .map(({ value }) => value);

/** Actors are looked for in so many days, the newest. */
const daysOfActors = 31;

function actors(files: Files): string[] {
  const found = new Set<string>();
  for (const { day } of daysOf(files.catalogue).slice(-daysOfActors).reverse()) {
    for (const { value } of files.read(day, "jobs", [], actorsOfDay)) found.add(value);
    if (found.size >= mostValues) break;
  }
  return [...found].sort().slice(0, mostValues);
}

/** Hops from value to value over the index: as many steps as there are values, whatever the number of rows. */
const actorsOfDay = (db: Database): { value: string }[] =>
  db.all<{ value: string }>(
    `WITH RECURSIVE hop (value) AS (
       SELECT min(actor) FROM jobs WHERE actor IS NOT NULL
       UNION ALL
       SELECT (SELECT min(actor) FROM jobs WHERE actor > hop.value) FROM hop WHERE hop.value IS NOT NULL
     )
     SELECT value FROM hop WHERE value IS NOT NULL LIMIT ?`,
    mostValues,
  );

/** The rows of some jobs, as lists show them. */
export const rowsOf = (files: Files, uids: readonly string[]): JobRow[] =>
  uids.flatMap((uid) => {
    const job = findJob(files.catalogue, uid);
    const find = "SELECT row FROM jobs WHERE id = ?";
    const row = job && files.read(job.home, "jobs", undefined, (db) => db.first<{ row: string }>(find, job.id)?.row);
    return (row === undefined ? undefined : jobIn(row)) ?? [];
  });

/** Reads the whole of a job. */
export class HistoryReader {
  readonly #files: Files;
  readonly #records: RecordReader;

  constructor(files: Files) {
    this.#files = files;
    this.#records = new RecordReader(files);
  }

  /**
   * A job, folded from its records as they are now.
   * @param withLines whether its log lines are read too.
   */
  read(uid: string, withLines = true): JobHistory | undefined {
    const own = findJob(this.#files.catalogue, uid);
    const rows = this.#rowsAround(uid, own);
    const events = eventsIn(rows).map(({ event }) => event);
    const job = project(events, [0, 0]).jobs.find((each) => each.uid === uid);
    if (job === undefined) return undefined;
    const inferred = own === undefined ? [] : this.#records.inferredOf(own.id, own.days);
    const kept = this.#kept(uid, [...rows, ...inferred]);
    const all = own === undefined ? kept.length : this.#records.countOf(own.id, own.days);
    return { job, events: kept, older: Math.max(0, all - kept.length), lines: withLines ? this.#lines(job, own) : [] };
  }

  /** Forgets what may be of files that were replaced. */
  clear(): void {
    this.#records.clear();
  }

  /** The records of a job, and of the jobs that share records without `job.uid` with it. */
  #rowsAround(uid: string, own: JobKey | undefined): RecordRow[] {
    const { catalogue } = this.#files;
    const rows = own === undefined ? [] : this.#records.ofJob(own.id, own.days);
    const event = eventsIn(rows).find((each) => each.event.attributes["job.id"] !== undefined)?.event;
    const identities = new Set([uid, ...(event === undefined ? [] : [identityOf(event) ?? uid])]);
    const read = new Set([uid]);
    for (const identity of identities) {
      const days = looseDays(catalogue, identity);
      if (days.length === 0) continue;
      const loose = this.#records.ofIdentity(identity, days);
      rows.push(...loose);
      const attributes = event?.attributes ?? eventsIn(loose)[0]?.event.attributes ?? {};
      for (const other of jobsOfIdentity(this.#files, identity, attributes)) {
        const job = read.has(other) ? undefined : findJob(catalogue, other);
        if (job !== undefined) rows.push(...this.#records.ofJob(job.id, job.days));
        read.add(other);
      }
    }
    return rows;
  }

  /** Records as they were received, in the order of the job's life. */
  #kept(uid: string, rows: readonly RecordRow[]): KeptRecord[] {
    const byEvent = new Map(
      rows.flatMap((row) => {
        const event = row.record && eventIn(row.record, row.received);
        return event === undefined ? [] : [[event, row] as const];
      }),
    );
    const source = this.#sources();
    return (byJob(ordered(byEvent.keys())).get(uid) ?? []).flatMap((event) => {
      const row = byEvent.get(event);
      const record = row?.record && decodeRecord(row.record);
      if (row === undefined || record === undefined || isRefusal(record)) return [];
      const anomaly = event.attributes["job.record.anomaly"];
      return [{ record, ...source(row.day, row.source), ...(anomaly !== undefined && { anomaly }) }];
    });
  }

  #lines({ runs }: Job, own: JobKey | undefined): Received[] {
    if (own === undefined) return [];
    const traces = new Set(
      runs.flatMap(({ started, ended }) => [started?.span?.traceId ?? [], ended?.span?.traceId ?? []].flat()),
    );
    const given = JSON.stringify([...traces].map((trace) => Buffer.from(traceBytes(trace)).toString("hex")));
    const source = this.#sources();
    return own.days
      .flatMap((day) =>
        this.#files.read<LineRow[]>(day, "records", [], (db) =>
          db.all<Omit<LineRow, "day">>(linesOfJob, own.id, given, mostLines).map((row) => ({ ...row, day })),
        ),
      )
      .sort((a, b) => a.time - b.time || (a.uid < b.uid ? -1 : 1))
      .slice(-mostLines)
      .flatMap((row) => {
        const record = decodeRecord(row.record);
        return isRefusal(record) ? [] : [{ record, ...source(row.day, row.source) }];
      });
  }

  #sources(): (day: Day, id: number) => ReturnType<ReturnType<typeof sourceReader>> {
    const readers = new Map<Day, ReturnType<typeof sourceReader>>();
    return (day, id) => {
      let read = readers.get(day);
      if (read === undefined) readers.set(day, (read = sourceReader(this.#files.records(day))));
      return read(id);
    };
  }
}

interface LineRow {
  readonly day: Day;
  readonly uid: string;
  readonly time: number;
  readonly source: number;
  readonly record: Uint8Array;
}

const linesOfJob = `
  SELECT uid, time, source, record FROM lines WHERE job = ?1
  UNION SELECT uid, time, source, record FROM lines WHERE trace IN (SELECT unhex(value) FROM json_each(?2))
  ORDER BY time DESC, uid DESC LIMIT ?3`;
