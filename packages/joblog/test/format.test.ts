import { expect, test } from "vitest";
import { counted, duration } from "../src/pages/format.ts";

test.each([
  [0, "0 s"],
  [0.0002, "<1 ms"],
  [0.0124, "12 ms"],
  [0.9996, "1 s"],
  [1.236, "1.24 s"],
  [59.94, "59.9 s"],
  [59.97, "1 m"],
  [61, "1 m 1 s"],
  [3599.7, "1 h"],
  [3600, "1 h"],
  [7500, "2 h 5 m"],
  [86_400, "1 d"],
  [180_000, "2 d 2 h"],
])("%d seconds are written as %s", (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test("one of a thing is written in the singular, thousands are kept apart", () => {
  expect([counted(1, "run"), counted(1234, "run"), counted(2, "entry", "entries")]).toEqual([
    "1 run",
    "1,234 runs",
    "2 entries",
  ]);
});
