import type { JobEvent } from "@jobtrail/core/event";
import { signsOfLife } from "@jobtrail/core/event";
import { byJob, ordered } from "@jobtrail/core/fold";
import type { Received } from "@jobtrail/otlp";
import type { Database } from "./database.ts";
import { eventOf, readAgain } from "./row.ts";
import { count, receivedBefore } from "./tables.ts";

/** A kept record, read again. */
export interface Kept {
  readonly uid: string;
  readonly received: Received;
  readonly event: JobEvent;
}

/** Of the signs of life of each name only so many count, the newest: a run of hours has thousands. */
const mostSigns = 50;

const signList = signsOfLife.map((name) => `'${name}'`).join(", ");

const folded = [
  `SELECT uid, record, received FROM records WHERE job = ?1 AND name NOT IN (${signList})`,
  ...signsOfLife.map(
    (name) =>
      `SELECT * FROM (SELECT uid, record, received FROM records WHERE job = ?1 AND name = '${name}' ORDER BY time DESC, uid DESC LIMIT ${mostSigns})`,
  ),
].join(" UNION ALL ");

/** All records of the jobs that have to be folded together with one, because nameless records may belong to any of them. */
export function gather(db: Database, job: string, kin: string, which: "all" | "folded" = "folded"): Kept[] {
  const kins = kin === "" ? kinsOf(db, job) : [kin];
  const shared = kins.filter((each) => hasStrays(db, each));
  const jobs = new Set(shared.flatMap((each) => jobsOf(db, each)));
  if (job !== "") jobs.add(job);
  const sql = which === "all" ? "SELECT uid, record, received FROM records WHERE job = ?1" : folded;
  return [
    ...[...jobs].flatMap((each) => kept(db, sql, each)),
    ...shared.flatMap((each) =>
      kept(db, "SELECT uid, record, received FROM records WHERE kin = ? AND job IS NULL", each),
    ),
  ];
}

/** All records of one job, in the order of its life. */
export function recordsOf(db: Database, job: string): Kept[] {
  const all = gather(db, job, "", "all");
  const strays = all.length === 0 ? gather(db, "", job, "all") : all;
  const byEvent = new Map(strays.map((each) => [each.event, each]));
  return (byJob(ordered(byEvent.keys())).get(job) ?? []).flatMap((event) => byEvent.get(event) ?? []);
}

function kept(db: Database, sql: string, value: string): Kept[] {
  const before = count(db, receivedBefore);
  return db.all<Row>(sql, value).flatMap(({ uid, record, received: at }) => {
    const received = readAgain(record);
    const event = eventOf(received.record, at ?? before);
    return event === undefined ? [] : [{ uid, received, event }];
  });
}

interface Row {
  readonly uid: string;
  readonly record: Uint8Array;
  readonly received: number | null;
}

const kinsOf = (db: Database, job: string): string[] =>
  db
    .all<{ kin: string }>("SELECT DISTINCT kin FROM records WHERE job = ? AND kin IS NOT NULL", job)
    .map(({ kin }) => kin);

const hasStrays = (db: Database, kin: string): boolean =>
  db.first("SELECT 1 FROM records WHERE kin = ? AND job IS NULL", kin) !== undefined;

const jobsOf = (db: Database, kin: string): string[] =>
  db
    .all<{ job: string }>("SELECT DISTINCT job FROM records WHERE kin = ? AND job IS NOT NULL", kin)
    .map(({ job }) => job);
