import { events } from "@jobtrail/conventions";
import type { EventName } from "@jobtrail/conventions";
import { expect, it } from "vitest";
import { after, tell, tellRun, uid } from "../../test/story.ts";
import type { LogData } from "./record.ts";
import { fromRecord, isEventName, toRecord } from "./record.ts";

const record = (more: Partial<LogData>): LogData => ({ ...toRecord(tell("job.queued", 0)), ...more });

it("writes an event as a record that stands alone", () => {
  const span = { traceId: "a".repeat(32), spanId: "b".repeat(16), traceFlags: 1 };
  const event = tellRun(
    2,
    "job.run.ended",
    3,
    { "job.run.number": 2, "job.run.result": "failure", "job.run.final": true, "job.run.duration": 1.23456 },
    {
      seen: after(4),
      own: { "made.stamp": 1 },
      error: { type: "E", message: "no\nanswer", stack: "at x" },
      span,
      original: "{}",
    },
  );
  expect(toRecord(event)).toEqual({
    eventName: "job.run.ended",
    time: after(3),
    observed: after(4),
    severity: 17,
    body: `welcome in mail failed for good after 1.23 s: no answer (job 7, run 2, ${uid.slice(0, 8)})`,
    attributes: {
      ...event.attributes,
      "made.stamp": 1,
      "error.type": "E",
      "exception.message": "no\nanswer",
      "exception.stacktrace": "at x",
      "log.record.original": "{}",
    },
    span,
  });
});

it("says in a sentence what happened, for each event", () => {
  const story = (Object.keys(events) as EventName[]).map((name) => toRecord(tell(name, 0)).body);
  expect(story.map((body) => String(body).replace(uid.slice(0, 8), "…"))).toMatchInlineSnapshot(`
    [
      "welcome in mail was scheduled (job 7, …)",
      "welcome in mail was paused (job 7, …)",
      "welcome in mail was resumed (job 7, …)",
      "welcome in mail is scheduled no more (job 7, …)",
      "welcome in mail missed 1 of its times (job 7, …)",
      "welcome in mail was queued (job 7, …)",
      "welcome in mail was asked for again and stands for both (job 7, …)",
      "welcome in mail was started again (job 7, …)",
      "welcome in mail started (job 7, …)",
      "welcome in mail is at work (job 7, …)",
      "welcome in mail is still at work (job 7, …)",
      "welcome in mail stalled (job 7, …)",
      "welcome in mail ended (job 7, …)",
      "welcome in mail will be tried again at once (job 7, …)",
      "welcome in mail ended (job 7, …)",
      "welcome in mail was stopped (job 7, …)",
      "welcome in mail was removed (job 7, …)",
      "welcome in mail lost some records (job 7, …)",
    ]
  `);
});

it.each([
  ["job.run.ended", { "job.run.result": "success", "job.run.final": true }, 9],
  ["job.run.ended", { "job.run.result": "deferred" }, 9],
  ["job.run.ended", { "job.run.result": "failure", "job.run.final": false }, 13],
  ["job.run.ended", { "job.run.result": "timeout" }, 13],
  ["job.run.ended", { "job.run.result": "error", "job.run.final": true }, 17],
  ["job.ended", { "job.run.result": "cancellation" }, 9],
  ["job.ended", { "job.state": "failed" }, 17],
  ["job.run.heartbeat", {}, 5],
  ["job.stalled", {}, 13],
] as const)("gives %s with %j the severity %i", (name, attributes, severity) => {
  expect(toRecord(tell(name, 0, attributes)).severity).toBe(severity);
});

it.each([
  [{ eventName: "job.eaten" }, { path: "eventName", expected: "the name of a job event", found: '"job.eaten"' }],
  [
    { attributes: { "job.system.name": "made", "job.state": "asleep" } },
    {
      path: 'attributes["job.state"]',
      expected: expect.stringContaining("one of scheduled, waiting,"),
      found: '"asleep"',
    },
  ],
  [
    { attributes: { "job.system.name": "made", "job.run.result": 5 } },
    { path: 'attributes["job.run.result"]', expected: expect.stringContaining("one of success"), found: "5" },
  ],
  [{ attributes: {} }, { path: 'attributes["job.system.name"]', expected: "the job system's name", found: "nothing" }],
] as const)("refuses a record with %j, saying where and why", (more, refusal) => {
  expect(fromRecord(record(more))).toEqual({ refused: true, ...refusal });
});

it("reads a record of lost records, which are of no system", () => {
  const gap = record({ eventName: "job.log.gap", attributes: { "job.gap.count": 3 } });
  expect(fromRecord(gap)).toMatchObject({ name: "job.log.gap", attributes: { "job.gap.count": 3 } });
});

it("reads the system's own names apart from the registry's", () => {
  const read = fromRecord(record({ attributes: { "job.system.name": "made", "made.stamp": 5, "job.counter.x": 1 } }));
  expect(read).toMatchObject({ attributes: { "job.counter.x": 1 }, own: { "made.stamp": 5 } });
});

it("knows its own events by name", () => {
  expect(["job.queued", "toString", "__proto__", undefined].map(isEventName)).toEqual([true, false, false, false]);
});
