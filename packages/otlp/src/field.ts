import { WireType } from "@bufbuild/protobuf/wire";
import type { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import type { Kind } from "./kind.ts";
import { attributeLimit } from "./limits.ts";
import type { Limits } from "./limits.ts";
import { endOf, expectWire } from "./protobuf.ts";
import { Unreadable, within } from "./unreadable.ts";
import { entry, noValues } from "./value.ts";
import type { Values } from "./value.ts";

/** One field of a message: its number, and how what stands on the wire adds to its value. */
export interface Field<V> {
  readonly no: number;
  /** The initial value of a field that is filled step by step. */
  empty?(): V;
  read(reader: BinaryReader, wire: WireType, limits: Limits, before: V): V;
  fromJson(json: unknown, limits: Limits, before: V): V;
  write(writer: BinaryWriter, value: V): void;
  toJson(value: V): unknown;
}

/** A field that stands once. */
export const one = <V>(no: number, kind: Kind<V>): Field<V> => ({
  no,
  read(reader, wire, limits) {
    expectWire(wire, kind);
    return kind.read(reader, limits);
  },
  fromJson: (json, limits) => kind.fromJson(json, limits),
  write: (writer, value) => kind.write(writer.tag(no, kind.wire), value),
  toJson: (value) => kind.toJson(value),
});

/** A field that stands any number of times; numbers may be packed. */
export const many = <V>(no: number, kind: Kind<V>): Field<V[]> => ({
  no,
  empty: () => [],
  read(reader, wire, limits, before) {
    try {
      if (wire === kind.wire) before.push(kind.read(reader, limits));
      else {
        expectWire(wire, { wire: WireType.LengthDelimited });
        const end = endOf(reader);
        while (reader.pos < end) before.push(kind.read(reader, limits));
      }
    } catch (error) {
      throw within(`[${before.length}]`, error);
    }
    return before;
  },
  fromJson(json, limits, before) {
    if (!Array.isArray(json)) throw new Unreadable("a list", json);
    try {
      for (const each of json) before.push(kind.fromJson(each, limits));
    } catch (error) {
      throw within(`[${before.length}]`, error);
    }
    return before;
  },
  write(writer, values) {
    for (const value of values) kind.write(writer.tag(no, kind.wire), value);
  },
  toJson: (values) => values.map((value) => kind.toJson(value)),
});

/** Attributes, with how many entries stood on the wire: equal keys count each. */
export interface Attributes {
  entries: number;
  readonly values: Values;
}

/** Attributes, at most 1024. */
export const attributes = (no: number): Field<Attributes> => ({
  no,
  empty: () => ({ entries: 0, values: noValues() }),
  read(reader, wire, limits, before) {
    expectWire(wire, { wire: WireType.LengthDelimited });
    add(before, 1);
    entry.read(reader, limits, before.values);
    return before;
  },
  fromJson(json, limits, before) {
    if (!Array.isArray(json)) throw new Unreadable("a list of keys with values", json);
    add(before, json.length);
    for (const each of json) entry.fromJson(each, limits, before.values);
    return before;
  },
  write(writer, { values }) {
    for (const key of Object.keys(values)) entry.write(writer.tag(no, WireType.LengthDelimited), key, values[key]);
  },
  toJson: ({ values }) => Object.keys(values).map((key) => entry.toJson(key, values[key])),
});

/** A field that is only counted: how often it stands. */
export const counted = (no: number): Field<number> => ({
  no,
  empty: () => 0,
  read(reader, wire, _, before) {
    expectWire(wire, { wire: WireType.LengthDelimited });
    reader.pos = endOf(reader);
    return before + 1;
  },
  fromJson(json, _, before) {
    if (!Array.isArray(json)) throw new Unreadable("a list", json);
    return before + json.length;
  },
  write: () => undefined,
  toJson: () => undefined,
});

function add(to: Attributes, entries: number): void {
  to.entries += entries;
  if (to.entries > attributeLimit)
    throw new Unreadable(`at most ${attributeLimit} attributes`, `${to.entries} or more`);
}
