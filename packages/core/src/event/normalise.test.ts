import fc from "fast-check";
import { expect, it } from "vitest";
import { after, tell, tellRun } from "../../test/story.ts";
import { weirdEvents } from "../../test/weird.ts";
import type { JobEvent } from "./event.ts";
import { attributeLimit, restKey, restLimit, sizeLimit } from "./limit.ts";
import { normalise } from "./normalise.ts";
import { fromRecord, toRecord } from "./record.ts";

/** An ordinary event with some attributes in the place of its own. */
const withAttributes = (attributes: Record<string, unknown>): JobEvent => ({
  name: "job.queued",
  seen: after(0),
  attributes: { "job.system.name": "made", ...attributes },
});

const attributesOf = (event: JobEvent): unknown => normalise(event).attributes;

it("changes nothing in an ordinary event", () => {
  const event = tellRun(
    1,
    "job.run.ended",
    3,
    { "job.run.result": "failure", "job.run.number": 1, "job.run.duration": 0.25, "job.counter.emails": 2 },
    { own: { "made.stamp": 5, "made.tags": ["a"] }, error: { type: "E", message: "no", stack: "at x" } },
  );
  expect(normalise(event)).toEqual(event);
});

it("changes nothing when done again, whatever the event", () => {
  fc.assert(
    fc.property(weirdEvents, (event) => {
      const once = normalise(event);
      expect(normalise(once)).toEqual(once);
    }),
    { numRuns: 300 },
  );
});

it("gives what a record gives back, whatever the event", () => {
  fc.assert(
    fc.property(weirdEvents, (event) => {
      expect(fromRecord(toRecord(event))).toEqual(normalise(event));
    }),
    { numRuns: 300 },
  );
});

it("keeps a record within its limits, and its texts well formed, whatever the event", () => {
  const bytes = (value: unknown): number =>
    typeof value === "string"
      ? Buffer.byteLength(value)
      : Array.isArray(value)
        ? value.reduce<number>((sum, each) => sum + bytes(each), 0)
        : 8;
  const isSound = (value: unknown): boolean =>
    Array.isArray(value)
      ? value.every((each) => isSound(each) && typeof each === "string")
      : typeof value !== "string" || value.isWellFormed();
  fc.assert(
    fc.property(weirdEvents, (event) => {
      const { attributes, body } = toRecord(event);
      const entries = Object.entries(attributes);
      expect(entries.length).toBeLessThanOrEqual(attributeLimit);
      const counted = entries.filter(([key]) => key !== restKey);
      expect(counted.reduce((sum, [key, value]) => sum + bytes(key) + bytes(value), bytes(body))).toBeLessThanOrEqual(
        sizeLimit,
      );
      expect(entries.flat().filter((each) => !isSound(each))).toEqual([]);
      expect(isSound(body)).toBe(true);
      expect(
        entries
          .map(([, value]) => typeof value)
          .filter((type) => !["string", "number", "boolean", "object"].includes(type)),
      ).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

it("names each attribute that it cut or left out", () => {
  const given = {
    "job.id": 17,
    "job.name": "n".repeat(2000),
    "job.priority": 0.5,
    "job.max_attempts": "three",
    "job.state": "asleep",
    "job.created_at": new Date(0),
    "job.delay": Number.NaN,
    "job.run.number": 2n,
    "job.run.final": "yes",
    "job.reason": null,
    "job.worker.name": undefined,
  };
  expect(attributesOf(withAttributes(given))).toEqual({
    "job.system.name": "made",
    "job.id": "17",
    "job.name": `${"n".repeat(1023)}…`,
    "job.record.cut": [
      "job.name",
      "job.priority",
      "job.max_attempts",
      "job.state",
      "job.created_at",
      "job.delay",
      "job.run.number",
      "job.run.final",
    ],
  });
});

it("leaves out what cannot be read, and keeps the rest", () => {
  const attributes = Object.defineProperty({ "job.id": "1" }, "job.priority", {
    enumerable: true,
    get: () => {
      throw new Error("not now");
    },
  });
  const event = { name: "job.queued", seen: after(0), attributes } as const;
  expect(attributesOf(event)).toEqual({ "job.id": "1", "job.record.cut": ["job.priority"] });
});

it("takes attributes from an object without a prototype", () => {
  const attributes = Object.assign(Object.create(null) as object, { "job.id": "1" });
  expect(attributesOf({ name: "job.queued", seen: after(0), attributes })).toEqual({ "job.id": "1" });
});

it("writes what UTF-8 cannot hold as the replacement character", () => {
  expect(attributesOf(withAttributes({ "job.id": "a\uD83Db" }))).toMatchObject({ "job.id": "a\uFFFDb" });
});

it("never cuts inside a character", () => {
  const { attributes } = normalise(withAttributes({ "job.id": `${"n".repeat(1022)}🙂🙂` }));
  expect(attributes["job.id"]).toBe(`${"n".repeat(1022)}…`);
});

it("puts names where a reader of the record would find them", () => {
  const event = { ...withAttributes({ "made.stamp": 5 }), own: { "job.priority": 3, "made.tag": "t" } };
  expect(normalise(event)).toMatchObject({
    attributes: { "job.system.name": "made", "job.priority": 3 },
    own: { "made.stamp": 5, "made.tag": "t" },
  });
});

it("leaves out counters first, then the system's own names, and never what says which job it is and how it stands", () => {
  const counters = Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`job.counter.c${i}`, i]));
  const own = (count: number): Record<string, number> =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`made.a${i}`, i]));
  const event = tell("job.run.ended", 1, { ...counters, "job.state": "completed", "job.reason": "it was asked to" });
  const some = normalise({ ...event, own: own(2) });
  expect(some.own).toEqual(own(2));
  expect(Object.keys(some.attributes)).toHaveLength(attributeLimit - 2);
  expect(some.attributes).toMatchObject({ "job.reason": "it was asked to", "job.counter.c0": 0 });
  expect(some.attributes["job.record.cut"]?.at(-1)).toMatch(/^… and \d+ more$/);
  const { attributes } = normalise({ ...event, own: own(80) });
  expect(Object.keys(attributes).filter((key) => key.startsWith("job.counter."))).toEqual([]);
  expect(attributes).toMatchObject({ "job.uid": event.attributes["job.uid"], "job.reason": "it was asked to" });
});

it("keeps all that is known of a job, however many counters it has and however long their names are", () => {
  const counters = fc
    .uniqueArray(fc.string({ minLength: 1, maxLength: 100 }), { maxLength: 300 })
    .map((names) => Object.fromEntries(names.map((name) => [`job.counter.${name}`, 1])));
  const known = { "job.state": "completed", "job.run.result": "success", "job.reason": "r".repeat(500) } as const;
  fc.assert(
    fc.property(counters, (many) => {
      const { attributes, own } = normalise({
        ...tell("job.run.ended", 1, { ...many, ...known }),
        own: { "made.a": 1 },
      });
      expect([attributes, own]).toMatchObject([known, { "made.a": 1 }]);
    }),
  );
});

it("cuts the longest text of a record that is too large", () => {
  const event = {
    ...tell("job.run.ended", 1, { "job.reason": "r".repeat(1000) }),
    error: { type: "E", message: "m".repeat(2000), stack: "漢".repeat(8000) },
    original: "漢".repeat(3000),
  };
  const fitted = normalise(event);
  expect(fitted.attributes["job.record.cut"]).toEqual(["exception.stacktrace"]);
  expect(fitted.attributes["job.reason"]).toHaveLength(1000);
  expect(fitted.original).toHaveLength(3000);
});

it("keeps what is left of a foreign record whole, or says that it is not there", () => {
  const rest = JSON.stringify({ steps: "漢".repeat(restLimit - 12) });
  const whole = normalise(tell("job.queued", 1, { "job.record.rest": rest, "job.reason": "r".repeat(1000) }));
  expect(whole.attributes["job.record.rest"]).toBe(rest);
  expect(whole.attributes["job.record.cut"]).toBeUndefined();
  expect(attributesOf(withAttributes({ "job.record.rest": `${rest}x` }))).toEqual({
    "job.system.name": "made",
    "job.record.cut": ["job.record.rest"],
  });
});

it("calls an error that has a text and no type _OTHER", () => {
  expect(normalise(withAttributes({ "exception.message": "no" })).error).toEqual({ type: "_OTHER", message: "no" });
});

it("spends little on 10 MB of text", () => {
  const huge = "x".repeat(10 * 1024 * 1024);
  const event = {
    ...withAttributes({ "job.id": huge, "job.counter.x": 1 }),
    error: { type: huge, message: huge },
    original: huge,
  };
  const before = process.cpuUsage();
  const { attributes } = toRecord(event);
  const { user, system } = process.cpuUsage(before);
  expect(attributes["job.id"]).toHaveLength(1024);
  expect((user + system) / 1000).toBeLessThan(100);
});
