import { attributes as registry } from "@jobtrail/conventions";
import type { AttributeRow, JobAttributes } from "@jobtrail/conventions";
import type { JobError, JobEvent } from "./event.ts";
import { cut, messageLimit, stackLimit } from "./redact.ts";

/** How many attributes a record may have, the error's included. */
export const attributeLimit = 64;

/** How large a record's keys and values may be together, in bytes of UTF-8. */
export const sizeLimit: number = 32 * 1024;

/** The longest text of one attribute, in characters; error texts and originals have limits of their own. */
export const textLimit = 1024;

const originalLimit = 16 * 1024;
const shortest = 96;
const mostNamedCuts = 16;

/** Attributes that say what a record is about; these are never left out. */
const identity: readonly string[] = [
  "job.system.name",
  "job.namespace",
  "job.queue.name",
  "job.name",
  "job.id",
  "job.uid",
  "job.run.uid",
  "job.run.number",
  "job.run.result",
  "job.run.final",
  "job.record.source",
  "job.event.sequence",
  "log.record.uid",
];

const errorKeys = ["error.type", "exception.message", "exception.stacktrace", "log.record.original"];

type Value = string | number | boolean | readonly string[];

/**
 * An event as a record can hold it: values of the registry's types, at most 64 attributes and 32 KB.
 * What does not fit is cut or left out and named in `job.record.cut`. Doing it again changes nothing.
 */
export function normalise(event: JobEvent): JobEvent {
  const cuts = new Set<string>();
  const attributes = fitting(event.attributes, rowOf, cuts);
  const own = fitting(event.own ?? {}, () => undefined, cuts);
  const error = errorIn(event, attributes);
  const original = event.original ?? (attributes["log.record.original"] as string | undefined);
  for (const key of errorKeys) delete attributes[key];
  const parts: Parts = {
    attributes,
    own,
    error: error === undefined ? undefined : fittingError(error, cuts),
    original: original === undefined ? undefined : shortened(original, originalLimit, "log.record.original", cuts),
  };
  leaveOut(parts, cuts);
  shrink(parts, cuts);
  if (cuts.size > 0) attributes["job.record.cut"] = named(cuts, attributes["job.record.cut"]);
  return {
    name: event.name,
    ...(event.time !== undefined && { time: event.time }),
    seen: event.seen,
    attributes: attributes as JobAttributes,
    ...(hasAny(own) && { own: own as Record<string, string> }),
    ...(parts.error !== undefined && { error: parts.error }),
    ...(event.span !== undefined && { span: event.span }),
    ...(parts.original !== undefined && { original: parts.original }),
  };
}

interface Parts {
  readonly attributes: Record<string, Value>;
  readonly own: Record<string, Value>;
  error: JobError | undefined;
  original: string | undefined;
}

/** The registry's row of an attribute, also of one in a family such as `job.counter.<key>`. */
export const rowOf = (key: string): AttributeRow | undefined =>
  rows.get(key) ?? (key.startsWith(counterPrefix) ? counterRow : undefined);

const rows = new Map(Object.entries(registry));
const counterPrefix = "job.counter.";
const counterRow = registry["job.counter.<key>"];

function fitting(
  given: object,
  rowOfKey: (key: string) => AttributeRow | undefined,
  cuts: Set<string>,
): Record<string, Value> {
  const kept: Record<string, Value> = {};
  for (const key of Object.keys(given)) {
    const value = valueAt(given, key);
    if (value === undefined) continue;
    const fitted = key.length > 128 || key === "__proto__" ? undefined : fit(value, rowOfKey(key));
    if (fitted === undefined) cuts.add(key);
    else kept[key] = typeof fitted === "string" ? shortened(fitted, limitOf(key), key, cuts) : fitted;
  }
  return kept;
}

const limitOf = (key: string): number =>
  key === "log.record.original"
    ? originalLimit
    : key === "exception.stacktrace"
      ? stackLimit
      : key === "exception.message"
        ? messageLimit
        : textLimit;

function valueAt(given: object, key: string): unknown {
  try {
    return (given as Record<string, unknown>)[key];
  } catch {
    return null;
  }
}

/** A value as its row wants it, or nothing; without a row any scalar or list of strings will do. */
function fit(value: unknown, row: AttributeRow | undefined): Value | undefined {
  switch (typeof value) {
    case "string":
      return row === undefined || row.type === "string" || row.type === "iso" ? wellFormed(value) : undefined;
    case "number":
      if (row?.type === "string") return String(value);
      if (!Number.isFinite(value) || row?.type === "boolean" || row?.type === "iso" || row?.type === "string[]")
        return undefined;
      return row?.type === "int" && !Number.isSafeInteger(value) ? undefined : value + 0;
    case "boolean":
      return row === undefined || row.type === "boolean" ? value : undefined;
    case "bigint":
      return row === undefined || row.type === "string" ? String(value) : undefined;
    default:
      return (row === undefined || row.type === "string[]") && Array.isArray(value) ? listOf(value) : undefined;
  }
}

/** Strings on the wire are UTF-8, which has no lone surrogates. */
const wellFormed = (text: string): string => (text.isWellFormed() ? text : text.toWellFormed());

const listOf = (values: readonly unknown[]): readonly string[] | undefined =>
  values.length <= 32 && values.every((each) => typeof each === "string")
    ? (values as readonly string[]).map((each) => wellFormed(cut(each, 160)))
    : undefined;

function shortened(text: string, limit: number, key: string, cuts: Set<string>): string {
  if (text.length <= limit) return text;
  cuts.add(key);
  return cut(text, limit);
}

function errorIn(event: JobEvent, attributes: Record<string, Value>): JobError | undefined {
  if (event.error !== undefined) return event.error;
  const type = attributes["error.type"];
  if (typeof type !== "string") return undefined;
  const message = attributes["exception.message"];
  const stack = attributes["exception.stacktrace"];
  return {
    type,
    ...(typeof message === "string" && { message }),
    ...(typeof stack === "string" && { stack }),
  };
}

function fittingError({ type, message, stack }: JobError, cuts: Set<string>): JobError {
  return {
    type: shortened(wellFormed(String(type)), textLimit, "error.type", cuts),
    ...(message !== undefined && { message: shortened(wellFormed(message), messageLimit, "exception.message", cuts) }),
    ...(stack !== undefined && { stack: shortened(wellFormed(stack), stackLimit, "exception.stacktrace", cuts) }),
  };
}

/** Leaves out what is too many: the system's own names first, then what says least about the job. */
function leaveOut(parts: Parts, cuts: Set<string>): void {
  const { attributes, own } = parts;
  const fixed =
    (parts.original === undefined ? 0 : 1) + (parts.error === undefined ? 0 : Object.keys(parts.error).length);
  const has = (): number => Object.keys(attributes).length + Object.keys(own).length + fixed;
  let over = has() - attributeLimit;
  if (over <= 0 && cuts.size > 0 && !("job.record.cut" in attributes)) over = has() + 1 - attributeLimit;
  else if (over > 0 && !("job.record.cut" in attributes)) over += 1;
  if (over <= 0) return;
  const spare = [
    ...Object.keys(own)
      .reverse()
      .map((key) => [own, key] as const),
    ...Object.keys(attributes)
      .reverse()
      .filter((key) => !identity.includes(key) && key !== "job.record.cut")
      .map((key) => [attributes, key] as const),
  ];
  for (const [from, key] of spare.slice(0, over)) {
    delete from[key];
    cuts.add(key);
  }
}

/** Cuts the longest texts until all is small enough. */
function shrink(parts: Parts, cuts: Set<string>): void {
  const room = sizeLimit - mostNamedCuts * 160;
  const size = sizeOf(parts);
  if (size <= sizeLimit) return;
  let over = size - room;
  const texts = textsOf(parts).sort((a, b) => b.text.length - a.text.length);
  for (const { key, text, set } of texts) {
    if (over <= 0 || text.length <= shortest) return;
    const shorter = cut(text, Math.max(shortest, text.length - over));
    over -= Buffer.byteLength(text) - Buffer.byteLength(shorter);
    set(shorter);
    cuts.add(key);
  }
}

function textsOf(parts: Parts): { key: string; text: string; set: (text: string) => void }[] {
  const found: { key: string; text: string; set: (text: string) => void }[] = [];
  const { error, original } = parts;
  if (original !== undefined)
    found.push({ key: "log.record.original", text: original, set: (text) => (parts.original = text) });
  if (error?.stack !== undefined)
    found.push({
      key: "exception.stacktrace",
      text: error.stack,
      set: (text) => (parts.error = { ...(parts.error ?? error), stack: text }),
    });
  if (error?.message !== undefined)
    found.push({
      key: "exception.message",
      text: error.message,
      set: (text) => (parts.error = { ...(parts.error ?? error), message: text }),
    });
  for (const from of [parts.own, parts.attributes])
    for (const [key, value] of Object.entries(from))
      if (typeof value === "string" && !identity.includes(key))
        found.push({ key, text: value, set: (text) => (from[key] = text) });
  return found;
}

/** Bytes of keys and values; counted exactly only where the count of characters leaves a doubt. */
function sizeOf({ attributes, own, error, original }: Parts): number {
  let characters =
    (original?.length ?? 0) +
    (error === undefined ? 0 : 64 + error.type.length + (error.message?.length ?? 0) + (error.stack?.length ?? 0));
  for (const from of [attributes, own]) for (const key in from) characters += key.length + lengthOf(from[key]);
  return characters * 3 <= sizeLimit
    ? characters
    : Buffer.byteLength(JSON.stringify([attributes, own, error, original]));
}

const lengthOf = (value: Value | undefined): number =>
  typeof value === "string" ? value.length : typeof value === "object" ? value.join("").length : 8;

function named(cuts: ReadonlySet<string>, before: Value | undefined): readonly string[] {
  const earlier = Array.isArray(before) ? (before as readonly string[]) : [];
  const all = [...new Set([...earlier, ...[...cuts].map((key) => wellFormed(cut(key, 128)))])];
  return all.length <= mostNamedCuts
    ? all
    : [...all.slice(0, mostNamedCuts - 1), `… and ${all.length - mostNamedCuts + 1} more`];
}

const hasAny = (object: object): boolean => {
  for (const _ in object) return true;
  return false;
};
