import { expect, test } from "vitest";
import { fingerprintOf, patternOf } from "./fingerprint.ts";

test.each([
  ["job 4711 failed after 3.5 s", "job <number> failed after <number> s"],
  ["connect ECONNREFUSED 10.0.3.7:5432", "connect ECONNREFUSED <address>"],
  ["no route to 2001:db8::8a2e:370:7334", "no route to <address>"],
  ["GET https://shop.example/orders/77?x=1 answered 503", "GET <url> answered <number>"],
  ["no account for ann.lee+7@mail.example", "no account for <address>"],
  ["0b5e7f0a-6f0b-4b8e-9a55-2d1f7c1e5a10 is locked", "<id> is locked"],
  ["at 2026-03-02T03:00:00.123Z", "at <time>"],
  ["object 65f1c0ffee12ab34cd56ef78 is gone", "object <id> is gone"],
  ["segmentation fault at 0x7ffe12", "segmentation fault at <id>"],
  ["deadbeef is a word, and so is facade", "deadbeef is a word, and so is facade"],
  ["two\nlines of\n  a message", "two"],
  ["", ""],
])("%j is told by its pattern", (message, pattern) => {
  expect(patternOf(message)).toBe(pattern);
});

test("a message of any length is read in bounded time, and errors of other types are others", () => {
  for (const text of ["1".repeat(1e6), "a:".repeat(1e6), "a@".repeat(1e6), "0a".repeat(1e6), `${"a.".repeat(1e6)}@`])
    expect(patternOf(text).length).toBeLessThanOrEqual(300);
  expect(fingerprintOf({ type: "A", message: "1" })).toBe(fingerprintOf({ type: "A", message: "22" }));
  expect(fingerprintOf({ type: "A", message: "1" })).not.toBe(fingerprintOf({ type: "B", message: "1" }));
});
