import type { Job } from "bullmq";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readJob } from "../src/job.ts";

const sound = {
  id: "7",
  name: "work",
  data: {},
  opts: { attempts: 3, delay: 5, timestamp: 1_700_000_000_000 },
  timestamp: 1_700_000_000_000,
  priority: 2,
  attemptsStarted: 1,
  attemptsMade: 0,
  processedOn: 1_700_000_000_500,
  queue: { name: "mail", qualifiedName: "bull:mail", opts: {} },
};

const odd = fc.oneof(
  fc.anything(),
  fc.constant(Number.NaN),
  fc.constant(Symbol("odd")),
  fc.constant(Object.create(null)),
  fc.constant("throws"),
);

test("an odd field of a job costs that field, and what is read from it, and nothing else", () => {
  const keys = Object.keys(sound) as (keyof typeof sound)[];
  const depends: Readonly<Partial<Record<string, readonly string[]>>> = {
    timestamp: [],
    id: ["id", "nominal"],
    opts: ["created", "delay", "ready", "blocked", "trigger", "maxAttempts", "carried"],
    data: ["input"],
    attemptsStarted: ["runNumber", "runMark", "ready", "attempt"],
    attemptsMade: ["attempt"],
    processedOn: ["runMark"],
    queue: ["namespace", "queue"],
  };
  const whole = readJob(sound as unknown as Job);
  fc.assert(
    fc.property(fc.constantFrom(...keys), odd, (key, value) => {
      const job = Object.defineProperty({ ...sound, queue: { ...sound.queue } }, key, {
        get() {
          if (value === "throws") throw new Error("a getter that throws");
          return value;
        },
      });
      const reading = readJob(job as unknown as Job);
      const touched = new Set(depends[key] ?? [key]);
      for (const field of Object.keys(whole) as (keyof typeof whole)[])
        if (!touched.has(field)) expect([key, field, reading[field]]).toEqual([key, field, whole[field]]);
      expect([undefined, "string"]).toContain(reading.id === undefined ? undefined : typeof reading.id);
      expect(reading.created === undefined || Number.isFinite(reading.created)).toBe(true);
    }),
    { numRuns: 1000 },
  );
});
