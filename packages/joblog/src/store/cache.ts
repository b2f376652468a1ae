import { compareTimes } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { fold } from "@jobtrail/core/fold";
import type { Job } from "@jobtrail/core/fold";
import { firstOf, hasFailed, rowOf } from "../view.ts";
import type { JobRow } from "../view.ts";
import type { Database } from "./database.ts";
import { gather } from "./gather.ts";
import type { Kept } from "./gather.ts";
import { inferredEnds, isOurs } from "./inferred.ts";
import { insertRecord, updateRecord } from "./ingest.ts";
import { micros, rowOfEvent } from "./row.ts";
import { addCount } from "./tables.ts";
import type { HrTime } from "@opentelemetry/api";

/**
 * Folds every job whose records have changed since it was folded last, in the transaction that is
 * open. Where a run turns out to be lost, its end is written first; then the job is folded again.
 * @returns whether there was any.
 */
export function refresh(db: Database, now: HrTime): boolean {
  let any = false;
  for (;;) {
    const stale = db.all<{ job: string; kin: string }>("SELECT job, kin FROM stale LIMIT 1000");
    if (stale.length === 0) return any;
    any = true;
    for (const { job, kin } of stale) {
      if (db.run("DELETE FROM stale WHERE job = ? AND kin = ?", job, kin) > 0) refold(db, job, kin, now);
    }
  }
}

/** Whether any job has records that it was not folded from. */
export const isStale = (db: Database): boolean => db.first("SELECT 1 FROM stale LIMIT 1") !== undefined;

/** Marks every job as stale, so that the next refresh makes the cache anew. */
export function forget(db: Database): void {
  db.run("DELETE FROM jobs");
  db.run(`INSERT INTO stale SELECT DISTINCT coalesce(job, ''), coalesce(kin, '') FROM records
          WHERE job IS NOT NULL OR kin IS NOT NULL ON CONFLICT DO NOTHING`);
}

function refold(db: Database, job: string, kin: string, now: HrTime): void {
  const kept = gather(db, job, kin);
  if (correctInferred(db, kept, now)) return;
  const jobs = fold(kept.map(({ event }) => event));
  for (const each of jobs) write(db, each, sequenceOf(each, kept));
  // A nameless record's job of its own is gone once a named one has taken the record.
  const uids = new Set(jobs.map(({ uid }) => uid));
  for (const uid of [job, kin]) if (!uids.has(uid)) db.run("DELETE FROM jobs WHERE uid = ?", uid);
}

/**
 * Writes the ends that have to be inferred, and takes back those that a later record has made wrong.
 * @returns whether it changed any; then the jobs are stale again.
 */
function correctInferred(db: Database, kept: readonly Kept[], now: HrTime): boolean {
  const ours = new Map(kept.filter(({ event }) => isOurs(event)).map((each) => [each.uid, each]));
  const others = kept.filter(({ event }) => !isOurs(event));
  const wanted = inferredEnds(fold(others.map(({ event }) => event)), now);
  let changed = 0;
  for (const event of wanted) {
    const row = rowOfEvent(event, sourceOf(event, others), now);
    const before = ours.get(row.uid)?.event;
    ours.delete(row.uid);
    if (before === undefined) changed += insertRecord(db, row);
    else if (!isSameTime(before, event)) changed += updateRecord(db, row);
  }
  for (const uid of ours.keys()) changed += db.run("DELETE FROM records WHERE uid = ?", uid);
  return changed > 0;
}

/** An inferred end is told with the resource that the run's start came from. */
function sourceOf({ attributes }: JobEvent, kept: readonly Kept[]): Kept["received"] {
  const uid = attributes["job.run.uid"];
  const start = kept.find(({ event }) => event.name === "job.run.started" && event.attributes["job.run.uid"] === uid);
  const any = start ?? kept.find(({ event }) => event.attributes["job.run.uid"] === uid) ?? kept[0];
  if (any === undefined) throw new Error(`the end of run ${uid} was inferred from no record`);
  return any.received;
}

const isSameTime = ({ time: a }: JobEvent, { time: b }: JobEvent): boolean =>
  a === b || (a !== undefined && b !== undefined && compareTimes(a, b) === 0);

/** Where the record that the job was queued stands among the records of its process; 0 where none says it. */
const sequenceOf = ({ uid }: Job, kept: readonly Kept[]): number =>
  kept
    .filter(({ event: { name, attributes } }) => name === "job.queued" && attributes["job.uid"] === uid)
    .flatMap(({ event: { attributes } }) => attributes["job.event.sequence"] ?? [])
    .reduce((least, each) => (least === 0 ? each : Math.min(least, each)), 0);

function write(db: Database, job: Job, sequence: number): void {
  const row = rowOf(job);
  const text = JSON.stringify(row);
  const before = db.first<Written>("SELECT row, sequence FROM jobs WHERE uid = ?", job.uid);
  if (before?.row === text && before.sequence === sequence) return;
  const { counts } = row;
  db.run(
    `INSERT INTO jobs (uid, change, system, queue, name, state, result, actor, first, sequence, last, runs, retries, lost, failed, row)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (uid) DO UPDATE SET change = excluded.change, system = excluded.system, queue = excluded.queue,
       name = excluded.name, state = excluded.state, result = excluded.result, actor = excluded.actor,
       first = excluded.first, sequence = excluded.sequence, last = excluded.last, runs = excluded.runs, retries = excluded.retries,
       lost = excluded.lost, failed = excluded.failed, row = excluded.row`,
    job.uid,
    addCount(db, "change", 1),
    row.system ?? null,
    row.queue ?? null,
    row.name ?? null,
    row.state,
    row.result ?? null,
    actorOf(row),
    micros(firstOf(job)),
    sequence,
    micros(job.last),
    counts.runs,
    counts.retries,
    counts.lost,
    Number(hasFailed(row)),
    text,
  );
}

interface Written {
  readonly row: string;
  readonly sequence: number;
}

/** What the actor filter compares: the id, else the name, else the kind. */
const actorOf = ({ actor }: JobRow): string | null => actor?.id ?? actor?.name ?? actor?.type ?? null;
