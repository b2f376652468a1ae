import fc from "fast-check";
import type { HrTime } from "@opentelemetry/api";
import { expect, it } from "vitest";
import { after, tell } from "../../test/story.ts";
import { aheadSeconds, clampTimes } from "./clamp.ts";
import { fold } from "../fold/fold.ts";
import { compareTimes, isTime, later, toIso } from "./time.ts";

const received = after(100);

it("leaves an event as it is whose clock is no more than a day ahead", () => {
  const event = tell("job.queued", 100 + aheadSeconds, { "job.created_at": "1970-01-01T00:00:00Z" });
  expect(clampTimes(event, received)).toBe(event);
});

it("takes the time of receipt for a time that is years ahead, and says so", () => {
  const event = tell("job.queued", 315_360_000, {
    "job.created_at": "2037-01-13T08:00:00.000Z",
    "log.record.uid": "r",
  });
  const { time, seen, attributes } = clampTimes(event, received);
  expect({ time, seen, created: attributes["job.created_at"], anomaly: attributes["job.record.anomaly"] }).toEqual({
    time: received,
    seen: received,
    created: "2027-01-15T08:01:40.000Z",
    anomaly:
      "job.created_at is 2037-01-13T08:00:00.000Z, its time is 2037-01-12T08:00:00.000Z, its time of observation is 2037-01-12T08:00:00.000Z; received at 2027-01-15T08:01:40.000Z",
  });
});

it("leaves out a stored time that is no time, says so, and keeps what was odd before", () => {
  const event = tell("job.queued", 5, { "job.created_at": "0001-01-01T00:00:00Z", "job.record.anomaly": "odd" });
  const { attributes } = clampTimes(event, received);
  expect([attributes["job.created_at"], attributes["job.record.anomaly"]]).toEqual([
    undefined,
    "odd; job.created_at is 0001-01-01T00:00:00Z; received at 2027-01-15T08:01:40.000Z",
  ]);
});

it("lets a job be due in ten years", () => {
  const event = tell("job.queued", 5, { "job.available_at": "2037-01-13T08:00:00.000Z" });
  expect(clampTimes(event, received)).toBe(event);
});

it("gives a job times that can be stored and that lie no more than a day ahead, whatever a record says", () => {
  const years = fc.integer({ min: 0, max: 9999 }).map((year) => `${String(year).padStart(4, "0")}-06-01T00:00:00Z`);
  const times: fc.Arbitrary<HrTime> = fc.tuple(fc.integer({ min: 0, max: 18_446_744_072 }), fc.constant(0));
  const latest: HrTime = [received[0] + aheadSeconds, received[1]];
  fc.assert(
    fc.property(years, times, times, (created, time, seen) => {
      const event = clampTimes(tell("job.queued", 0, { "job.created_at": created }, { time, seen }), received);
      const [job] = fold([event]);
      const last = job?.last ?? [0, 0];
      const queued = job?.queued ?? [0, 0];
      expect(isTime(queued) && isTime(last)).toBe(true);
      expect(compareTimes(later(queued, last), latest)).toBeLessThanOrEqual(0);
      expect(toIso(queued)).toMatch(/^[12]\d{3}-/);
      expect(clampTimes(event, received)).toBe(event);
    }),
  );
});
