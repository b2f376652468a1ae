import fc from "fast-check";
import satisfies from "semver/functions/satisfies.js";
import { expect, test } from "vitest";
import { filesOf, includes, variantOf } from "../src/system.ts";
import { sample } from "./sample.ts";

const number = fc.nat({ max: 12 });
const version = fc.tuple(number, number, number).map((numbers) => numbers.join("."));
const bound = fc
  .tuple(number, fc.option(number), fc.option(number))
  .map(([major, minor, patch]) =>
    [major, minor, minor === null ? null : patch].filter((part) => part !== null).join("."),
  );

test("a range takes the versions that semver says it takes", () => {
  fc.assert(
    fc.property(version, version, bound, (each, from, below) => {
      const range = `>=${from} <${below}`;
      expect([range, each, includes(range, each)]).toEqual([range, each, satisfies(each, range)]);
    }),
    { numRuns: 2000 },
  );
});

test("what is no version lies in no range, and one that comes before or after a release lies where that does", () => {
  const range = ">=6.0.0 <7";
  expect(
    ["", "latest", "6", "6.1", "6.0.0-rc.1", "7.0.0-beta.2", "6.2.0+build"].map((each) => includes(range, each)),
  ).toEqual([false, false, true, true, true, false, true]);
});

test("a version's variant, and the files of all", () => {
  expect(variantOf(sample, "sample-jobs", "2.5.0")?.name).toBe("sample 2");
  expect(variantOf(sample, "sample-jobs", "3.0.0")).toBeUndefined();
  expect(variantOf(sample, "other", "2.5.0")).toBeUndefined();
  expect(filesOf(sample)).toEqual([{ module: "sample-jobs", file: "." }]);
});
