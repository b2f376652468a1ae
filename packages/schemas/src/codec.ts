import { isRefusal, textLimit } from "@jobtrail/core/event";
import { digitsOf, isNumeral, parseText, textOf, textOfDigits } from "./json.ts";
import type { Json } from "./json.ts";
import { isoOfSeconds, leading, parseIso } from "./moment.ts";

/** What an attribute can be. */
export type Value = string | number | boolean | readonly string[];

/** How the value of a field becomes an attribute, and comes back. */
export interface Codec {
  /** What stands in the field, for people. */
  readonly expected: string;
  /** The attribute's value; nothing where an attribute cannot hold it exactly. */
  encode(value: Json): Value | undefined;
  /** The field's value; nothing where the attribute holds no such thing. */
  decode(value: unknown): Json | undefined;
}

// The limits that a record's reader keeps to: what exceeds them would come back cut.
const mostItems = 32;
const longestItem = 160;

const isText = (value: unknown, limit: number): value is string =>
  typeof value === "string" && value.length <= limit && value.isWellFormed();

const text: Codec = {
  expected: "a text",
  encode: (value) => (isText(value, textLimit) ? value : undefined),
  decode: (value) => (typeof value === "string" ? value : undefined),
};

const number: Codec = {
  expected: "a number",
  encode: (value) => (typeof value === "number" ? value : undefined),
  decode: (value) => (typeof value === "number" && Number.isFinite(value) ? value : undefined),
};

const boolean: Codec = {
  expected: "true or false",
  encode: (value) => (typeof value === "boolean" ? value : undefined),
  decode: (value) => (typeof value === "boolean" ? value : undefined),
};

const scalar: Codec = {
  expected: "a text, a number, true or false",
  encode: (value) => text.encode(value) ?? number.encode(value) ?? boolean.encode(value),
  decode: (value) => text.decode(value) ?? number.decode(value) ?? boolean.decode(value),
};

const list: Codec = {
  expected: "a list of texts",
  encode: (value) =>
    Array.isArray(value) && value.length <= mostItems && value.every((each) => isText(each, longestItem))
      ? value
      : undefined,
  decode: (value) => (Array.isArray(value) && value.every((each) => typeof each === "string") ? value : undefined),
};

const json: Codec = {
  expected: "a JSON value",
  encode: (value) => text.encode(textOf(value)),
  decode(value) {
    const parsed = typeof value === "string" ? parseText(value) : undefined;
    return parsed === undefined || isRefusal(parsed) ? undefined : parsed.value;
  },
};

/** The last millisecond of the year 9999, after which ISO 8601 needs another form. */
const lastMilli = 253_402_300_799_999;

/** Milliseconds since the Unix epoch, as ISO 8601 with as many digits as were written. */
const millis: Codec = {
  expected: "milliseconds since 1970",
  encode(value) {
    if (typeof value !== "number" && !isNumeral(value)) return undefined;
    if (Number.isInteger(value)) return isoOf(value as number, "");
    const [, whole, fraction = ""] = /^(\d{1,15})(?:\.(\d+))?$/.exec(textOfDigits(value)) ?? [];
    return whole === undefined || fraction.length > longestItem ? undefined : isoOf(Number(whole), fraction);
  },
  decode(value) {
    const time = typeof value === "string" && value.endsWith("Z") ? parseIso(value) : undefined;
    if (time === undefined || time.seconds < 0) return undefined;
    const { seconds, fraction } = time;
    const whole = seconds * 1000 + leading(fraction, 3);
    return fraction.length > 3 ? digitsOf(`${whole}.${fraction.slice(3)}`) : whole;
  },
};

const triples: readonly string[] = Array.from({ length: 1000 }, (_, n) => `.${String(n).padStart(3, "0")}`);

function isoOf(millis: number, fraction: string): string | undefined {
  if (millis < 0 || millis > lastMilli) return undefined;
  const seconds = Math.floor(millis / 1000);
  return `${isoOfSeconds(seconds)}${triples[millis - seconds * 1000]}${fraction}Z`;
}

/** The type of a field: how its value becomes an attribute. `time` is ISO 8601 text, kept as it is. */
export type FieldType = "text" | "time" | "number" | "millis" | "boolean" | "list" | "scalar" | "json";

/** The codecs by the type of a field. */
export const codecs: Readonly<Record<FieldType, Codec>> = {
  text,
  time: { ...text, expected: "an ISO 8601 time with a zone" },
  number,
  millis,
  boolean,
  list,
  scalar,
  json,
};
