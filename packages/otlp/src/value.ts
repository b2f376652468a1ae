import { WireType } from "@bufbuild/protobuf/wire";
import type { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import { isObject } from "./json.ts";
import { bool, double, int64, isInt64, text } from "./kind.ts";
import type { Kind } from "./kind.ts";
import { deeper } from "./limits.ts";
import type { Limits } from "./limits.ts";
import { endOf, expectWire, walk } from "./protobuf.ts";
import { Unreadable, within } from "./unreadable.ts";

/** Keys and values; without prototype, so that a key called `__proto__` is a key like any other. */
export type Values = Record<string, unknown>;

/** An empty map of values. */
export const noValues = (): Values => Object.create(null) as Values;

/**
 * Any value: text, boolean, number, bigint beyond 2^53, list, map, bytes, or null where it is empty.
 * Whole numbers that are exact are integers on the wire, other numbers doubles.
 */
export const anyValue: Kind<unknown> = {
  wire: WireType.LengthDelimited,
  read(reader, limits) {
    let value: unknown = null;
    walk(reader, endOf(reader), (no, wire) => {
      const form = forms[no - 1];
      if (form === undefined) return false;
      expectWire(wire, form.kind);
      value = form.kind.read(reader, limits);
      return true;
    });
    return value;
  },
  fromJson(json, limits) {
    if (!isObject(json)) throw new Unreadable("an object with one value", json);
    const form = forms.find(({ name }) => json[name] !== undefined && json[name] !== null);
    return form === undefined ? null : form.kind.fromJson(json[form.name], limits);
  },
  write(writer, value) {
    writer.fork();
    const form = formOf(value);
    if (form !== undefined) form.kind.write(writer.tag(form.no, form.kind.wire), value);
    writer.join();
  },
  toJson(value) {
    const form = formOf(value);
    return form === undefined ? {} : { [form.name]: form.kind.toJson(value) };
  },
};

/** A key with its value, as attributes and maps have them; what is read is put into `into`. */
export const entry = {
  read(reader: BinaryReader, limits: Limits, into: Values): void {
    let key = "";
    let value: unknown = null;
    walk(reader, endOf(reader), (no, wire) => {
      if (no !== 1 && no !== 2) return false;
      expectWire(wire, text);
      if (no === 1) key = reader.string();
      else value = keyed(key, () => anyValue.read(reader, limits));
      return true;
    });
    into[key] = value;
  },
  fromJson(json: unknown, limits: Limits, into: Values): void {
    if (!isObject(json)) throw new Unreadable("an object with key and value", json);
    const key = text.fromJson(json["key"] ?? "", limits);
    into[key] = keyed(key, () => anyValue.fromJson(json["value"] ?? {}, limits));
  },
  write(writer: BinaryWriter, key: string, value: unknown): void {
    text.write(writer.fork().tag(1, text.wire), key);
    anyValue.write(writer.tag(2, anyValue.wire), value);
    writer.join();
  },
  toJson: (key: string, value: unknown): unknown => ({ key, value: anyValue.toJson(value) }),
};

const list: Kind<unknown[]> = {
  wire: WireType.LengthDelimited,
  read: (reader, limits) =>
    deeper(limits, () => {
      const values: unknown[] = [];
      each(reader, () => values.push(anyValue.read(reader, limits)));
      return values;
    }),
  fromJson: (json, limits) => deeper(limits, () => valuesIn(json).map((value) => anyValue.fromJson(value, limits))),
  write(writer, values) {
    writer.fork();
    for (const value of values) anyValue.write(writer.tag(1, anyValue.wire), value);
    writer.join();
  },
  toJson: (values) => ({ values: values.map((value) => anyValue.toJson(value)) }),
};

const map: Kind<Values> = {
  wire: WireType.LengthDelimited,
  read: (reader, limits) =>
    deeper(limits, () => {
      const values = noValues();
      each(reader, () => entry.read(reader, limits, values));
      return values;
    }),
  fromJson: (json, limits) =>
    deeper(limits, () => {
      const values = noValues();
      for (const each of valuesIn(json)) entry.fromJson(each, limits, values);
      return values;
    }),
  write(writer, values) {
    writer.fork();
    for (const key of Object.keys(values)) entry.write(writer.tag(1, WireType.LengthDelimited), key, values[key]);
    writer.join();
  },
  toJson: (values) => ({ values: Object.keys(values).map((key) => entry.toJson(key, values[key])) }),
};

const bytes: Kind<Uint8Array> = {
  wire: WireType.LengthDelimited,
  // A copy, also of a Buffer, whose slice is a view: that would keep the whole body in memory as long as the value.
  read: (reader) => new Uint8Array(reader.bytes()),
  fromJson: (json, limits) => new Uint8Array(Buffer.from(text.fromJson(json, limits), "base64")),
  write: (writer, value) => writer.bytes(value),
  toJson: (value) => Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64"),
};

// Serializers in JavaScript call every number without a fraction an integer, also those that no 64 bits hold.
const integer: Kind<number | bigint> = {
  ...int64,
  fromJson: (json, limits) =>
    typeof json === "number" && Number.isInteger(json) && !isInt64(BigInt(json)) ? json : int64.fromJson(json, limits),
};

function keyed<T>(key: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw within(`[${JSON.stringify(key.slice(0, 64))}]`, error);
  }
}

interface Form {
  readonly no: number;
  readonly name: string;
  readonly kind: Kind<unknown>;
}

const form = <V>(no: number, name: string, kind: Kind<V>): Form => ({ no, name, kind });

const textForm = form(1, "stringValue", text);
const boolForm = form(2, "boolValue", bool);
const intForm = form(3, "intValue", integer);
const doubleForm = form(4, "doubleValue", double);
const listForm = form(5, "arrayValue", list);
const mapForm = form(6, "kvlistValue", map);
const bytesForm = form(7, "bytesValue", bytes);

/** In the order of their numbers. */
const forms: readonly Form[] = [textForm, boolForm, intForm, doubleForm, listForm, mapForm, bytesForm];

function formOf(value: unknown): Form | undefined {
  switch (typeof value) {
    case "string":
      return textForm;
    case "boolean":
      return boolForm;
    case "number":
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? intForm : doubleForm;
    case "bigint":
      return isInt64(value) ? intForm : doubleForm;
    case "object":
      if (value === null) return undefined;
      return Array.isArray(value) ? listForm : value instanceof Uint8Array ? bytesForm : mapForm;
    default:
      return undefined;
  }
}

function each(reader: BinaryReader, read: () => void): void {
  walk(reader, endOf(reader), (no, wire) => {
    if (no !== 1) return false;
    expectWire(wire, anyValue);
    read();
    return true;
  });
}

function valuesIn(json: unknown): readonly unknown[] {
  const values: unknown = isObject(json) ? (json["values"] ?? []) : undefined;
  if (!Array.isArray(values)) throw new Unreadable("an object with a list of values", json);
  return values;
}
