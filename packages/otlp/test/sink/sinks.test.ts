import { events } from "@jobtrail/conventions";
import type { EventName, JobAttributes } from "@jobtrail/conventions";
import { createRecorder, keys } from "@jobtrail/core/recorder";
import type { Happening, Recorder } from "@jobtrail/core/recorder";
import fc from "fast-check";
import { expect, test } from "vitest";
import { weirdEvents } from "../../../core/test/weird.ts";
import { both } from "./both.ts";
import type { Both } from "./both.ts";
import { printed } from "./printed.ts";

const constants = { "job.system.name": "made", "job.queue.name": "mail", "job.name": "welcome" } as const;
const span = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 };
const scope = { name: "@jobtrail/made", version: "1.2.3" };
const time: [number, number] = [1_800_000_000, 123_456_789];

const jobKeys = keys(
  "job.id",
  "job.uid",
  "job.run.uid",
  "job.run.number",
  "job.run.wait",
  "job.state",
  "job.run.final",
);

/** What an event may say; each is recorded alone, and as an event of a run. */
const variants: Readonly<Record<string, (name: EventName) => Happening>> = {
  plain: (name) => ({ name, time, seen: time, span, ...said("7") }),
  hostile: (name) => ({
    name,
    time,
    span,
    attributes: {
      "job.id": 5n,
      "job.uid": {},
      "job.run.wait": Number.NaN,
      "job.state": "odd",
      x: () => 1,
    } as unknown as JobAttributes,
    own: { __proto__: null, "made.\uD83D": 1, "made.tag": "t", "job.priority": -0 },
  }),
  "over the limits": (name) => ({
    name,
    time,
    span,
    ...said("x".repeat(5000)),
    own: Object.fromEntries(Array.from({ length: 90 }, (_, i) => [`made.${i}`, "y".repeat(900)])),
    original: "z".repeat(40_000),
  }),
  "non-ASCII": (name) => ({ name, time, span, ...said("é漢🙂\uD83D"), own: { "made.ключ": "значение" } }),
  clash: (name) => ({ name, time, span, ...said("8"), attributes: { "job.name": "other", "job.id": "9" } }),
  error: (name) => ({
    name,
    time,
    span,
    ...said("7"),
    error: { type: "TypeError", message: "no\nserver é", stack: "TypeError: no\n    at x" },
  }),
  "no time": (name) => ({ name, seen: time, span, ...said("7") }),
  "no span": (name) => ({ name, time, ...said("7") }),
};

const said = (id: string): Pick<Happening, "keys" | "values"> => ({
  keys: jobKeys,
  values: [id, "0123456789abcdef0123456789abcdef", `run-${id}`, 1, 0.25, "active", undefined],
});

for (const [variant, make] of Object.entries(variants))
  test(`both sinks say the same of every event: ${variant}`, async () => {
    const made = both();
    const recorder = createRecorder(scope, { service: "shop", tenant: "t-1" }, made.sink);
    for (const name of Object.keys(events) as EventName[]) recordAll(recorder, make(name));
    await expectEqual(made);
  });

/** An event of a job alone, of a call that queues it, and of a run with its end. */
function recordAll(recorder: Recorder, happening: Happening): void {
  const definition = recorder.define(constants);
  recorder.emit(definition, happening);
  const call = recorder.enqueue(definition, "add");
  call.emit(happening);
  call.end(happening.error);
  const run = recorder.start(definition, { ...happening, name: "job.run.started" }, { from: call.carrier });
  run.count({ emails: 3, é: 0.5 });
  run.emit(happening);
  run.settled([1_800_000_001, 0], happening.error);
  run.end({
    ...happening,
    name: "job.run.ended",
    keys: keys("job.run.result", "job.run.final"),
    values: ["failure", true],
  });
}

async function expectEqual(made: Both): Promise<void> {
  for (const signal of ["logs", "traces"] as const) {
    const [theirs, ours] = [printed(signal, await made.sdk(signal)), printed(signal, made.ours(signal))];
    expect(withoutIds(ours)).toEqual(withoutIds(theirs));
  }
  expect(withoutTimes(printed("metrics", made.ours("metrics")))).toEqual(
    withoutTimes(printed("metrics", await made.sdk("metrics"))),
  );
}

test("both sinks say the same of whatever a host may say", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(weirdEvents, { minLength: 1, maxLength: 5 }), async (happenings) => {
      const made = both();
      const recorder = createRecorder(scope, {}, made.sink);
      for (const happening of happenings) {
        recorder.emit(happening);
        recordAll(recorder, happening);
      }
      await expectEqual(made);
    }),
    { numRuns: 30 },
  );
});

/** Both sinks start spans of their own; the SDK's makes ids of its own. */
const withoutIds = (value: unknown): unknown => without(value, ["traceId", "spanId"]);
const withoutTimes = (value: unknown): unknown => without(value, ["startTimeUnixNano", "timeUnixNano"]);

const without = (value: unknown, names: readonly string[]): unknown =>
  JSON.parse(JSON.stringify(value, (name, each: unknown) => (names.includes(name) ? undefined : each)) ?? "null");
