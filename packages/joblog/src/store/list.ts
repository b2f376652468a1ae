import type { JobState, RunResult } from "@jobtrail/conventions";
import type { JobRow } from "../view.ts";
import type { Database } from "./database.ts";

/** Which jobs are wanted: those that have all the given values. */
export interface Filter {
  readonly system?: string | undefined;
  readonly queue?: string | undefined;
  readonly name?: string | undefined;
  readonly state?: JobState | undefined;
  readonly actor?: string | undefined;
  readonly result?: RunResult | undefined;
  /** Whether it failed and will not run again by itself. */
  readonly failed?: boolean | undefined;
  /** Whether any of its runs was lost. */
  readonly lost?: boolean | undefined;
  /** Whether any of its runs failed and was to be followed by another. */
  readonly retried?: boolean | undefined;
}

/** A place in the list: between two jobs, named by the one that it was taken from. */
export interface Cursor {
  /** Microseconds since the Unix epoch. */
  readonly first: number;
  /** Orders jobs of one moment: as one process queued them. */
  readonly sequence: number;
  readonly uid: string;
}

/** Which page is wanted: the newest jobs, those older than a place, or those newer than one. */
export interface Place {
  readonly before?: Cursor | undefined;
  readonly after?: Cursor | undefined;
  readonly limit: number;
}

/** Jobs, most recent first. */
export interface JobPage {
  readonly jobs: readonly JobRow[];
  /** The place of the newest of them. */
  readonly top?: Cursor;
  /** Where the older ones begin; absent where there are none. */
  readonly older?: Cursor;
  /** Where the newer ones begin; absent where there are none. */
  readonly newer?: Cursor;
}

/** What the filter can be set to, for those who choose from a list. */
export interface Choices {
  readonly systems: readonly string[];
  readonly queues: readonly string[];
  readonly names: readonly string[];
  readonly actors: readonly string[];
}

/** One page, by keys: as fast deep in the history as at its top, and no row twice while jobs arrive. */
export function list(db: Database, filter: Filter, { before, after, limit }: Place): JobPage {
  const given: readonly [string, string | boolean | undefined][] = Object.entries(filter);
  const wanted = given.filter(([, value]) => value !== undefined);
  const from = before ?? after;
  const order = after === undefined ? "DESC" : "ASC";
  const where = [
    ...wanted.map(([key, value]) => condition(columns[key as keyof Filter], value)),
    ...(from === undefined ? [] : [`(first, sequence, uid) ${after === undefined ? "<" : ">"} (?, ?, ?)`]),
  ];
  const found = db.all<Found>(
    `SELECT first, sequence, uid, row FROM jobs ${where.length > 0 ? `WHERE ${where.join(" AND ")}` : ""}
     ORDER BY first ${order}, sequence ${order}, uid ${order} LIMIT ?`,
    ...wanted.flatMap(([, value]) => (typeof value === "string" ? [value] : [])),
    ...(from === undefined ? [] : [from.first, from.sequence, from.uid]),
    limit + 1,
  );
  const shown = found.slice(0, limit);
  const isMore = found.length > limit;
  if (after !== undefined) shown.reverse();
  return pageOf(shown, after === undefined ? before !== undefined : isMore, after !== undefined || isMore);
}

/** The values that jobs have. */
export const choices = (db: Database): Choices => ({
  systems: distinct(db, "system"),
  queues: distinct(db, "queue"),
  names: distinct(db, "name"),
  actors: distinct(db, "actor"),
});

interface Found extends Cursor {
  readonly row: string;
}

const columns: Readonly<Record<keyof Filter, string>> = {
  system: "system",
  queue: "queue",
  name: "name",
  state: "state",
  actor: "actor",
  result: "result",
  failed: "failed",
  lost: "lost",
  retried: "retries",
};

/** A count's condition is written out, as it stands in the index of those rows. */
const condition = (column: string, value: string | boolean | undefined): string =>
  typeof value === "boolean" ? `${column} ${value ? ">" : "="} 0` : `${column} = ?`;

function pageOf(rows: readonly Found[], isNewer: boolean, isOlder: boolean): JobPage {
  const [top] = rows;
  const last = rows.at(-1);
  return {
    jobs: rows.map(({ row }) => JSON.parse(row) as JobRow),
    ...(top && { top: cursor(top) }),
    ...(top && isNewer && { newer: cursor(top) }),
    ...(last && isOlder && { older: cursor(last) }),
  };
}

const cursor = ({ first, sequence, uid }: Cursor): Cursor => ({ first, sequence, uid });

const mostChoices = 200;

/** Hops from value to value over the index: as many steps as there are values, whatever the number of rows. */
const distinct = (db: Database, column: "system" | "queue" | "name" | "actor"): string[] =>
  db
    .all<{ value: string }>(
      `WITH RECURSIVE hop (value) AS (
         SELECT min(${column}) FROM jobs
         UNION ALL
         SELECT (SELECT min(${column}) FROM jobs WHERE ${column} > hop.value) FROM hop WHERE hop.value IS NOT NULL
       )
       SELECT value FROM hop WHERE value IS NOT NULL LIMIT ?`,
      mostChoices,
    )
    .map(({ value }) => value);
