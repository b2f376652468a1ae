import fc from "fast-check";
import { expect, test } from "vitest";
import { readJob } from "../src/job.ts";
import type { Agenda, Attributes } from "../src/job.ts";

const agenda: Agenda = { attrs: {}, definitions: { mail: { backoff: () => 20 } }, db: { tableName: "agenda_jobs" } };
const at = (iso: string): Date => new Date(iso);

const attrs: Attributes = {
  _id: "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed",
  name: "mail",
  data: { to: "ann" },
  priority: 10,
  nextRunAt: at("2026-01-01T01:00:00.000Z"),
  lastRunAt: at("2026-01-01T00:00:00.100Z"),
  failCount: 1,
  repeatInterval: "1 hour",
};
const due = at("2026-01-01T00:00:00.000Z");

test("each time of a schedule is a job of its own, with the time that was meant and the next one", () => {
  expect(readJob({ agenda, attrs, due })).toMatchObject({
    namespace: "agenda_jobs",
    queue: "mail",
    schedule: "mail",
    expression: "1 hour",
    id: attrs._id,
    identity: `${String(attrs._id)}@2026-01-01T00:00:00.000Z`,
    nominal: due.getTime(),
    next: attrs.nextRunAt?.getTime(),
    trigger: "interval",
    attempt: 2,
    runMark: String(attrs.lastRunAt?.getTime()),
  });
});

test.each([
  ["5 minutes", "interval"],
  [60_000, "interval"],
  ["*/5 * * * *", "cron"],
  ["0 0 3 * * 1-5", "cron"],
])("what repeats by %s is made by %s", (repeatInterval, trigger) => {
  expect(readJob({ agenda, attrs: { ...attrs, repeatInterval }, due }).trigger).toBe(trigger);
});

test("a failure before does not count where nothing is tried again", () => {
  const { attempt, runNumber } = readJob({ agenda: { ...agenda, definitions: {} }, attrs, due });
  expect([attempt, runNumber]).toEqual([1, 1]);
});

test("an odd field of a job costs what is read from it, and nothing else", () => {
  const whole = readJob({ agenda, attrs, due });
  const depends: Readonly<Record<string, readonly string[]>> = {
    _id: ["id", "identity"],
    name: ["queue", "name", "schedule", "attempt", "runNumber"],
    data: ["input"],
    priority: ["priority"],
    nextRunAt: ["next"],
    lastRunAt: ["runMark"],
    failCount: ["attempt", "runNumber"],
    repeatInterval: ["schedule", "expression", "timezone", "identity", "nominal", "next", "trigger"],
  };
  const odd = fc.oneof(fc.anything(), fc.constant("throws"));
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(depends)), odd, (key, value) => {
      const job = Object.defineProperty({ ...attrs }, key, {
        get() {
          if (value === "throws") throw new Error("a getter that throws");
          return value;
        },
      });
      const reading = readJob({ agenda, attrs: job, due });
      for (const field of Object.keys(whole) as (keyof typeof whole)[])
        if (depends[key]?.includes(field) !== true) expect([field, reading[field]]).toEqual([field, whole[field]]);
    }),
  );
});
