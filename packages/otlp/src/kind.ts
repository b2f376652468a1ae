import type { HrTime } from "@opentelemetry/api";
import { WireType } from "@bufbuild/protobuf/wire";
import type { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import type { Limits } from "./limits.ts";
import { Unreadable } from "./unreadable.ts";

/** A kind of value: how it stands in protobuf and in JSON. The reader stands behind the tag. */
export interface Kind<V> {
  readonly wire: WireType;
  read(reader: BinaryReader, limits: Limits): V;
  fromJson(json: unknown, limits: Limits): V;
  write(writer: BinaryWriter, value: V): void;
  toJson(value: V): unknown;
}

/** Text. */
export const text: Kind<string> = {
  wire: WireType.LengthDelimited,
  read: (reader) => reader.string(),
  fromJson: (json) => (typeof json === "string" ? json : expected("text", json)),
  write: (writer, value) => writer.string(value),
  toJson: (value) => value,
};

/** True or false. */
export const bool: Kind<boolean> = {
  wire: WireType.Varint,
  read: (reader) => reader.bool(),
  fromJson: (json) => (typeof json === "boolean" ? json : expected("true or false", json)),
  write: (writer, value) => writer.bool(value),
  toJson: (value) => value,
};

/** A double; in JSON also as text, for what JSON's numbers cannot say. */
export const double: Kind<number> = {
  wire: WireType.Bit64,
  read: (reader) => reader.double(),
  fromJson(json) {
    if (typeof json === "number") return json;
    const value = typeof json === "string" && json.trim() !== "" ? Number(json) : Number.NaN;
    return Number.isNaN(value) && json !== "NaN" ? expected("a number", json) : value;
  },
  write: (writer, value) => writer.double(value),
  toJson: (value) => (Object.is(value, -0) ? "-0" : Number.isFinite(value) ? value : String(value)),
};

/** A whole number of 64 bits: a number where that is exact, else a bigint. In JSON as text or number. */
export const int64: Kind<number | bigint> = {
  wire: WireType.Varint,
  read: (reader) => exact(reader.int64()),
  fromJson: (json) => exact(wholeFromJson(json, -(2n ** 63n), 2n ** 63n)),
  write: (writer, value) => writer.int64(BigInt(value)),
  toJson: String,
};

/** A signed whole number of 64 bits in fixed width, as metric points have it. */
export const sfixed64: Kind<number | bigint> = {
  ...int64,
  wire: WireType.Bit64,
  read: (reader) => exact(reader.sfixed64()),
  write: (writer, value) => writer.sfixed64(BigInt(value)),
};

/** A count in fixed width; a double above 2^53, where it no longer matters. */
export const count: Kind<number> = {
  wire: WireType.Bit64,
  read: (reader) => Number(reader.fixed64()),
  fromJson: (json) => Number(wholeFromJson(json, 0n, 2n ** 64n)),
  write: (writer, value) => writer.fixed64(BigInt(value)),
  toJson: String,
};

/** The flags of a span context. */
export const flags: Kind<number> = {
  wire: WireType.Bit32,
  read: (reader) => reader.fixed32(),
  fromJson: (json) => Number(wholeFromJson(json, 0n, 2n ** 32n)),
  write: (writer, value) => writer.fixed32(value),
  toJson: (value) => value,
};

/** A small whole number. */
export const int32: Kind<number> = {
  wire: WireType.Varint,
  read: (reader) => reader.int32(),
  fromJson: (json) => Number(wholeFromJson(json, -(2n ** 31n), 2n ** 31n)),
  write: (writer, value) => writer.int32(value),
  toJson: (value) => value,
};

/** A time in nanoseconds since the Unix epoch; 0 is `[0, 0]`. Times before it have no form on the wire. */
export const time: Kind<HrTime> = {
  wire: WireType.Bit64,
  read: (reader) => timeOf(BigInt(reader.fixed64())),
  fromJson: (json) => timeOf(wholeFromJson(json, 0n, 2n ** 64n)),
  write: (writer, value) => writer.fixed64(nanosOf(value)),
  toJson: (value) => String(nanosOf(value)),
};

/** An id: bytes in protobuf, hex digits in JSON and here. In JSON what is not hex is an id that is not there. */
export const id: Kind<string> = {
  wire: WireType.LengthDelimited,
  read: (reader) => Buffer.from(reader.bytes()).toString("hex"),
  fromJson(json) {
    if (typeof json !== "string") return expected("hex digits", json);
    return /^[0-9a-f]*$/i.test(json) ? json.toLowerCase() : "";
  },
  write: (writer, value) => writer.bytes(Buffer.from(value, "hex")),
  toJson: (value) => value,
};

/** One of a list of names that stands for its place in the list; a number on the wire and here. */
export const oneOf = (names: readonly string[]): Kind<number> => ({
  ...int32,
  fromJson(json, limits) {
    if (typeof json !== "string") return int32.fromJson(json, limits);
    const value = names.indexOf(json);
    return value < 0 ? expected(`a number or one of ${names.slice(0, 6).join(", ")} …`, json) : value;
  },
});

function expected(what: string, json: unknown): never {
  throw new Unreadable(what, json);
}

const exact = (value: number | bigint | string): number | bigint => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : BigInt(value);
};

function wholeFromJson(json: unknown, from: bigint, below: bigint): bigint {
  const isWhole =
    typeof json === "number" ? Number.isInteger(json) : typeof json === "string" && /^-?\d{1,20}$/.test(json);
  const value = isWhole ? BigInt(json as string | number) : undefined;
  return value === undefined || value < from || value >= below
    ? expected(`a whole number from ${from} to ${below - 1n}`, json)
    : value;
}

const second = 1_000_000_000n;

const timeOf = (nanos: bigint): HrTime => [Number(nanos / second), Number(nanos % second)];

function nanosOf([seconds, nanos]: HrTime): bigint {
  if (!Number.isFinite(seconds) || !Number.isFinite(nanos)) return 0n;
  const value = BigInt(Math.trunc(seconds)) * second + BigInt(Math.trunc(nanos));
  return value < 0n || value >= 2n ** 64n ? 0n : value;
}

/** What a 64-bit integer holds on the wire. */
export const isInt64 = (value: bigint): boolean => value === BigInt.asIntN(64, value);
