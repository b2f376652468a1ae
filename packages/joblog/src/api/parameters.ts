import type { ListedField } from "../contract.ts";
import { fields, results, states } from "../query/field.ts";
import type { FieldType } from "../query/field.ts";
import type { GroupBy } from "../query/query.ts";
import { flags, mostJobs, opsOf } from "../query/search.ts";

/** What jobs can be counted by. */
export const groups: readonly GroupBy[] = ["hour", "day", "system", "namespace", "queue", "name", "state", "result"];

/** The fields whose values a reader chooses from a list. */
export const listed: readonly ListedField[] = ["system", "queue", "name", "actor"];

/** A parameter of an OpenAPI document. */
export interface Parameter {
  readonly name: string;
  readonly in: "query" | "path" | "header";
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

/** A JSON Schema, as OpenAPI 3.1 has it. */
export type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: "string", maxLength: 1024 };

// Any parameter may be empty, which is as if it were absent: each schema takes that too, in one piece, so that what
// reads the document can tell what is refused.
const oneOf = (values: readonly string[]): Schema => ({ enum: [...values, ""] });
const matching = (pattern: string): Schema => ({ type: "string", pattern: `^(${pattern})?$` });

const types: Readonly<Record<FieldType, Schema>> = {
  text,
  state: oneOf(states),
  result: oneOf(results),
  count: matching("[0-9]{1,9}"),
  seconds: matching(String.raw`[0-9]{1,9}(\.[0-9]{1,9})?`),
  flag: oneOf(["true", "false"]),
};

const opWords: Readonly<Record<string, string>> = {
  not: "any other value, or none",
  min: "at least",
  below: "less than",
  prefix: "a text that begins so",
};

const query = (name: string, schema: Schema, description: string): Parameter => ({
  name,
  in: "query",
  description,
  schema,
});

/** Given several times, each is an alternative. */
const alternatives = (schema: Schema): Schema => ({ type: "array", items: schema });

const ofFields: readonly Parameter[] = Object.entries(fields).flatMap(([name, type]) => [
  query(name, alternatives(types[type]), `Jobs whose ${name} is one of these.`),
  ...opsOf[type].map((op) => query(`${name}.${op}`, types[type], `The ${name}: ${opWords[op] ?? op}.`)),
]);

const time = (name: string, description: string): Parameter =>
  query(
    name,
    matching(
      String.raw`[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2}))?`,
    ),
    description,
  );

/** Which jobs are meant; the table of fields that addresses are read by is the one that this is made from. */
export const ofQuery: readonly Parameter[] = [
  ...ofFields,
  ...Object.keys(flags).map((name) => query(name, types.flag, `Whether any run was ${name}.`)),
  query("text", { type: "string", maxLength: 200 }, "Words of the id, queue, name, schedule, actor or error."),
  time("from", "From this time on; a day such as 2026-03-02 is its beginning in UTC."),
  time("to", "Before this time."),
  query("of", oneOf(["queued", "started", "ended", "heard"]), "Which time of a job that is."),
];

const cursor: Schema = { ...matching("-?[0-9]{1,16}[.][0-9]{1,16}[.][^.]+"), maxLength: 1024 };

/** Which page of them. */
export const ofPage: readonly Parameter[] = [
  query("order", oneOf(["first", "heard"]), "By when they were queued, or last heard of."),
  query("before", cursor, "Older ones than `next` of an earlier answer."),
  query("after", cursor, "Newer ones than `previous` of an earlier answer."),
  query("limit", matching("[1-9][0-9]{0,2}"), `How many at most, from 1 to ${mostJobs}.`),
];
