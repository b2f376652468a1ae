import { expect, test } from "vitest";
import { circles } from "./circle.ts";

const files = (edges: Readonly<Record<string, readonly string[]>>): Map<string, readonly string[]> =>
  new Map(Object.entries(edges));

test("files that import downwards make no circle, however often one is reached", () => {
  expect(circles(files({ a: ["b", "c"], b: ["c"], c: ["node:fs"] }))).toEqual([]);
});

test("a circle is named from a file back to itself, without those that only lead to it", () => {
  expect(circles(files({ door: ["a"], a: ["b"], b: ["c"], c: ["a"] }))).toEqual([["a", "b", "c", "a"]]);
});

test("a file that imports itself is a circle", () => {
  expect(circles(files({ a: ["a"] }))).toEqual([["a", "a"]]);
});
