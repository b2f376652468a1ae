import { expect, test } from "vitest";
import { nextAfter } from "./cron.ts";

const at = (iso: string): number => Date.parse(iso);

test.each([
  ["0 9 * * *", "2026-09-30T09:00:00Z", "2026-10-01T09:00:00Z"],
  ["*/15 * * * *", "2026-09-30T09:14:59Z", "2026-09-30T09:15:00Z"],
  ["30 6 * * 1-5", "2026-10-02T07:00:00Z", "2026-10-05T06:30:00Z"],
  ["0 0 * * 7", "2026-10-01T00:00:00Z", "2026-10-04T00:00:00Z"],
  ["0 0 1,15 * 5", "2026-10-03T00:00:00Z", "2026-10-09T00:00:00Z"],
  ["0 12 29 2 *", "2026-10-01T00:00:00Z", "2028-02-29T12:00:00Z"],
])("%s comes after %s at %s", (expression, after, next) => {
  expect(nextAfter(expression, at(after))).toBe(at(next));
});

test.each(["", "0 9 * *", "61 * * * *", "0 9 * * MON", "5-1 * * * *", "*/0 * * * *", "0 0 30 2 *"])(
  "%j is no rule or never comes",
  (expression) => {
    expect(nextAfter(expression, 0)).toBeUndefined();
  },
);
