import { isRefusal, refuse } from "@jobtrail/core/event";
import type { JobEvent, Refusal } from "@jobtrail/core/event";
import type { Value } from "./codec.ts";
import { isObject, parseText, put, textOf } from "./json.ts";
import type { Json, JsonObject } from "./json.ts";
import { markOf } from "./mark.ts";
import { redacted } from "./tree.ts";
import type { Bound, Node } from "./tree.ts";

/** What a record's fields are as attributes: the registry's, the system's own, and what neither holds exactly. */
export interface FieldValues {
  readonly attributes: Record<string, Value>;
  readonly own: Record<string, Value>;
  /** Those of the attributes that are true of the job whatever happens to it. */
  readonly ofJob: Record<string, Value>;
  /** JSON text. */
  readonly rest?: string;
}

// What the fields of one record may take, so that with all that is derived no limit of a record is ever reached.
const mostFields = 40;
const mostBytes = 16 * 1024;

/** Splits a record into attributes and what is left. Secrets are replaced first. A derived field becomes no attribute. */
export function take(record: JsonObject, tree: Node): FieldValues {
  const derived = markOf(record)?.derived;
  const into: Into = { attributes: {}, own: {}, ofJob: {}, fields: mostFields, bytes: mostBytes, derived };
  const rest = leftOf(record, tree, into);
  const { attributes, own, ofJob } = into;
  return rest === undefined ? { attributes, own, ofJob } : { attributes, own, ofJob, rest: textOf(rest) };
}

interface Into {
  readonly attributes: Record<string, Value>;
  readonly own: Record<string, Value>;
  readonly ofJob: Record<string, Value>;
  fields: number;
  bytes: number;
  readonly derived: readonly string[] | undefined;
}

/** Puts what attributes can hold into them and gives what is left; an empty object is left as it is. */
function leftOf(value: JsonObject, { any, children, members }: Node, into: Into): JsonObject | undefined {
  let left: Record<string, Json> | undefined;
  let known = 0;
  for (const { key, node } of members) {
    const each = value[key];
    if (each === undefined) continue;
    known++;
    const rest = restOf(each, node, into);
    if (rest !== undefined) put((left ??= {}), key, rest);
  }
  const keys = Object.keys(value);
  if (keys.length > known)
    for (const key of keys) if (!children.has(key)) put((left ??= {}), key, redacted(value[key] as Json, any));
  return left ?? (keys.length === 0 ? {} : undefined);
}

function restOf(value: Json, node: Node, into: Into): Json | undefined {
  if (node.field === undefined && !node.isSecret && isObject(value)) return leftOf(value, node, into);
  const shown = redacted(value, node);
  return node.field !== undefined && holds(shown, node.field, into) ? undefined : shown;
}

function holds(value: Json, { name, attribute, codec, row, isOfJob }: Bound, into: Into): boolean {
  if (value === null || into.derived?.includes(name) === true) return false;
  const encoded = codec.encode(value);
  if (encoded === undefined || (row !== undefined && !isOfRow(encoded, row.type))) return false;
  const bytes = attribute.length + (typeof encoded === "string" ? 3 * encoded.length : sizeOf(encoded));
  if (into.fields === 0 || bytes > into.bytes) return false;
  into.fields--;
  into.bytes -= bytes;
  (row === undefined ? into.own : into.attributes)[attribute] = encoded;
  if (isOfJob) into.ofJob[attribute] = encoded;
  return true;
}

/** An empty text says nothing, and among the registry's names it would seem to. */
const isOfRow = (value: Value, type: string): boolean =>
  typeof value === "string"
    ? value !== "" && (type === "string" || type === "iso")
    : typeof value === "number"
      ? type === "double" || (type === "int" && Number.isSafeInteger(value))
      : type === (typeof value === "boolean" ? "boolean" : "string[]");

const sizeOf = (value: Value): number => (typeof value === "object" ? 3 * value.join("").length : 8);

/** Puts a record together again from an event's attributes: the opposite of `take`. */
export function give({ attributes, own = {} }: Pick<JobEvent, "attributes" | "own">, tree: Node): JsonObject | Refusal {
  const text = attributes["job.record.rest"];
  const parsed = text === undefined ? undefined : parseText(text);
  const rest = parsed === undefined || isRefusal(parsed) ? undefined : parsed.value;
  if (text !== undefined && !isObject(rest))
    return refuse('attributes["job.record.rest"]', "the JSON text of an object", text);
  const from: From = { attributes, own };
  const record = whole(tree, from, isObject(rest) ? rest : undefined);
  return from.refusal ?? record ?? {};
}

interface From {
  readonly attributes: JobEvent["attributes"];
  readonly own: Readonly<Record<string, unknown>>;
  refusal?: Refusal;
}

function whole({ children, members }: Node, from: From, rest: JsonObject | undefined): JsonObject | undefined {
  const record: Record<string, Json> = {};
  let isEmpty = rest === undefined;
  for (const { key, node } of members) {
    const value = heldBy(node, from) ?? wholeAt(node, from, rest?.[key]);
    if (value === undefined) continue;
    record[key] = value;
    isEmpty = false;
  }
  if (rest !== undefined)
    for (const key of Object.keys(rest)) if (!children.has(key)) put(record, key, rest[key] as Json);
  return isEmpty ? undefined : record;
}

function heldBy({ field }: Node, from: From): Json | undefined {
  if (field === undefined) return undefined;
  const { attribute, codec, row } = field;
  const held = row === undefined ? from.own[attribute] : from.attributes[attribute as "job.id"];
  if (held === undefined) return undefined;
  const value = codec.decode(held);
  if (value === undefined) from.refusal ??= refuse(`attributes[${JSON.stringify(attribute)}]`, codec.expected, held);
  return value;
}

const wholeAt = (node: Node, from: From, rest: Json | undefined): Json | undefined =>
  node.field === undefined ? (whole(node, from, isObject(rest) ? rest : undefined) ?? rest) : rest;
