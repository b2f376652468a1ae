import fc from "fast-check";
import { attributes as registry, events } from "@jobtrail/conventions";
import type { EventName } from "@jobtrail/conventions";
import type { JobEvent } from "../src/event/event.ts";
import { after } from "./story.ts";

/** Texts as they come: long ones, lone surrogates, many bytes per character. */
export const texts: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.array(fc.integer({ min: 0xd7f0, max: 0xe010 }), { maxLength: 12 }).map((codes) => String.fromCharCode(...codes)),
  fc
    .tuple(fc.constantFrom("x", "é", "漢", "🙂", "\uD83D", "\u0000", "🙂\uD83D"), fc.integer({ min: 1, max: 40_000 }))
    .map(([piece, n]) => piece.repeat(n)),
);

/** Anything at all that could stand where a value is wanted. */
export const values: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: texts },
  fc.double(),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -0, 2 ** 60, 0.5),
  fc.integer(),
  fc.boolean(),
  fc.bigInt(),
  fc.array(texts, { maxLength: 40 }),
  fc.constantFrom(
    null,
    undefined,
    Symbol("s"),
    () => 1,
    new Date(0),
    new Error("e"),
    new Map([[1, 2]]),
    [, "hole"],
    {},
  ),
  fc.dictionary(texts, fc.integer(), { maxKeys: 3, noNullPrototype: false }),
);

const names = Object.keys(registry).filter((key) => !key.endsWith("<key>"));
const enumerated = Object.entries(registry).filter(([, { values: allowed }]) => allowed !== undefined);

const keys: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...names) },
  texts.map((text) => `job.counter.${text}`),
  fc.constantFrom("__proto__", "constructor", "toString", "", "bullmq.stamp", "1"),
  texts,
);

const bags = fc.oneof(
  fc.array(fc.tuple(keys, values), { maxLength: 20 }),
  fc.array(fc.tuple(keys, values), { minLength: 50, maxLength: 120 }),
  fc.array(
    fc.tuple(
      fc.integer().map((n) => `made.${n}`),
      texts,
    ),
    { minLength: 40, maxLength: 100 },
  ),
  fc.array(
    fc.tuple(
      fc.integer().map((n) => `made.${n}`),
      fc.constant(Array<string>(30).fill("漢".repeat(160))),
    ),
    {
      maxLength: 8,
    },
  ),
);

/** An object of the given entries, also of those that plain assignment would lose. */
function bagOf(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const bag: Record<string, unknown> = {};
  for (const [key, value] of entries) Object.defineProperty(bag, key, { value, enumerable: true, configurable: true });
  return bag;
}

const error = fc.record(
  { type: fc.oneof(texts, fc.integer()), message: fc.oneof(texts, fc.integer()), stack: texts },
  { requiredKeys: ["type"] },
);

/** Any event whatever, sensible or not, that names its system. */
export const weirdEvents: fc.Arbitrary<JobEvent> = fc
  .record({
    name: fc.constantFrom(...(Object.keys(events) as EventName[])),
    time: fc.option(fc.nat().map(after), { nil: undefined }),
    seen: fc.nat().map(after),
    attributes: bags,
    valid: fc.subarray(enumerated.map(([key, { values: allowed }]) => [key, allowed?.[0]] as const)),
    own: fc.option(bags, { nil: undefined }),
    error: fc.option(error, { nil: undefined }),
    original: fc.option(texts, { nil: undefined }),
    system: texts,
  })
  .map(({ name, time, seen, attributes, valid, own, error: thrown, original, system }) => ({
    name,
    ...(time !== undefined && { time }),
    seen,
    attributes: bagOf([...attributes, ...valid, ["job.system.name", system]]) as JobEvent["attributes"],
    ...(own !== undefined && { own: bagOf(own) }),
    ...(thrown !== undefined && { error: thrown as NonNullable<JobEvent["error"]> }),
    ...(original !== undefined && { original }),
  }));
