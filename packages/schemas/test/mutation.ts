import * as fc from "fast-check";
import type { Json, JsonObject } from "../src/json.ts";
import { anything } from "./arbitrary.ts";

/** What goes wrong with records: a field dropped, of another type, too deep, a name that is none, text that is no JSON. */
export const mutated = (records: fc.Arbitrary<JsonObject>): fc.Arbitrary<unknown> =>
  fc
    .tuple(records, fc.array(fc.tuple(fc.nat(), strange), { minLength: 1, maxLength: 3 }), fc.nat(), encodings)
    .map(([record, changes, place, encode]) =>
      encode(
        changes.reduce<Json>((value, [where, change]) => changedAt(value, where, change), record),
        place,
      ),
    );

const deep = (levels: number): Json => {
  let value: Json = "deep";
  for (let i = 0; i < levels; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
};

const gone = Symbol("gone");

const strange: fc.Arbitrary<Json | typeof gone> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(gone) },
  { weight: 4, arbitrary: anything },
  fc.constantFrom<Json>(
    "2024-02-30T00:00:00Z",
    "2024-13-01",
    "not a time",
    1e300,
    -1,
    {},
    [],
    [[]],
    null,
    "\uD800",
    "é".repeat(2000),
  ),
  fc.constantFrom(100, 990, 1001, 3000).map(deep),
);

/** A value with one place in it changed, found by counting. */
function changedAt(value: Json, place: number, change: Json | typeof gone): Json {
  if (typeof value !== "object" || value === null || "rawJSON" in value) return change === gone ? null : change;
  const keys = Object.keys(value);
  const key = keys[place % (keys.length + 1)];
  if (key === undefined)
    return change === gone ? value : (Object.fromEntries([...Object.entries(value), ["extra", change]]) as Json);
  const below = (value as JsonObject)[key] as Json;
  const isInner = typeof below === "object" && below !== null && place % 3 !== 0 && Object.keys(below).length > 0;
  const instead = isInner ? changedAt(below, Math.floor(place / 3), change) : change;
  if (Array.isArray(value))
    return value.map((each: Json, i) => (String(i) === key ? (instead === gone ? null : instead) : each)) as Json;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]) =>
      name !== key ? [[name, each]] : instead === gone ? [] : [[name, instead]],
    ),
  ) as Json;
}

type Encode = (value: Json, place: number) => unknown;

const encodings: fc.Arbitrary<Encode> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Encode>((value) => JSON.stringify(value)) },
  { weight: 2, arbitrary: fc.constant<Encode>((value) => value) },
  fc.constantFrom<Encode>(
    (value) => `\uFEFF${JSON.stringify(value)}`,
    (value) => `\r\n${JSON.stringify(value).replace(/^[[{]/, "$&\r\n")}\r\n`,
    (value) => Buffer.from(JSON.stringify(value), "utf8").toString("latin1"),
    (value, place) => JSON.stringify(value).slice(0, -1 - (place % 20)),
    (value, place) => `${JSON.stringify(value).slice(0, place % 40)}\u0001`,
    (value) => `{"__proto__":{"polluted":true},${JSON.stringify(value).slice(1)}`,
    (value) => [value],
    (value) => new Map([[1, value]]),
    () => undefined,
    () => "",
  ),
);
