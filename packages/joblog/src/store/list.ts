import type { SQLInputValue } from "node:sqlite";
import type { Cursor, JobQuery, Order, PageRequest, TimeOf } from "../query/query.ts";
import type { JobPage } from "../contract.ts";
import type { JobRow } from "../view.ts";
import { daysOf, findJob } from "./catalogue.ts";
import { compile, whereOf } from "./compile.ts";
import type { Sql } from "./compile.ts";
import type { Database } from "./database.ts";
import type { Day } from "./day.ts";
import type { Files } from "./files.ts";
import { micros } from "./record.ts";

/** A page, and the jobs whose rows are damaged and stand not in it. */
export interface ReadPage {
  readonly page: JobPage;
  readonly damaged: readonly string[];
}

/** Of more definitions the jobs are not read one definition after the other, but by time. */
const fewDefinitions = 16;

/** Ends a reading that takes too long, and lets others be answered meanwhile. */
export interface Turn {
  /** How long it may take in all. */
  readonly seconds: number;
  /** Waits for others; says whether there is time for more. */
  next(): Promise<boolean>;
}

/**
 * One page, by keys: as fast deep in the history as at its top, and no row twice while jobs arrive. Days are read from
 * the newest back until the page is full. Where that takes too long, what was found is the page, and the next one goes
 * on where it ended.
 */
export async function pageOf(files: Files, query: JobQuery, request: PageRequest, turn: Turn): Promise<ReadPage> {
  const { before, after, limit, order = "first" } = request;
  const asked: Asked = { order, isUp: after !== undefined, limit: limit + 1, isNarrow: false };
  const { isUp } = asked;
  const cursor = before ?? after;
  const compiled = compile(query);
  const listed = listedDays(files.catalogue, compiled.definitions, query, cursor, asked);
  const conditions = [...compiled.jobs, ...beyond(cursor, asked)];
  let found: Found[] = [];
  for (const [i, { day, from, to, definitions }] of listed.entries()) {
    const edge = isUp ? from : to;
    const last = found[limit];
    if (last !== undefined && (isUp ? last.first < edge : last.first > edge)) break;
    if (i > 0 && !(await turn.next())) return cut(found, limit, isUp, edge);
    const each = { ...asked, isNarrow: compiled.isNarrow };
    const rows = files.read(day, "jobs", [], (db) => rowsOfDay(db, definitions, conditions, each));
    found = [...found, ...rows].sort((a, b) => (isUp ? compare(a, b) : compare(b, a))).slice(0, limit + 1);
  }
  const shown = found.slice(0, limit);
  const isMore = found.length > limit;
  if (isUp) shown.reverse();
  return made(shown, isUp ? isMore : before !== undefined, isUp || isMore);
}

/** How rows are asked for. */
interface Asked {
  readonly order: Order;
  readonly isUp: boolean;
  readonly limit: number;
  readonly isNarrow: boolean;
}

/** The days that list jobs of a query, newest first, for whoever reads all of them. */
export const daysOfQuery = (catalogue: Database, query: JobQuery): readonly Listed[] =>
  listedDays(catalogue, compile(query).definitions, query, undefined, {
    order: "first",
    isUp: false,
    limit: 0,
    isNarrow: false,
  });

/** The days that list jobs of a query, in the order in which they are read. */
function listedDays(
  catalogue: Database,
  definitions: readonly Sql[],
  { range, where }: JobQuery,
  cursor: Cursor | undefined,
  { order, isUp }: Asked,
): Listed[] {
  const times = timesOf(range, cursor, order, isUp);
  const wanted = definitions.length === 0 ? undefined : daysOfDefinitions(catalogue, definitions);
  const homes = homesOf(catalogue, where);
  return daysOf(catalogue)
    .flatMap((row) => {
      const { day, last } = row;
      if (row.from === null || row.to === null || (homes !== undefined && !homes.has(day))) return [];
      if (row.from > times.first[1] || row.to < times.first[0] || last < times.heard) return [];
      const [from, to] = order === "first" ? [row.from, row.to] : [0, last];
      if (wanted === undefined) return [{ day, from, to }];
      const ids = wanted.get(day);
      return ids === undefined ? [] : [{ day, from, to, definitions: ids }];
    })
    .sort((a, b) => (isUp ? a.from - b.from : b.to - a.to));
}

/** Between which first times, and from which last one on, jobs are wanted. */
function timesOf(
  range: JobQuery["range"],
  cursor: Cursor | undefined,
  order: Order,
  isUp: boolean,
): { readonly first: readonly [number, number]; readonly heard: number } {
  const within = (of: TimeOf): [number, number] => {
    const { from, to } = range?.of === of ? range : {};
    return [from === undefined ? 0 : micros(from), to === undefined ? Infinity : micros(to)];
  };
  const beside: [number, number] = isUp ? [cursor?.first ?? 0, Infinity] : [0, cursor?.first ?? Infinity];
  const [queued, [heard]] = [within("queued"), within("heard")];
  if (order === "heard") return { first: queued, heard: Math.max(heard, beside[0]) };
  return { first: [Math.max(queued[0], beside[0]), Math.min(queued[1], beside[1])], heard };
}

/** The days that list the jobs of the uids that are asked for; nothing where none is. */
function homesOf(catalogue: Database, where: JobQuery["where"]): ReadonlySet<Day> | undefined {
  const uids = where.filter(({ field, op }) => field === "uid" && op === "is");
  if (uids.length === 0) return undefined;
  return new Set(uids.flatMap(({ value }) => findJob(catalogue, String(value))?.home ?? []));
}

/** A day that lists jobs of a query, and between which times they were first heard of. */
export interface Listed {
  readonly day: Day;
  readonly from: number;
  readonly to: number;
  /** The definitions that are asked for; absent where all are. */
  readonly definitions?: readonly number[];
}

/** The numbers of the definitions of a query, by the days that have jobs of them. */
export function daysOfDefinitions(catalogue: Database, definitions: readonly Sql[]): Map<Day, number[]> {
  const { text, values } = whereOf(definitions);
  const rows = catalogue.all<{ day: Day; definition: number }>(
    `SELECT day, definition FROM definition_days WHERE definition IN (SELECT id FROM definitions ${text})`,
    ...values,
  );
  const byDay = new Map<Day, number[]>();
  for (const { day, definition } of rows) {
    const ids = byDay.get(day);
    if (ids === undefined) byDay.set(day, [definition]);
    else ids.push(definition);
  }
  return byDay;
}

interface Found extends Cursor {
  readonly row: string;
}

/** The columns that a list is ordered by. */
const keys: Readonly<Record<Order, readonly [time: string, sequence: string]>> = {
  first: ["first", "sequence"],
  heard: ["last", "0"],
};

function beyond(cursor: Cursor | undefined, { order, isUp }: Asked): Sql[] {
  if (cursor === undefined) return [];
  const { first, sequence, uid } = cursor;
  const op = isUp ? ">" : "<";
  return order === "first"
    ? [{ text: `(first, sequence, uid) ${op} (?, ?, ?)`, values: [first, sequence, uid] }]
    : [{ text: `(last, uid) ${op} (?, ?)`, values: [first, uid] }];
}

/**
 * Jobs of some definitions. Each definition has an index by time of its own: a system and a queue that never come
 * together are no definition at all, and answer at once.
 */
function rowsOfDay(
  db: Database,
  definitions: readonly number[] | undefined,
  conditions: readonly Sql[],
  asked: Asked,
): Found[] {
  if (definitions === undefined) return rowsOf(db, conditions, asked);
  // The plus keeps SQLite from reading the jobs of all definitions, where another index chooses fewer or has the order.
  if (definitions.length > fewDefinitions || asked.isNarrow || asked.order !== "first")
    return rowsOf(db, [...conditions, amongDefinitions(definitions)], asked);
  return definitions.flatMap((id) => rowsOf(db, [{ text: "definition = ?", values: [id] }, ...conditions], asked));
}

/** Jobs of some definitions, whatever index is used. */
export const amongDefinitions = (ids: readonly number[]): Sql => ({
  text: "+definition IN (SELECT value FROM json_each(?))",
  values: [JSON.stringify(ids)],
});

function rowsOf(db: Database, conditions: readonly Sql[], { order, isUp, limit }: Asked): Found[] {
  const direction = isUp ? "ASC" : "DESC";
  const [time, sequence] = keys[order];
  const { text, values } = whereOf(conditions);
  const given: SQLInputValue[] = [...values, limit];
  const by = order === "first" ? [time, sequence, "uid"] : [time, "uid"];
  return db.all<Found>(
    `SELECT ${time} AS first, ${sequence} AS sequence, uid, row FROM jobs ${text}
     ORDER BY ${by.map((name) => `jobs.${name} ${direction}`).join(", ")} LIMIT ?`,
    ...given,
  );
}

const compare = (a: Cursor, b: Cursor): number =>
  a.first - b.first || a.sequence - b.sequence || (a.uid < b.uid ? -1 : a.uid > b.uid ? 1 : 0);

/** What was found until the time was over: everything before the edge of the next day was looked at. */
function cut(found: readonly Found[], limit: number, isUp: boolean, edge: number): ReadPage {
  const looked = found.filter(({ first }) => (isUp ? first < edge : first > edge)).slice(0, limit);
  const end: Cursor =
    looked.length === limit ? (looked.at(-1) as Found) : { first: isUp ? edge : edge + 1, sequence: 0, uid: "" };
  const shown = isUp ? looked.toReversed() : looked;
  const { page, damaged } = made(shown, false, false);
  return { page: { ...page, isCut: true, ...(isUp ? { newer: end } : { older: end }) }, damaged };
}

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

/** What a list shows of a job; nothing where it is damaged. */
export function jobIn(row: string): JobRow | undefined {
  try {
    return JSON.parse(row) as JobRow;
  } catch {
    return undefined;
  }
}

const cursor = ({ first, sequence, uid }: Cursor): Cursor => ({ first, sequence, uid });
