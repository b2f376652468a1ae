import type { SQLInputValue } from "node:sqlite";
import { isAttribute } from "../query/field.ts";
import type { AttributeField, JobField } from "../query/field.ts";
import type { Condition, JobQuery, TimeOf } from "../query/query.ts";
import { micros } from "./record.ts";

/** A part of a statement with the values that it takes. */
export interface Sql {
  readonly text: string;
  readonly values: readonly SQLInputValue[];
}

/** A query as conditions on the rows of `jobs`, and those on the definitions of jobs apart. */
export interface Compiled {
  readonly jobs: readonly Sql[];
  /** None where the query says nothing of system, namespace, queue and name. */
  readonly definitions: readonly Sql[];
  /** Whether an index other than that of definitions and times chooses few jobs. */
  readonly isNarrow: boolean;
}

/** Compiles a query; fields that many jobs have in common stand in `definitions`. */
export function compile({ where, range, text }: JobQuery): Compiled {
  const byField = Map.groupBy(where, ({ field }) => field);
  const compiled: { jobs: Sql[]; definitions: Sql[] } = { jobs: [], definitions: [] };
  const isNarrow = text !== undefined || [...byField].some(([field, conditions]) => choosesFew(field, conditions));
  for (const [field, conditions] of byField)
    (isDefinition(field) ? compiled.definitions : compiled.jobs).push(...ofField(field, conditions));
  const time = times[range?.of ?? "queued"];
  if (range?.from !== undefined) compiled.jobs.push({ text: `${time} >= ?`, values: [micros(range.from)] });
  if (range?.to !== undefined) compiled.jobs.push({ text: `${time} < ?`, values: [micros(range.to)] });
  if (text !== undefined) compiled.jobs.push(ofText(text));
  return { ...compiled, isNarrow };
}

const isDefinition = (field: Condition["field"]): boolean => definitionFields.has(field);

const ofField = (field: Condition["field"], conditions: readonly Condition[]): Sql[] =>
  isAttribute(field)
    ? [...Map.groupBy(conditions, (condition) => attributeOf(field, condition))].flatMap(([column, some]) =>
        ofColumn(column, some),
      )
    : [...ofColumn(columns[field], conditions), ...partOf(field, conditions)];

/** The value of an attribute: a number where it is compared with one, else a text. Its name is of safe signs alone. */
function attributeOf(field: AttributeField, { op }: Condition): string {
  const path = `'$."${field.slice("attribute.".length).replaceAll(/[^\w.:/-]/g, "")}"'`;
  if (op === "<" || op === ">=") return `CAST(attributes ->> ${path} AS REAL)`;
  const type = `json_type(attributes, ${path})`;
  return `iif(${type} IN ('true', 'false'), ${type}, CAST(attributes ->> ${path} AS TEXT))`;
}

/** Of very many hits so many are looked at: those of the jobs that came last. */
const mostHits = 50_000;

/** Each word as it stands, whatever signs are in it; the last one may go on. */
function ofText(text: string): Sql {
  const words = text.split(/[\s\p{Cc}]+/u).filter((word) => /[\p{L}\p{N}]/u.test(word));
  if (words.length === 0) return { text: "FALSE", values: [] };
  const match = words.map((word) => `"${word.replaceAll('"', '""')}"`).join(" ");
  const hits = "SELECT rowid FROM job_texts WHERE job_texts MATCH ? ORDER BY rowid DESC LIMIT ?";
  return { text: `id IN (${hits})`, values: [`${match} *`, mostHits] };
}

/** An index holds these rows, and not the many others: it is used where a condition says so in its words. */
const partial: Readonly<Partial<Record<JobField, readonly [part: string, others: readonly string[]]>>> = {
  state: ["state NOT IN ('completed', 'removed')", ["completed", "removed"]],
  result: ["result <> 'success'", ["success"]],
};

/** All of some conditions, as they stand behind WHERE; nothing where there are none. */
export const whereOf = (all: readonly Sql[]): Sql =>
  all.length === 0
    ? { text: "", values: [] }
    : { text: `WHERE ${all.map(({ text }) => text).join(" AND ")}`, values: all.flatMap(({ values }) => values) };

const definitionFields: ReadonlySet<string> = new Set(["system", "namespace", "queue", "name"]);

const columns: Readonly<Record<JobField, string>> = {
  uid: "uid",
  id: "native_id",
  system: "system",
  namespace: "namespace",
  queue: "queue",
  name: "name",
  schedule: "schedule",
  state: "state",
  result: "result",
  trigger: "trigger",
  actor: "actor",
  scope: "scope",
  tenant: "tenant",
  error: "error",
  fingerprint: "fingerprint",
  duration: "duration",
  runs: "runs",
  retries: "retries",
  lost: "lost",
  failed: "failed",
};

const times: Readonly<Record<TimeOf, string>> = { queued: "first", started: "started", ended: "ended", heard: "last" };

const counts: ReadonlySet<string> = new Set(["lost", "retries"]);

function choosesFew(field: Condition["field"], conditions: readonly Condition[]): boolean {
  if (narrow.has(field) && conditions.some(({ op }) => op === "is")) return true;
  if (field === "failed") return conditions.some(({ op, value }) => op === "is" && value === true);
  if (counts.has(field)) return conditions.some(({ op, value }) => op === ">=" && value === 1);
  return !isAttribute(field) && partOf(field, conditions).length > 0;
}

const narrow: ReadonlySet<string> = new Set(["uid", "id", "actor", "error", "fingerprint"]);

function partOf(field: JobField, conditions: readonly Condition[]): Sql[] {
  const [part, others] = partial[field] ?? [];
  const alternatives = conditions.filter(({ op }) => op === "is").map(({ value }) => String(value));
  if (part === undefined || alternatives.length === 0 || alternatives.some((value) => others?.includes(value)))
    return [];
  return [{ text: part, values: [] }];
}

function ofColumn(column: string, conditions: readonly Condition[]): Sql[] {
  const alternatives = conditions.filter(({ op }) => op === "is");
  const others = conditions.filter(({ op }) => op !== "is");
  return [
    ...(alternatives.length === 0 ? [] : [isAny(column, alternatives)]),
    ...others.map((condition) => forms[condition.op as keyof typeof forms](column, condition.value)),
  ];
}

function isAny(column: string, alternatives: readonly Condition[]): Sql {
  const [first, ...more] = alternatives;
  // Written out, as it stands in the index of those rows.
  if (typeof first?.value === "boolean" && more.length === 0)
    return { text: `${column} = ${Number(first.value)}`, values: [] };
  const values = alternatives.map(({ value }) => sqlValue(value));
  return { text: values.length === 1 ? `${column} = ?` : `${column} IN (${values.map(() => "?").join(", ")})`, values };
}

const forms = {
  not: (column: string, value: Condition["value"]): Sql => ({ text: `${column} IS NOT ?`, values: [sqlValue(value)] }),
  "<": (column: string, value: Condition["value"]): Sql => compared(column, "<", value),
  ">=": (column: string, value: Condition["value"]): Sql => compared(column, ">=", value),
  prefix: (column: string, value: Condition["value"]): Sql => prefixed(column, String(value)),
};

/** A small whole number is written out, as it stands in the index of those rows. */
const compared = (column: string, op: string, value: Condition["value"]): Sql =>
  value === 1 ? { text: `${column} ${op} 1`, values: [] } : { text: `${column} ${op} ?`, values: [sqlValue(value)] };

/** From the prefix itself until the first text after all that begin with it. */
const prefixed = (column: string, prefix: string): Sql => ({
  text: `${column} >= ? AND ${column} < ?`,
  values: [prefix, `${prefix}\u{10FFFF}`],
});

const sqlValue = (value: Condition["value"]): SQLInputValue => (typeof value === "boolean" ? Number(value) : value);
