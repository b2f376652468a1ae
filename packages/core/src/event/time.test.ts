import type { HrTime } from "@opentelemetry/api";
import fc from "fast-check";
import { expect, it } from "vitest";
import {
  compareTimes,
  fromIso,
  fromMillis,
  isTime,
  isoOfMillis,
  later,
  now,
  secondsBetween,
  toIso,
  toMillis,
} from "./time.ts";

const times: fc.Arbitrary<HrTime> = fc.tuple(
  fc.integer({ min: 0, max: 4_102_444_800 }),
  fc.integer({ min: 0, max: 999_999_999 }),
);

it("gives a time that can be sent, from milliseconds of any fraction", () => {
  fc.assert(fc.property(fc.double({ min: 0, max: 4e12, noNaN: true }), (ms) => isTime(fromMillis(ms))));
  expect(fromMillis(1999.999_999_9)).toEqual([2, 0]);
  expect(fromMillis(1_800_000_000_123.5)).toEqual([1_800_000_000, 123_500_000]);
});

it("keeps a time to the nanosecond as ISO text", () => {
  fc.assert(
    fc.property(times, (time) => {
      expect(fromIso(toIso(time))).toEqual(time);
    }),
  );
  expect(toIso([0, 1_000_000])).toBe("1970-01-01T00:00:00.001Z");
  expect(toIso([0, 1])).toBe("1970-01-01T00:00:00.000000001Z");
  expect(isoOfMillis(5)).toBe("1970-01-01T00:00:00.005Z");
});

it("reads a zone, and nothing that is not a time with one", () => {
  expect(fromIso("2027-01-15T05:30:00.5+02:30")).toEqual(fromIso("2027-01-15T03:00:00.500Z"));
  expect(fromIso("2027-01-15T05:30:00+0230")).toEqual(fromIso("2027-01-15T03:00:00Z"));
  for (const text of ["", "2027-01-15", "2027-01-15T03:00:00", "2027-13-45T03:00:00Z", "yesterday"])
    expect(fromIso(text)).toBeUndefined();
});

it("compares and measures", () => {
  fc.assert(
    fc.property(times, times, (a, b) => {
      expect(Math.sign(compareTimes(a, b))).toBe(-Math.sign(compareTimes(b, a)) + 0);
      expect(later(a, b)).toEqual(later(b, a));
      expect(Math.sign(secondsBetween(a, b)) + 0).toBe(Math.sign(compareTimes(b, a)) + 0);
    }),
  );
  expect(secondsBetween([1, 900_000_000], [3, 100_000_000])).toBeCloseTo(1.2, 9);
  expect(toMillis([2, 500_000])).toBe(2000.5);
});

it("gives the wall-clock time", () => {
  const [before, told, after] = [Date.now(), toMillis(now()), Date.now()];
  expect(told).toBeGreaterThan(before - 10);
  expect(told).toBeLessThan(after + 10);
});

it.each([
  [[Number.NaN, 0]],
  [[-1, 0]],
  [[0, 1e9]],
  [[0, -1]],
  [[0.5, 0]],
  [[0, 0.5]],
  [[Infinity, 0]],
  [[18_446_744_073, 709_551_616]],
] as const)("knows that %j cannot be sent", ([seconds, nanos]) => {
  expect(isTime([seconds, nanos])).toBe(false);
});
