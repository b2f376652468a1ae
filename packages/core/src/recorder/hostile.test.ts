import { DiagLogLevel, diag } from "@opentelemetry/api";
import type { Span } from "@opentelemetry/api";
import { LoggerProvider } from "@opentelemetry/sdk-logs";
import { TracerProvider } from "@opentelemetry/sdk-trace";
import fc from "fast-check";
import type { DefinitionAttributes, JobAttributes } from "@jobtrail/conventions";
import { afterEach, beforeEach, expect, it } from "vitest";
import { happened, mail, memory, recording } from "../../test/memory.ts";
import { after, uid } from "../../test/story.ts";
import { values, weirdEvents } from "../../test/weird.ts";
import { count, withActor, withScope } from "../ambient.ts";
import { carrierOf, extract } from "./carrier.ts";
import type { Actor } from "../ambient.ts";
import { createRecorder } from "./recorder.ts";
import { sdkSink } from "./sdk.ts";
import type { RecorderOptions } from "./options.ts";

const warnings: string[] = [];
beforeEach(() => {
  warnings.length = 0;
  const say = (message: string): void => void warnings.push(message);
  diag.setLogger(
    { error: say, warn: say, info: say, debug: say, verbose: say },
    { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true },
  );
});
afterEach(() => {
  diag.disable();
});

const huge = "x".repeat(10 * 1024 * 1024);

/** Things that hosts throw, keep and pass. */
function hostile(): unknown[] {
  const cycle: Record<string, unknown> = { name: "cycle" };
  cycle["self"] = cycle;
  const thrower = Object.defineProperty({}, "message", {
    enumerable: true,
    get() {
      throw new Error("a getter");
    },
  });
  const everywhere = new Proxy(
    {},
    {
      get: () => {
        throw new Error("a trap");
      },
      ownKeys: () => {
        throw new Error("a trap");
      },
    },
  );
  const bare = Object.assign(Object.create(null) as object, { message: "bare" });
  const error = Object.assign(new Error(huge), { code: huge, stack: huge, cause: cycle });
  const invalidDate = new Date(Number.NaN);
  return [
    cycle,
    thrower,
    everywhere,
    bare,
    error,
    new Date(0),
    invalidDate,
    10n,
    huge,
    Symbol("s"),
    null,
    undefined,
    0,
    "",
    () => 1,
  ];
}

/** Writes a whole job with the recorder, and says whether all of it arrived. */
function stillWorks({ recorder, records, spans }: ReturnType<typeof recording>): void {
  const [recordsBefore, spansBefore] = [records().length, spans().length];
  const definition = recorder.define(mail);
  const enqueue = recorder.enqueue(definition, "add");
  enqueue.emit(happened("job.queued"));
  enqueue.end();
  const run = recorder.start(definition, happened("job.run.started"), { from: enqueue.carrier });
  run.end(happened("job.run.ended", { "job.run.result": "success" }));
  expect(
    records()
      .slice(recordsBefore)
      .map(({ eventName }) => eventName),
  ).toEqual(["job.queued", "job.run.started", "job.run.ended"]);
  expect(spans().length - spansBefore).toBe(2);
}

it("keeps something of whatever is thrown, within the limits", () => {
  const { recorder } = recording();
  for (const thrown of hostile()) {
    const { type, message, stack } = recorder.error(thrown);
    expect(type).toEqual(expect.any(String));
    expect(type.length).toBeLessThanOrEqual(128);
    expect(message?.length ?? 0).toBeLessThanOrEqual(2048);
    expect(stack?.length ?? 0).toBeLessThanOrEqual(8192);
  }
  expect(recorder.error(hostile()[1])).toEqual({ type: "_OTHER" });
  expect(recorder.error(hostile()[3])).toEqual({ type: "_OTHER", message: "bare" });
});

it("ends a run with whatever was thrown in it", () => {
  for (const thrown of hostile()) {
    const all = recording();
    const run = all.recorder.start(all.recorder.define(mail), happened("job.run.started"));
    run.end(happened("job.run.ended", { "job.run.result": "failure" }, { error: all.recorder.error(thrown) }));
    expect([all.names(), all.spans().length]).toEqual([["job.run.started", "job.run.ended"], 1]);
    stillWorks(all);
  }
});

it("leaves out a value that the registry does not allow", () => {
  for (const value of hostile()) {
    const all = recording();
    const attributes = {
      "job.priority": value,
      "job.worker.name": value,
      "job.counter.x": value,
    } as unknown as JobAttributes;
    const own = { "made.x": value } as Record<string, string>;
    all.recorder.emit(happened("job.removed", attributes, { own }));
    const run = all.recorder.start(all.recorder.define(mail), happened("job.run.started", attributes, { own }));
    run.end(happened("job.run.ended", { ...attributes, "job.run.duration": value as number }, { own }));
    expect(all.records().map(({ attributes: kept }) => kept["job.uid"])).toEqual([uid, uid, uid]);
    expect(
      Math.max(...all.spans().flatMap((span) => Object.values(span.attributes).map((each) => String(each).length))),
    ).toBeLessThanOrEqual(1024);
    stillWorks(all);
  }
});

it("loses one value where a getter throws", () => {
  const all = recording();
  const attributes = Object.defineProperty({ "job.id": "7", "job.uid": uid }, "job.priority", {
    enumerable: true,
    get() {
      throw new Error("not now");
    },
  }) as JobAttributes;
  const event = (name: "job.run.started" | "job.run.ended") => ({ name, time: after(1), seen: after(1), attributes });
  all.recorder.emit({ ...event("job.run.started"), name: "job.removed" });
  all.recorder.start(all.recorder.define(mail), event("job.run.started")).end(event("job.run.ended"));
  expect(all.records().map(({ attributes: kept }) => [kept["job.uid"], kept["job.record.cut"]])).toEqual(
    [1, 2, 3].map(() => [uid, ["job.priority"]]),
  );
  stillWorks(all);
});

it("writes a record for any event whatever", () => {
  const all = recording();
  fc.assert(
    fc.property(weirdEvents, (event) => {
      const before = all.records().length;
      all.recorder.emit(event);
      const run = all.recorder.start(all.recorder.define(mail), { ...event, name: "job.run.started" });
      run.emit({ ...event, name: "job.stalled" });
      run.end({ ...event, name: "job.run.ended" });
      expect(all.records().length - before).toBe(4);
    }),
    { numRuns: 100 },
  );
  stillWorks(all);
  expect(warnings).toEqual([]);
});

it("leaves out times that cannot be sent, which would cost their whole batch", () => {
  const all = recording();
  const run = all.recorder.start(all.recorder.define(mail), {
    ...happened("job.run.started"),
    time: [Number.NaN, Number.NaN],
  });
  run.settled([Number.POSITIVE_INFINITY, 0]);
  run.end({ ...happened("job.run.ended"), time: [-5, 0], seen: [0.5, Number.NaN] });
  const times = [
    ...all.records().flatMap(({ hrTime, hrTimeObserved }) => [hrTime, hrTimeObserved]),
    ...all.spans().flatMap(({ startTime, endTime }) => [startTime, endTime]),
  ];
  expect(times.flat().filter((part) => !Number.isSafeInteger(part) || part < 0)).toEqual([]);
  expect(all.records()).toHaveLength(2);
});

it("counts under any name that a host gives, and only numbers", () => {
  const all = recording();
  const run = all.recorder.start(all.recorder.define(mail), happened("job.run.started"));
  run.within(() => {
    for (const value of hostile()) {
      count({ good: 1, bad: value as number });
      count(value as Record<string, number>);
    }
    count({ constructor: 1, toString: 2, ["__proto__"]: 3, big: Number.MAX_VALUE });
    count({ big: Number.MAX_VALUE, bad: Number.NaN, worse: Infinity });
  });
  run.end(happened("job.run.ended"));
  expect(all.records()[1]?.attributes).toMatchObject({
    "job.counter.good": hostile().length,
    "job.counter.constructor": 1,
    "job.counter.toString": 2,
    "job.counter.bad": 0,
    "job.record.cut": ["job.counter.big"],
  });
  expect(all.records()[1]?.attributes).not.toHaveProperty(["job.counter.worse"]);
  stillWorks(all);
});

it("never lets what was counted spoil a metric", async () => {
  const all = recording();
  const definition = all.recorder.define(mail);
  const wrong = { "job.run.wait": Number.NaN, "job.run.duration": Number.NaN, "job.counter.x": -Infinity };
  all.recorder.start(definition, happened("job.run.started", wrong)).end(happened("job.run.ended", wrong));
  all.recorder.start(definition, happened("job.run.started", { "job.run.wait": -5 })).end(happened("job.run.ended"));
  const numbers = (await all.points()).flatMap(({ value }) =>
    typeof value === "object" ? Object.values(value ?? {}) : [value],
  );
  expect(numbers.every((each) => Number.isFinite(each) && Number(each) >= 0)).toBe(true);
});

it("lets the actor through that can be said, and nothing else of the object it stands on", () => {
  const { recorder, records } = recording();
  const definition = recorder.define(mail);
  const user = { id: 42, name: "Anna", password: "hunter2", self: undefined as unknown, big: 10n };
  user.self = user;
  const { carrier } = withActor(user as unknown as Actor, () => recorder.enqueue(definition, "add"));
  expect(JSON.stringify(carrier)).not.toContain("hunter2");
  expect(extract(carrier).actor).toEqual({ id: "42", name: "Anna" });
  for (const odd of hostile()) {
    const asked = withActor({ id: "anna" }, () =>
      withActor(odd as Actor, () => withScope({ id: odd as string }, () => recorder.enqueue(definition, "add"))),
    );
    asked.emit(happened("job.queued"));
    expect(extract(asked.carrier).actor).toEqual({ id: "anna" });
    expect(JSON.stringify(asked.carrier).length).toBeLessThan(1024);
  }
  expect(records().map(({ attributes }) => attributes["job.actor.id"])).toEqual(hostile().map(() => "anna"));
});

it("reads a carrier from any value that a store returns", () => {
  fc.assert(
    fc.property(values, fc.string(), (value, text) => {
      for (const stored of [
        value,
        text,
        JSON.stringify(text),
        { traceparent: value, tracestate: value, jobtrail: value },
      ])
        expect(extract(carrierOf(stored)).span).toBeUndefined();
    }),
  );
  const { recorder } = recording();
  for (const jobtrail of ["{", "[]", "null", '{"actor":5}', '{"actor":{"id":{}}}', '{"scope":{"name":"x"}}'])
    expect(extract({ jobtrail })).toEqual({});
  expect(() =>
    recorder.start(recorder.define(mail), happened("job.run.started"), {
      from: { traceparent: huge, tracestate: huge, jobtrail: huge },
    }),
  ).not.toThrow();
});

it("cuts names that are made up and long, in spans and metrics too", async () => {
  const all = recording();
  const named = { "job.system.name": "made", "job.queue.name": huge, "job.name": huge } satisfies DefinitionAttributes;
  const definition = all.recorder.define(named);
  expect(all.recorder.define({ ...named })).toBe(definition);
  all.recorder.enqueue(definition, "add").end();
  all.recorder.start(definition, happened("job.run.started", { "job.id": huge })).end(happened("job.run.ended"));
  expect(
    JSON.stringify([
      all.spans().map(({ name, attributes }) => [name, attributes]),
      await all.points(),
      all.records().map(({ attributes }) => attributes),
    ]).length,
  ).toBeLessThan(40_000);
});

it("continues if the host's hooks throw, and reports each cause once", () => {
  const boom = (): never => {
    throw new Error("boom");
  };
  const hooks: RecorderOptions = { requestHook: boom, endHook: boom, ignore: boom, redact: boom, relationship: boom };
  const all = recording(hooks);
  stillWorks(all);
  stillWorks(all);
  expect(all.recorder.error(new Error("secret"))).toEqual({ type: "Error" });
  expect(warnings.length).toBe(new Set(warnings).size);
  expect(warnings.filter((line) => line.includes("Hook"))).toHaveLength(2);
});

it("shows hooks the run's span and event, and takes what they set", () => {
  const seen: unknown[] = [];
  const { recorder, spans } = recording({
    requestHook: (span: Span, started) => {
      seen.push(started.name);
      span.setAttribute("made.hook", 1);
    },
    endHook: (span: Span, ended) => {
      seen.push([ended.name, ended.attributes["job.run.result"], span.isRecording()]);
    },
  });
  recorder
    .start(recorder.define(mail), happened("job.run.started"))
    .end(happened("job.run.ended", { "job.run.result": "success" }));
  expect(seen).toEqual(["job.run.started", ["job.run.ended", "success", true]]);
  expect(spans()[0]?.attributes["made.hook"]).toBe(1);
});

it("keeps no text where the redaction gives none", () => {
  const { recorder } = recording({ redact: (() => undefined) as unknown as (text: string) => string });
  expect(recorder.error(new RangeError("secret"))).toEqual({ type: "RangeError" });
});

it("goes on where the host's own processors throw, and keeps the other signals", () => {
  const boom = (): never => {
    throw new Error("a processor");
  };
  const nothing = (): Promise<void> => Promise.resolve();
  const sdk = memory();
  const providers = {
    ...sdk.providers,
    logger: new LoggerProvider({ processors: [{ onEmit: boom, forceFlush: nothing, shutdown: nothing }] }),
  };
  const logless = createRecorder(
    { name: "made", version: "1" },
    {},
    sdkSink(() => providers),
  );
  logless.start(logless.define(mail), happened("job.run.started")).end(happened("job.run.ended"));
  expect(sdk.spans()).toHaveLength(1);
  const tracer = new TracerProvider({
    spanProcessors: [{ onStart: boom, onEnd: boom, forceFlush: nothing, shutdown: nothing }],
  });
  const broken = { ...sdk.providers, tracer };
  const spanless = createRecorder(
    { name: "made", version: "1" },
    {},
    sdkSink(() => broken),
  );
  const definition = spanless.define(mail);
  spanless.enqueue(definition, "add").end();
  spanless.batch(definition, happened("job.run.started"), []).end();
  spanless.start(definition, happened("job.run.started")).end(happened("job.run.ended"));
  expect(sdk.names()).toEqual(["job.run.started", "job.run.ended"]);
});
