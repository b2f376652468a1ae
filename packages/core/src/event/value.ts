import type { AttributeRow, ValueType } from "@jobtrail/conventions";
import { cut } from "./redact.ts";

/** What an attribute of a record can be. */
export type Value = string | number | boolean | readonly string[];

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
