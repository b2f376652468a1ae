import { refuse } from "@jobtrail/core/event";
import type { Refusal } from "@jobtrail/core/event";
import { pathOf } from "./json-path.ts";
import { mayEscapeKeys, named, withoutEscapes } from "./json-key.ts";
import { repeatedKey } from "./repeated.ts";

/** A number that no double holds with every digit, as its text: `JSON.stringify` writes it as it was. */
export interface Numeral {
  readonly rawJSON: string;
}

/** A JSON value in which no digit of any number is lost. */
export type Json = string | number | boolean | null | Numeral | readonly Json[] | JsonObject;

/** A JSON object; its own keys are all that it has. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** A number as a record holds it: a double where its usual text is the text that was read, else a numeral. */
export type Digits = number | Numeral;

/** The longest record that is read, in characters. */
export const recordLimit = 1_000_000;

/** How deep objects and lists may be nested in a record. */
export const depthLimit = 1000;

/** What TypeScript's library does not know yet, though Node has it since 21. */
interface ExactJson {
  rawJSON(text: string): Numeral;
  isRawJSON(value: unknown): value is Numeral;
  parse(text: string, reviver: (key: string, value: unknown, context: Context) => unknown): Json;
}

interface Context {
  /** The text of a value that is no object and no list. */
  readonly source?: string;
}

const exact = JSON as unknown as ExactJson;

/** Whether a value is a number that is kept as text. */
export const isNumeral = (value: unknown): value is Numeral => exact.isRawJSON(value);

/** Whether a value is a list. */
export const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

/** Whether a value is a JSON object, and neither a list nor a numeral. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !isNumeral(value);

/** A number from its text: as a double where that says the same, else a numeral. */
export const digitsOf = (text: string): Digits => {
  const number = Number(text);
  return String(number) === text ? number : exact.rawJSON(text);
};

/** The text of a number, with every digit that was written. */
export const textOfDigits = (digits: Digits): string => (typeof digits === "number" ? String(digits) : digits.rawJSON);

/** The double that is nearest to a number. */
export const numberOf = (digits: Digits): number => (typeof digits === "number" ? digits : Number(digits.rawJSON));

// Numbers with a point, an exponent, sixteen digits or a negative zero may not be what a double writes. Where a digit
// stands before a colon it is a time in a text. Each text is searched, so that the first character decides nearly all,
// and the digits of a number that is none of these are gone through once.
const mayLoseDigits = /[:[,](?<!\d:)\s*-?\d(?:(?!\d{0,14}[^\d.eE])|(?<=-0))/;

/** A parsed text: the value with every digit, and the same with plain numbers, which is what a shape looks at. */
export interface Parsed {
  readonly value: Json;
  readonly plain: unknown;
}

/** Reads JSON text, with or without a byte order mark. What it cannot read is not repeated: it may hold secrets. */
export function parseText(text: string): Parsed | Refusal {
  if (text.length > recordLimit) return refuse("record", `at most ${recordLimit} characters`, text.length);
  const json = text.startsWith("\uFEFF") ? text.slice(1) : text;
  try {
    const plain: unknown = JSON.parse(json);
    if (isTooDeep(plain, json)) return tooDeep;
    const repeated = repeatedKey(json, plain);
    if (repeated !== undefined) return { ...refuse(repeated, "each key once", undefined), found: "the same key twice" };
    if (mayEscapeKeys(json)) return withNames(withoutEscapes(json));
    return { value: typeof plain === "number" || mayLoseDigits.test(json) ? withDigits(json) : (plain as Json), plain };
  } catch (error) {
    const at = error instanceof SyntaxError ? /position (\d+)/.exec(error.message)?.[1] : undefined;
    return {
      ...refuse("record", "JSON text", undefined),
      found: at === undefined ? foundNoJson : `${foundNoJson} from character ${at} on`,
    };
  }
}

const foundNoJson = "a text that is no JSON";

const withDigits = (json: string): Json => exact.parse(json, (_key, value, context) => revived(value, context));

const revived = (value: unknown, { source }: Context): unknown =>
  typeof value === "number" && source !== undefined && String(value) !== source ? exact.rawJSON(source) : value;

const withNames = (json: string): Parsed => ({
  value: exact.parse(json, (_key, value, context) => named(revived(value, context))),
  plain: JSON.parse(json, (_key, value: unknown) => named(value)),
});

/** Reads what is JSON already, as a value of its own; what JSON cannot hold is refused with its path. */
export function parseValue(input: unknown): Parsed | Refusal {
  const found: Found = { size: 0, hasNumerals: false };
  const value = copied(input, [], found);
  if (found.refusal !== undefined) return found.refusal;
  return { value, plain: found.hasNumerals ? JSON.parse(JSON.stringify(value)) : value };
}

interface Found {
  size: number;
  hasNumerals: boolean;
  refusal?: Refusal;
}

/** A copy that has no getters, no prototypes and no cycles: those would be too deep. */
function copied(value: unknown, path: readonly (string | number)[], found: Found): Json {
  found.size += 1 + (typeof value === "string" ? value.length : 0);
  if (found.size > recordLimit) found.refusal ??= refuse("record", `at most ${recordLimit} characters`, found.size);
  if (found.refusal !== undefined) return null;
  if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
  if (typeof value === "number" || typeof value === "bigint" || isNumeral(value))
    return copiedNumber(value, path, found);
  if (path.length >= depthLimit) found.refusal = tooDeep;
  else if (Array.isArray(value)) return value.map((each, i) => copied(each, [...path, i], found));
  else if (isPlain(value)) return copiedObject(value, path, found);
  else found.refusal = refuse(pathOf(path), "a JSON value", value);
  return null;
}

function copiedNumber(value: number | bigint | Numeral, path: readonly (string | number)[], found: Found): Json {
  if (typeof value === "number" && !Number.isFinite(value)) found.refusal = refuse(pathOf(path), "a JSON value", value);
  if (typeof value === "number" && !Object.is(value, -0)) return value;
  const digits = isNumeral(value) ? digitsOf(value.rawJSON) : digitsOf(Object.is(value, -0) ? "-0" : String(value));
  if (isNumeral(digits)) found.hasNumerals = true;
  return digits;
}

function copiedObject(value: object, path: readonly (string | number)[], found: Found): JsonObject {
  const copy: Record<string, Json> = {};
  for (const [key, each] of Object.entries(value))
    if (each !== undefined) put(copy, key, copied(each, [...path, key], found));
  return copy;
}

const isPlain = (value: unknown): value is object => {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
};

const tooDeep: Refusal = {
  ...refuse("record", `at most ${depthLimit} levels of objects and lists`, undefined),
  found: "more",
};

const isTooDeep = (value: unknown, json: string): boolean => mayBeDeep(json) && isDeeper(value, depthLimit);

/** Whether a text has so many brackets that it may be too deep: most have a few, which are quickly counted. */
function mayBeDeep(json: string): boolean {
  if (json.length <= depthLimit * 2) return false;
  let count = 0;
  for (const bracket of brackets)
    for (let i = json.indexOf(bracket); i >= 0; i = json.indexOf(bracket, i + 1)) if (++count > depthLimit) return true;
  return false;
}

const brackets = ["{", "["] as const;

const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === "object" &&
  value !== null &&
  (levels === 0 || Object.values(value).some((each) => isDeeper(each, levels - 1)));

/** Sets an object's own key, also one that assignment would take for the prototype. */
export function put(object: Record<string, Json>, key: string, value: Json): void {
  if (key === "__proto__")
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
  else object[key] = value;
}

/** The JSON text of a value, with every digit of its numbers. */
export const textOf = (value: Json): string => JSON.stringify(value);
