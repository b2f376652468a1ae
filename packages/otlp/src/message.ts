import { WireType } from "@bufbuild/protobuf/wire";
import type { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import type { Field } from "./field.ts";
import { isObject } from "./json.ts";
import type { Kind } from "./kind.ts";
import { spend } from "./limits.ts";
import type { Limits } from "./limits.ts";
import { endOf, walk } from "./protobuf.ts";
import { Unreadable, within } from "./unreadable.ts";

/** The table of a message: a field for each property of what it is read to. Absent stays absent, also where it has a default. */
export type Fields<T> = { readonly [K in keyof T]-?: Field<Exclude<T[K], undefined>> };

/** A message: a kind whose values can also be filled in place, so that what was read before a fault is kept. */
export interface Message<T> extends Kind<T> {
  fill(into: T, reader: BinaryReader, end: number, limits: Limits): void;
  fillFromJson(into: T, json: unknown, limits: Limits): void;
  writeFields(writer: BinaryWriter, value: T): void;
}

/** A message from its table. Fields that are not in the table are skipped. */
export function message<T extends object>(fields: Fields<T>): Message<T> {
  const rows = Object.entries<Field<unknown>>(fields).map(([name, field]) => ({
    name: name as keyof T & string,
    field,
  }));
  return { wire: WireType.LengthDelimited, ...fromProtobuf(rows), ...fromJson(rows), ...toWire(rows) };
}

interface Row<T> {
  readonly name: keyof T & string;
  readonly field: Field<unknown>;
}

function fromProtobuf<T extends object>(rows: readonly Row<T>[]): Pick<Message<T>, "fill" | "read"> {
  const byNumber = new Map(rows.map((row) => [row.field.no, row]));
  const fill: Message<T>["fill"] = (into, reader, end, limits) =>
    walk(reader, end, (no, wire) => {
      const row = byNumber.get(no);
      if (row !== undefined) put(into, row, (before) => row.field.read(reader, wire, limits, before));
      return row !== undefined;
    });
  return {
    fill,
    read: (reader, limits) => filled(limits, (into: T) => fill(into, reader, endOf(reader), limits)),
  };
}

function fromJson<T extends object>(rows: readonly Row<T>[]): Pick<Message<T>, "fillFromJson" | "fromJson"> {
  const fillFromJson: Message<T>["fillFromJson"] = (into, json, limits) => {
    if (!isObject(json)) throw new Unreadable("an object", json);
    for (const row of rows) {
      const value = json[row.name];
      if (value !== undefined && value !== null) put(into, row, (before) => row.field.fromJson(value, limits, before));
    }
  };
  return {
    fillFromJson,
    fromJson: (json, limits) => filled(limits, (into: T) => fillFromJson(into, json, limits)),
  };
}

function toWire<T extends object>(rows: readonly Row<T>[]): Pick<Message<T>, "writeFields" | "write" | "toJson"> {
  const writeFields: Message<T>["writeFields"] = (writer, value) => {
    for (const { name, field } of rows) if (value[name] !== undefined) field.write(writer, value[name]);
  };
  return {
    writeFields,
    write(writer, value) {
      writeFields(writer.fork(), value);
      writer.join();
    },
    toJson: (value) =>
      Object.fromEntries(
        rows.flatMap(({ name, field }) => (value[name] === undefined ? [] : [[name, field.toJson(value[name])]])),
      ),
  };
}

function filled<T extends object>(limits: Limits, fill: (into: T) => void): T {
  spend(limits);
  const into = {} as T;
  fill(into);
  return into;
}

function put<T extends object>(into: T, { name, field }: Row<T>, read: (before: unknown) => unknown): void {
  try {
    const before = (into[name] ??= field.empty?.() as T[typeof name]);
    into[name] = read(before) as T[typeof name];
  } catch (error) {
    throw within(name, error);
  }
}
