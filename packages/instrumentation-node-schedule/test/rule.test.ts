import { expect, test } from "vitest";
import { specOf } from "../src/job.ts";

test.each([
  ["a pattern", "*/5 * * * *", { isOnce: false, expression: "*/5 * * * *", timezone: undefined }],
  ["a date", new Date(0), { isOnce: true, expression: undefined, timezone: undefined }],
  ["a date as text", "2030-01-01T12:00:00Z", { isOnce: true, expression: undefined, timezone: undefined }],
  ["milliseconds", 1_893_499_200_000, { isOnce: true, expression: undefined, timezone: undefined }],
  ["an object", { hour: 14, minute: 30 }, { isOnce: false, expression: "hour=14 minute=30", timezone: undefined }],
  [
    "a rule with a time zone",
    { dayOfWeek: [0, 6], hour: 9, month: null, tz: "Asia/Tokyo" },
    { isOnce: false, expression: "dayOfWeek=[0,6] hour=9", timezone: "Asia/Tokyo" },
  ],
  [
    "a pattern with limits",
    { rule: "0 9 * * *", start: new Date(0), tz: "Europe/Berlin" },
    { isOnce: false, expression: "0 9 * * *", timezone: "Europe/Berlin" },
  ],
])("%s is read as the host wrote it", (_, given, spec) => {
  expect(specOf(given)).toEqual(spec);
});
