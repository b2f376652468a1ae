import { inJson } from "../../src/sink/index.ts";
import type { Signal } from "../../src/sink/index.ts";

/**
 * All that a request in protobuf says, for comparison: each field by its name, attributes by theirs and in their order;
 * a field that has its default value is the same as one that is absent.
 */
export const printed = (signal: Signal, body: Uint8Array | undefined): unknown =>
  told(JSON.parse(Buffer.from(inJson(signal, body ?? new Uint8Array())).toString()));

/** The same of a request in JSON. */
export const printedJson = (body: Uint8Array | undefined): unknown =>
  told(JSON.parse(Buffer.from(body ?? []).toString()));

function told(value: unknown): unknown {
  if (Array.isArray(value)) return isAttributes(value) ? byName(value) : (value as readonly unknown[]).map(told);
  if (typeof value !== "object" || value === null) return typeof value === "number" ? String(value) : value;
  const fields = Object.entries(value)
    .map(([name, field]) => [name, told(field)] as const)
    .filter(([name, field]) => name in values || !isDefault(field));
  return Object.fromEntries(fields);
}

const values: Readonly<Record<string, true>> = {
  stringValue: true,
  boolValue: true,
  intValue: true,
  doubleValue: true,
  asDouble: true,
  sum: true,
  min: true,
  max: true,
  bucketCounts: true,
};

const isDefault = (field: unknown): boolean =>
  field === "" ||
  field === "0" ||
  field === false ||
  (typeof field === "object" && Object.keys(field ?? {}).length === 0);

const isAttributes = (list: readonly unknown[]): list is readonly { key: string; value?: unknown }[] =>
  list.length > 0 && list.every((item) => typeof item === "object" && item !== null && "key" in item);

/** Attributes in the order of their names: what order they stand in says nothing. */
const byName = (list: readonly { key: string; value?: unknown }[]): unknown =>
  list.map(({ key, value }) => [key, told(value ?? {})] as const).toSorted(([a], [b]) => (a < b ? -1 : 1));
