import { isSpanContextValid } from "@opentelemetry/api";
import fc from "fast-check";
import { expect, test } from "vitest";
import { carrierOf, extract, inject, isValid } from "./carrier.ts";

const hex = (digits: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef".split("")), minLength: digits, maxLength: digits });
const anyHex = fc.string({
  unit: fc.constantFrom(..."0123456789abcdefABCDEFg".split("")),
  minLength: 15,
  maxLength: 33,
});

const traceIds = fc.oneof(hex(32), fc.constant("0".repeat(32)), anyHex);
const spanIds = fc.oneof(hex(16), fc.constant("0".repeat(16)), anyHex);
const spans = fc.record({ traceId: traceIds, spanId: spanIds, traceFlags: fc.constantFrom(0, 1) });

/** A `traceparent`, and what is almost one: with characters replaced, left out or added. */
const parents = fc
  .tuple(hex(2), hex(32), hex(16), hex(2), fc.nat(60), fc.string({ maxLength: 2 }), fc.nat(2))
  .map(([version, trace, span, flags, at, instead, out]) => {
    const parent = `${version}-${trace}-${span}-${flags}`;
    return out === 0 && instead === "" ? parent : `${parent.slice(0, at)}${instead}${parent.slice(at + out)}`;
  });

test("says of every span what OpenTelemetry says of it", () => {
  fc.assert(
    fc.property(spans, (span) => {
      expect(isValid(span)).toBe(isSpanContextValid(span));
    }),
  );
});

test("gives back the span that it was given, from its text in a store too", () => {
  fc.assert(
    fc.property(hex(32), hex(16), fc.constantFrom(0, 1), (traceId, spanId, traceFlags) => {
      const span = { traceId, spanId, traceFlags };
      const carrier = inject(span, {});
      const expected = isSpanContextValid(span) ? { span: { ...span, isRemote: true } } : {};
      expect(extract(carrier)).toEqual(expected);
      expect(extract(carrierOf(JSON.stringify(carrier)))).toEqual(expected);
    }),
  );
});

test("reads the text of a carrier as a JSON parser does, whatever stands in it", () => {
  fc.assert(
    fc.property(fc.oneof(parents, fc.string({ maxLength: 60 })), (parent) => {
      const carrier = { traceparent: parent };
      const text = JSON.stringify(carrier);
      expect(carrierOf(text)).toEqual(JSON.parse(text));
      expect(extract(carrierOf(text))).toEqual(extract(carrier));
    }),
  );
});
