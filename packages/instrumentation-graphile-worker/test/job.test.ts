import fc from "fast-check";
import { expect, test } from "vitest";
import { flagOf, readJob, withoutFlag } from "../src/job.ts";
import type { Job } from "../src/job.ts";

const at = (iso: string): Date => new Date(iso);

const row: Job = {
  id: "7",
  task_identifier: "mail",
  payload: { _cron: { ts: "2026-01-01T00:00:00.000Z", backfilled: true } },
  priority: 0,
  run_at: at("2026-01-01T00:10:00.000Z"),
  created_at: at("2026-01-01T00:00:00.000Z"),
  updated_at: at("2026-01-01T00:00:00.000Z"),
  attempts: 2,
  max_attempts: 25,
  last_error: null,
  key: null,
  revision: 0,
  locked_at: at("2026-01-01T00:10:01.000Z"),
  flags: null,
};

test("a job's row is read with its cron time, and its run by its lock", () => {
  expect(readJob({ job: row, schema: "jobs" })).toMatchObject({
    namespace: "jobs",
    queue: "mail",
    schedule: "mail",
    id: "7",
    created: Date.parse("2026-01-01T00:00:00.000Z"),
    nominal: Date.parse("2026-01-01T00:00:00.000Z"),
    delay: 600_000,
    trigger: "cron",
    maxAttempts: 25,
    attempt: 2,
    runMark: `${Date.parse("2026-01-01T00:10:01.000Z")}.2`,
  });
});

test("the host is shown its own flags, and what travels is read all the same", () => {
  const carrier = { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" };
  const job = withoutFlag({ ...row, flags: { theirs: true, [flagOf(carrier)]: true } });
  expect(job.flags).toEqual({ theirs: true });
  expect(readJob({ job, schema: "jobs" }).carried).toEqual(carrier);
  expect(withoutFlag({ ...row, flags: { [flagOf(carrier)]: true } }).flags).toBeNull();
});

test("an odd field of a row costs what is read from it, and nothing else", () => {
  const whole = readJob({ job: row, schema: "jobs" });
  const depends: Readonly<Record<string, readonly string[]>> = {
    id: ["id"],
    task_identifier: ["queue", "name", "schedule"],
    payload: ["input", "nominal", "trigger", "schedule"],
    run_at: ["delay", "ready"],
    created_at: ["created"],
    locked_at: ["runMark"],
    attempts: ["runNumber", "attempt", "runMark"],
  };
  const odd = fc.oneof(fc.anything(), fc.constant("throws"));
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(depends)), odd, (key, value) => {
      const job = Object.defineProperty({ ...row }, key, {
        get() {
          if (value === "throws") throw new Error("a getter that throws");
          return value;
        },
      });
      const reading = readJob({ job, schema: "jobs" });
      for (const field of Object.keys(whole) as (keyof typeof whole)[])
        if (depends[key]?.includes(field) !== true) expect([field, reading[field]]).toEqual([field, whole[field]]);
    }),
  );
});
