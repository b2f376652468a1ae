import type { SQLInputValue } from "node:sqlite";
import type { JobPage } from "../contract.ts";
import type { Cursor, JobQuery, PageRequest } from "../query/query.ts";
import { compile, whereOf } from "./compile.ts";
import type { Sql } from "./compile.ts";
import type { Database } from "./database.ts";
import { jobIn } from "./reader.ts";

/** A page, and the jobs whose rows are damaged and stand not in it. */
export interface ReadPage {
  readonly page: JobPage;
  readonly damaged: readonly string[];
}

/** Of more definitions the jobs are not read one definition after the other, but by time. */
const fewDefinitions = 16;

/** One page, by keys: as fast deep in the history as at its top, and no row twice while jobs arrive. */
export function pageOf(
  db: Database,
  query: JobQuery,
  { before, after, limit, order = "first" }: PageRequest,
): ReadPage {
  const { jobs, definitions } = compile(query);
  const isUp = after !== undefined;
  const conditions = [...jobs, ...beyond(before ?? after, isUp, order)];
  const found =
    definitions.length === 0
      ? rowsOf(db, conditions, { isUp, order }, limit + 1)
      : rowsOfDefinitions(db, definitions, conditions, { isUp, order }, limit + 1);
  const shown = found.slice(0, limit);
  const isMore = found.length > limit;
  if (isUp) shown.reverse();
  return made(shown, isUp ? isMore : before !== undefined, isUp || isMore);
}

interface Found extends Cursor {
  readonly row: string;
}

const keys = { first: "first, sequence, uid", heard: "last, 0, uid" } as const;

interface Order {
  readonly isUp: boolean;
  readonly order: keyof typeof keys;
}

const beyond = (cursor: Cursor | undefined, isUp: boolean, order: keyof typeof keys): Sql[] =>
  cursor === undefined
    ? []
    : [
        {
          text: `(${keys[order]}) ${isUp ? ">" : "<"} (?, ?, ?)`,
          values: [cursor.first, cursor.sequence, cursor.uid],
        },
      ];

/**
 * Jobs of some definitions. Each definition has an index by time of its own: a system and a queue that never come
 * together are no definition at all, and answer at once.
 */
function rowsOfDefinitions(
  db: Database,
  definitions: readonly Sql[],
  conditions: readonly Sql[],
  order: Order,
  limit: number,
): Found[] {
  const { text, values } = whereOf(definitions);
  const ids = db.all<{ id: number }>(`SELECT id FROM definitions ${text} LIMIT ?`, ...values, fewDefinitions + 1);
  // The plus keeps SQLite from collecting the jobs of all definitions first, to sort them.
  if (ids.length > fewDefinitions)
    return rowsOf(
      db,
      [...conditions, { text: `+definition IN (SELECT id FROM definitions ${text})`, values }],
      order,
      limit,
    );
  return ids
    .flatMap(({ id }) => rowsOf(db, [{ text: "definition = ?", values: [id] }, ...conditions], order, limit))
    .sort((a, b) => (order.isUp ? compare(a, b) : compare(b, a)))
    .slice(0, limit);
}

function rowsOf(db: Database, conditions: readonly Sql[], { isUp, order: by }: Order, limit: number): Found[] {
  const order = isUp ? "ASC" : "DESC";
  const [time, sequence] = by === "first" ? ["first", "sequence"] : ["last", "0"];
  const { text, values } = whereOf(conditions);
  const given: SQLInputValue[] = [...values, limit];
  return db.all<Found>(
    `SELECT ${time} AS first, ${sequence} AS sequence, uid, row FROM jobs ${text}
     ORDER BY ${time} ${order}, ${sequence === "0" ? "" : `sequence ${order}, `}uid ${order} LIMIT ?`,
    ...given,
  );
}

const compare = (a: Cursor, b: Cursor): number =>
  a.first - b.first || a.sequence - b.sequence || (a.uid < b.uid ? -1 : a.uid > b.uid ? 1 : 0);

function made(rows: readonly Found[], isNewer: boolean, isOlder: boolean): ReadPage {
  const [top] = rows;
  const last = rows.at(-1);
  const read = rows.map(({ row, uid }) => ({ uid, job: jobIn(row) }));
  return {
    page: {
      jobs: read.flatMap(({ job }) => job ?? []),
      ...(top && { top: cursor(top) }),
      ...(top && isNewer && { newer: cursor(top) }),
      ...(last && isOlder && { older: cursor(last) }),
    },
    damaged: read.flatMap(({ uid, job }) => (job === undefined ? [uid] : [])),
  };
}

const cursor = ({ first, sequence, uid }: Cursor): Cursor => ({ first, sequence, uid });
