import type { AttributeRow, ValueType } from "@jobtrail/conventions";
import type { Key } from "./key.ts";
import { cut } from "./redact.ts";

/** What an attribute of a record can be. */
export type Value = string | number | boolean | readonly string[];

/** The longest text of one attribute, in characters; error texts and originals have limits of their own. */
export const textLimit = 1024;

/** Stands for a value that cannot be read; no row takes it. */
export const unreadable: unique symbol = Symbol("unreadable");

const mostItems = 32;
const itemLimit = 160;

/**
 * A value as its row wants it, or nothing where it cannot be that; without a row any scalar or list
 * of strings will do. A text that was cut is added to `cuts`.
 */
export function fit(
  value: unknown,
  row: AttributeRow | undefined,
  limit: number,
  key: string,
  cuts: Set<string>,
): Value | undefined {
  if (typeof value === "string") return fitText(value, row, limit, key, cuts);
  const type = row?.type;
  if (typeof value === "number")
    return type === "string" ? fitText(String(value), row, limit, key, cuts) : fitNumber(value, type);
  if (typeof value === "bigint")
    return type === undefined || type === "string" ? fitText(String(value), row, limit, key, cuts) : undefined;
  if (typeof value === "boolean") return type === undefined || type === "boolean" ? value : undefined;
  return type === undefined || type === "string[]" ? listOf(value) : undefined;
}

/** Whether a value can stand under a key as it is, so that nothing has to be fitted: this runs for each attribute of each record. */
export function fits({ type, values, isSpecial }: Key, value: unknown): value is Value {
  if (isSpecial) return false;
  switch (typeof value) {
    case "string":
      return (
        (type === "string" || type === "iso" || type === undefined) &&
        value.length <= textLimit &&
        (values === undefined || values.includes(value)) &&
        value.isWellFormed()
      );
    case "number":
      return (
        (type === "int"
          ? Number.isSafeInteger(value)
          : (type === "double" || type === undefined) && Number.isFinite(value)) &&
        // The wire has no negative zero.
        (value !== 0 || 1 / value > 0)
      );
    case "boolean":
      return type === "boolean" || type === undefined;
    default:
      return false;
  }
}

function fitNumber(value: number, type: ValueType | undefined): number | undefined {
  if (type === "int" ? !Number.isSafeInteger(value) : !Number.isFinite(value)) return undefined;
  // The wire has no negative zero.
  return type === undefined || type === "int" || type === "double" ? value + 0 : undefined;
}

function fitText(
  text: string,
  row: AttributeRow | undefined,
  limit: number,
  key: string,
  cuts: Set<string>,
): string | undefined {
  if (row === undefined) return textOf(text, limit, key, cuts);
  if (row.type !== "string" && row.type !== "iso") return undefined;
  return row.values === undefined || row.values.includes(text) ? textOf(text, limit, key, cuts) : undefined;
}

/** A text within a limit that can be written as UTF-8, which has no lone surrogates. */
export function textOf(text: string, limit: number, key: string, cuts: Set<string>): string {
  if (text.length > limit) cuts.add(key);
  return wellFormed(cut(text, limit));
}

/** The text with each lone surrogate replaced. */
export const wellFormed = (text: string): string => (text.isWellFormed() ? text : text.toWellFormed());

function listOf(values: unknown): readonly string[] | undefined {
  if (!Array.isArray(values) || values.length > mostItems) return undefined;
  const items: string[] = [];
  for (const value of values as readonly unknown[]) {
    if (typeof value !== "string") return undefined;
    items.push(wellFormed(cut(value, itemLimit)));
  }
  return items;
}
