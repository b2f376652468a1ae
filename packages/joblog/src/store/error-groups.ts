import { toIso } from "@jobtrail/core/event";
import type { ErrorGroup } from "../contract.ts";
import { QueryError } from "../errors.ts";
import { patternOf } from "../fingerprint.ts";
import type { JobQuery } from "../query/query.ts";
import { compile, whereOf } from "./compile.ts";
import type { Database } from "./database.ts";
import type { Files } from "./files.ts";
import { amongDefinitions, daysOfQuery } from "./list.ts";
import type { Listed, Turn } from "./list.ts";
import { timeOfMicros } from "./record.ts";

/** The most groups of one answer, and of one day. */
const mostGroups = 200;
const mostOfDay = 2000;

interface Row {
  readonly fingerprint: string;
  readonly error: string;
  readonly message: string | null;
  readonly uid: string;
  readonly jobs: number;
  readonly first: number;
  readonly last: number;
}

/** The errors of the jobs of a query, those that differ only in numbers, ids, times and addresses together. */
export async function errorsOf(files: Files, query: JobQuery, turn: Turn): Promise<ErrorGroup[]> {
  const groups = new Map<string, Row>();
  for (const [i, listed] of daysOfQuery(files.catalogue, query).entries()) {
    if (i > 0 && !(await turn.next())) throw new QueryError(turn.seconds);
    for (const row of files.read(listed.day, "jobs", [], (db) => rowsOf(db, query, listed)))
      groups.set(row.fingerprint, together(groups.get(row.fingerprint), row));
  }
  return [...groups.values()]
    .toSorted((a, b) => b.jobs - a.jobs || b.last - a.last)
    .slice(0, mostGroups)
    .map(({ fingerprint, error, message, uid, jobs, first, last }) => ({
      fingerprint,
      type: error,
      pattern: patternOf(message ?? ""),
      jobs,
      first: toIso(timeOfMicros(first)),
      last: toIso(timeOfMicros(last)),
      uid,
    }));
}

/** Beside max(first), SQLite gives the columns of the row that has it; so the first time is another query. */
function rowsOf(db: Database, query: JobQuery, { definitions }: Listed): Row[] {
  const { text, values } = whereOf([
    { text: "fingerprint IS NOT NULL", values: [] },
    ...compile(query).jobs,
    ...(definitions === undefined ? [] : [amongDefinitions(definitions)]),
  ]);
  const firsts = new Map(
    db
      .all<{ fingerprint: string; first: number }>(
        `SELECT fingerprint, min(first) AS first FROM jobs ${text} GROUP BY fingerprint`,
        ...values,
      )
      .map(({ fingerprint, first }) => [fingerprint, first]),
  );
  return db
    .all<Omit<Row, "first">>(
      `SELECT fingerprint, error, message, uid, count(*) AS jobs, max(first) AS last
       FROM jobs ${text} GROUP BY fingerprint ORDER BY jobs DESC LIMIT ${mostOfDay}`,
      ...values,
    )
    .map((row) => ({ ...row, first: firsts.get(row.fingerprint) ?? row.last }));
}

const together = (before: Row | undefined, row: Row): Row =>
  before === undefined
    ? row
    : {
        ...(before.last >= row.last ? before : row),
        jobs: before.jobs + row.jobs,
        first: Math.min(before.first, row.first),
        last: Math.max(before.last, row.last),
      };
