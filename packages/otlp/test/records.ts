import * as fc from "fast-check";
import type { Received } from "../src/index.ts";

const text = fc.string({ unit: "binary", maxLength: 200 });
const hex = (length: number): fc.Arbitrary<string> =>
  fc
    .uint8Array({ minLength: length, maxLength: length })
    .filter((bytes) => bytes.some((byte) => byte !== 0))
    .map((bytes) => Buffer.from(bytes).toString("hex"));

const number = fc.oneof(fc.maxSafeInteger(), fc.double({ noNaN: true }), fc.constantFrom(0, -0, Number.NaN, 2 ** 60));
const beyond = fc
  .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  .filter((value) => !Number.isSafeInteger(Number(value)));
const key = fc.oneof(text, fc.constantFrom("__proto__", "constructor", "", "job.id"));

const value = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    text,
    fc.boolean(),
    number,
    beyond,
    fc.constant(null),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie("any"), { maxLength: 4 }),
    fc.dictionary(key, tie("any"), { maxKeys: 4, noNullPrototype: false }),
  ),
})).any;

const attributes = fc.dictionary(key, value, { maxKeys: 12 });
const time = fc.tuple(fc.integer({ min: 1, max: 18_446_744_072 }), fc.integer({ min: 0, max: 999_999_999 }));

const span = fc.record({ traceId: hex(16), spanId: hex(8), traceFlags: fc.integer({ min: 0, max: 255 }) });

const record = fc.record(
  {
    eventName: text.filter((name) => name !== ""),
    time,
    observed: time,
    severity: fc.integer({ min: 0, max: 24 }),
    body: value.filter((body) => body !== null),
    attributes,
    span,
  },
  { requiredKeys: ["observed", "severity", "attributes"] },
);

const scope = fc.record({ name: text, version: text.filter((version) => version !== "") }, { requiredKeys: ["name"] });

/** Records as `decodeLogs` gives them: with everything that the wire can hold. */
export const received: fc.Arbitrary<readonly Received[]> = fc.array(
  fc.record({ record, resource: fc.record({ attributes }), scope }),
  { maxLength: 6 },
);
