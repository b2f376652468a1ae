import { toIso } from "@jobtrail/core/event";
import { QueryError } from "../errors.ts";
import type { Bucket } from "../contract.ts";
import type { Condition, GroupBy, JobQuery } from "../query/query.ts";
import type { Definition } from "./catalogue.ts";
import { compile, whereOf } from "./compile.ts";
import type { Sql } from "./compile.ts";
import { microsOfHour } from "./day-jobs.ts";
import type { Files } from "./files.ts";
import { amongDefinitions, daysOfQuery } from "./list.ts";
import type { Listed, Turn } from "./list.ts";
import { micros, timeOfMicros } from "./record.ts";
import type { Database } from "./database.ts";

const hoursOfDay = 24;

/** The most buckets of one answer. */
const mostBuckets = 10_000;

/** Counts jobs day by day: from the sums by hour, where a query asks for nothing else than these are made by. */
export async function statisticsOf(
  files: Files,
  query: JobQuery,
  by: readonly GroupBy[],
  turn: Turn,
): Promise<Bucket[]> {
  const sums = new Map<string, Sum>();
  const definitions = new Map<number, Definition>();
  for (const [i, day] of daysOfQuery(files.catalogue, query).entries()) {
    if (i > 0 && !(await turn.next())) throw new QueryError(turn.seconds);
    for (const row of files.read(day.day, "jobs", [], (db) => rowsOf(db, query, by, day))) {
      const definition = definitions.get(row.definition) ?? definitionOf(files.catalogue, row.definition);
      definitions.set(row.definition, definition);
      add(sums, row, by, definition);
    }
    if (sums.size > mostBuckets) throw new QueryError(turn.seconds);
  }
  return [...sums.values()].map(bucketOf).toSorted(compare);
}

interface Row {
  readonly hour: number;
  readonly definition: number;
  readonly state: string;
  readonly result: string;
  readonly jobs: number;
  readonly failed: number;
  readonly runs: number;
  readonly retries: number;
  readonly lost: number;
  readonly timed: number;
  readonly duration: number;
}

interface Sum extends Omit<Row, "hour" | "definition" | "state" | "result"> {
  readonly by: Bucket["by"];
}

const measures = ["jobs", "failed", "runs", "retries", "lost", "timed", "duration"] as const;

/** What the sums by hour are made by, beside the definition. */
const rolled: ReadonlySet<Condition["field"]> = new Set(["system", "namespace", "queue", "name", "state", "result"]);

function rowsOf(db: Database, query: JobQuery, by: readonly GroupBy[], day: Listed): Row[] {
  const isRolled =
    query.text === undefined &&
    (query.range === undefined || query.range.of === "queued") &&
    query.where.every(({ field }) => rolled.has(field));
  const keys = keysOf(by);
  if (!isRolled) return scanned(db, query, keys, day);
  const { from = 0, to = Infinity } = within(query);
  const [first, end] = [Math.ceil(from / microsOfHour), to === Infinity ? Infinity : Math.floor(to / microsOfHour)];
  // All of it lies in one hour.
  if (first > end) return scanned(db, query, keys, day);
  return [
    ...summed(db, query, keys, day, [first, end]),
    ...(first * microsOfHour > from ? scanned(db, between(query, from, first * microsOfHour), keys, day) : []),
    ...(to !== Infinity && end * microsOfHour < to
      ? scanned(db, between(query, end * microsOfHour, to), keys, day)
      : []),
  ];
}

interface Keys {
  readonly hour: string;
  readonly definition: string;
  readonly state: string;
  readonly result: string;
}

/** What is not asked for is the same for all, so that there are few rows. */
function keysOf(by: readonly GroupBy[]): Keys {
  const has = (...any: readonly GroupBy[]): boolean => any.some((each) => by.includes(each));
  return {
    hour: has("hour") ? "hour" : has("day") ? `hour / ${hoursOfDay}` : "0",
    definition: has("system", "namespace", "queue", "name") ? "definition" : "0",
    state: has("state") ? "state" : "''",
    result: has("result") ? "coalesce(result, '')" : "''",
  };
}

const grouped = ({ hour, definition, state, result }: Keys): string =>
  `${hour} AS hour, ${definition} AS definition, ${state} AS state, ${result} AS result`;

/** @param hours from the first until before the other. */
function summed(
  db: Database,
  query: JobQuery,
  keys: Keys,
  { definitions }: Listed,
  [first, end]: readonly [number, number],
): Row[] {
  const { jobs } = compile({ where: query.where });
  const conditions: Sql[] = [
    ...jobs,
    ...(definitions === undefined ? [] : [amongDefinitions(definitions)]),
    { text: "hour >= ?", values: [first] },
    ...(end === Infinity ? [] : [{ text: "hour < ?", values: [end] }]),
  ];
  const { text, values } = whereOf(conditions);
  const sums = measures.map((name) => `sum(${name}) AS ${name}`).join(", ");
  return db.all<Row>(`SELECT ${grouped(keys)}, ${sums} FROM hours ${text} GROUP BY 1, 2, 3, 4`, ...values);
}

function scanned(db: Database, query: JobQuery, keys: Keys, { definitions }: Listed): Row[] {
  const conditions = [...compile(query).jobs, ...(definitions === undefined ? [] : [amongDefinitions(definitions)])];
  const { text, values } = whereOf(conditions);
  const own = { ...keys, hour: keys.hour.replace("hour", `first / ${microsOfHour}`) };
  return db.all<Row>(
    `SELECT ${grouped(own)}, count(*) AS jobs, sum(failed) AS failed, sum(runs) AS runs, sum(retries) AS retries,
       sum(lost) AS lost, count(duration) AS timed, total(duration) AS duration
     FROM jobs ${text} GROUP BY 1, 2, 3, 4`,
    ...values,
  );
}

function within({ range }: JobQuery): { readonly from?: number; readonly to?: number } {
  return {
    ...(range?.from !== undefined && { from: micros(range.from) }),
    ...(range?.to !== undefined && { to: micros(range.to) }),
  };
}

const between = (query: JobQuery, from: number, to: number): JobQuery => ({
  ...query,
  range: { of: "queued", from: timeOfMicros(from), to: timeOfMicros(to) },
});

const definitionOf = (db: Database, id: number): Definition =>
  db.first<Definition>("SELECT system, namespace, queue, name FROM definitions WHERE id = ?", id) ?? {
    system: "",
    namespace: "",
    queue: "",
    name: "",
  };

function add(sums: Map<string, Sum>, row: Row, by: readonly GroupBy[], definition: Definition): void {
  const key: Record<string, string> = {};
  for (const each of by) {
    const value = valueOf(row, each, definition);
    if (value !== "") key[each] = value;
  }
  const text = JSON.stringify(key);
  const before = sums.get(text);
  const added = Object.fromEntries(measures.map((name) => [name, (before?.[name] ?? 0) + row[name]]));
  sums.set(text, { by: key, ...(added as Omit<Sum, "by">) });
}

function valueOf({ hour, state, result }: Row, by: GroupBy, definition: Definition): string {
  if (by === "hour") return toIso(timeOfMicros(hour * microsOfHour));
  if (by === "day") return toIso(timeOfMicros(hour * microsOfHour * hoursOfDay));
  if (by === "state") return state;
  return by === "result" ? result : definition[by];
}

const bucketOf = ({ timed, duration, ...sum }: Sum): Bucket => ({
  ...sum,
  ...(timed > 0 && { duration: duration / timed }),
});

const compare = (a: Bucket, b: Bucket): number => {
  const [one, other] = [a, b].map(({ by }) => JSON.stringify(Object.values(by)));
  return (one ?? "") < (other ?? "") ? -1 : 1;
};
