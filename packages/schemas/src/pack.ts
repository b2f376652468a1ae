import { isDeepStrictEqual } from "node:util";
import { isRefusal, refuse } from "@jobtrail/core/event";
import type { JobEvent, Refusal } from "@jobtrail/core/event";
import type { FieldValues } from "./field-values.ts";
import { isList, isObject, parseText, put, textOf } from "./json.ts";
import { pathOf } from "./json-path.ts";
import type { Json, JsonObject, Parsed } from "./json.ts";

/** A record in whose field that holds JSON text stands what that text says. */
export function unpack({ value, plain }: Parsed, key: string): Parsed | Refusal {
  const text = isObject(value) ? value[key] : undefined;
  if (!isObject(value) || typeof text !== "string") return { value, plain };
  const inner = parseText(text);
  if (isRefusal(inner) || !isObject(inner.value))
    return { ...refuse(pathOf([key]), "the JSON text of an object", undefined), found: "another text" };
  return { value: withMember(value, key, inner.value), plain: { ...(plain as object), [key]: inner.plain } };
}

/** The opposite of `unpack`, in the layout that the text had, where it still says the same. */
export function pack(record: JsonObject, key: string, layout: string | undefined): JsonObject {
  const inner = record[key];
  if (!isObject(inner)) return record;
  return withMember(record, key, layout !== undefined && saysSame(layout, inner) ? layout : textOf(inner));
}

function saysSame(text: string, value: JsonObject): boolean {
  const parsed = parseText(text);
  return !isRefusal(parsed) && isDeepStrictEqual(parsed.value, value);
}

/** What is left of a record, together with a layout that cannot be known from its values. */
export function withLayout({ rest, ...fields }: FieldValues, key: string, layout: string): FieldValues {
  const left = restOf(rest);
  const inner = left[key];
  return { ...fields, rest: textOf(withMember(left, key, inner === undefined ? [layout] : [layout, inner])) };
}

/** An event without the layout that stands with what is left of its record, and that layout. */
export function splitLayout(event: JobEvent, key: string): { readonly event: JobEvent; readonly layout?: string } {
  const left = restOf(event.attributes["job.record.rest"]);
  const both = left[key];
  if (!isList(both) || typeof both[0] !== "string") return { event };
  const { [key]: _, ...others } = left;
  const rest = both[1] === undefined ? others : withMember(left, key, both[1]);
  const { "job.record.rest": __, ...attributes } = event.attributes;
  const isEmpty = Object.keys(rest).length === 0;
  return {
    event: { ...event, attributes: isEmpty ? attributes : { ...attributes, "job.record.rest": textOf(rest) } },
    layout: both[0],
  };
}

function restOf(text: string | undefined): JsonObject {
  const parsed = text === undefined ? undefined : parseText(text);
  return parsed === undefined || isRefusal(parsed) || !isObject(parsed.value) ? {} : parsed.value;
}

function withMember(object: JsonObject, key: string, value: Json): JsonObject {
  const copy: Record<string, Json> = {};
  for (const each of Object.keys(object)) put(copy, each, object[each] as Json);
  put(copy, key, value);
  return copy;
}
