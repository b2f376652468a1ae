import { ROOT_CONTEXT, context as contexts, diag, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { afterAll, beforeAll, expect, it } from "vitest";
import { happened, mail, recording } from "../../test/memory.ts";
import { after } from "../../test/story.ts";
import { choose } from "./options.ts";

beforeAll(() => {
  contexts.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterAll(() => {
  contexts.disable();
});

const success = { "job.run.result": "success", "job.run.final": true } as const;

it("takes each option from the code, else from the environment, else its default", () => {
  const env = { JOBTRAIL_TENANT: "env", JOBTRAIL_SPAN_NAME: "name", OTEL_SERVICE_NAME: "shop" };
  expect(choose({ tenant: "code", spanName: undefined } as object, env)).toMatchObject({
    tenant: "code",
    spanName: "name",
    capture: "none",
    service: "shop",
  });
});

it("keeps the default where a value cannot be used, in the environment or in code, and warns once", () => {
  const warnings: unknown[] = [];
  const silent = (): void => undefined;
  diag.setLogger({ warn: (text) => warnings.push(text), error: silent, info: silent, debug: silent, verbose: silent });
  const env = { JOBTRAIL_HEARTBEAT_INTERVAL: "60" };
  const given = {
    progressInterval: Number.NaN,
    ignore: "mail",
    redact: "all",
    requestHook: {},
    endHook: 1,
    tenant: () => "t",
  } as object;
  const both = [choose(given, env), choose(given, env)];
  diag.disable();
  expect(both[0]).toMatchObject({ heartbeatInterval: 60_000, progressInterval: 1000, tenant: undefined });
  expect([both[0]?.requestHook, both[0]?.endHook]).toEqual([undefined, undefined]);
  expect([both[1]?.ignores(mail), both[1]?.redact("password=hunter2")]).toEqual([false, "password=[secret]"]);
  expect(warnings).toMatchInlineSnapshot(`
    [
      "jobtrail: JOBTRAIL_SETTING_INVALID: JOBTRAIL_HEARTBEAT_INTERVAL is "60"; expected a duration above zero with its unit, such as 500ms, 30s, 5m or 2h. The default 60s applies.",
      "jobtrail: JOBTRAIL_SETTING_INVALID: the option ignore is "mail"; expected an array of texts. It is ignored.",
      "jobtrail: JOBTRAIL_SETTING_INVALID: the option progressInterval is NaN; expected a number of milliseconds from 0. It is ignored.",
      "jobtrail: JOBTRAIL_SETTING_INVALID: the option tenant is of type function; expected a text. It is ignored.",
      "jobtrail: JOBTRAIL_SETTING_INVALID: the option redact is "all"; expected a function. It is ignored.",
      "jobtrail: JOBTRAIL_SETTING_INVALID: the option requestHook is of type object; expected a function. It is ignored.",
      "jobtrail: JOBTRAIL_SETTING_INVALID: the option endHook is 1; expected a function. It is ignored.",
    ]
  `);
});

it("names a run's span by its queue or by its job", () => {
  for (const [spanName, name] of [
    ["queue", "process mail"],
    ["name", "process welcome"],
  ] as const) {
    const { recorder, spans } = recording({ spanName });
    recorder.start(recorder.define(mail), happened("job.run.started")).end(happened("job.run.ended"));
    expect(spans()[0]?.name).toBe(name);
  }
});

it("leaves the jobs alone that are not to be watched", async () => {
  const { recorder, spans, records, points } = recording({ ignore: ["mail"] });
  const definition = recorder.define(mail);
  const enqueue = recorder.enqueue(definition, "add");
  enqueue.emit(happened("job.queued"));
  enqueue.end();
  const run = recorder.start(definition, happened("job.run.started"));
  expect(run.within(() => 5)).toBe(5);
  run.count({ emails: 1 });
  run.settled(after(1));
  run.end(happened("job.run.ended"));
  recorder.emit(happened("job.removed", mail));
  expect([spans(), records(), await points(), enqueue.carrier]).toEqual([[], [], [], {}]);
});

it("asks a function which jobs are not to be watched, once per definition", () => {
  const asked: unknown[] = [];
  const { recorder, names } = recording({
    ignore: (definition) => {
      asked.push(definition["job.name"]);
      return definition["job.name"] === "noise";
    },
  });
  for (const name of ["noise", "welcome", "noise", "welcome"])
    recorder.emit(happened("job.removed", { ...mail, "job.name": name }));
  expect(asked).toEqual(["noise", "welcome"]);
  expect(names()).toHaveLength(2);
});

it.each([
  ["traces", [1, 0, 0]],
  ["logs", [0, 2, 0]],
  ["metrics", [0, 0, 2]],
] as const)("emits %s alone where nothing else is wanted", async (signal, expected) => {
  const { recorder, spans, records, points } = recording({ signals: [signal] });
  const run = recorder.start(recorder.define(mail), happened("job.run.started"));
  run.end(happened("job.run.ended", success));
  expect([spans().length, records().length, (await points()).length]).toEqual(expected);
});

it("lets the host's own trace through where it makes no spans", () => {
  const { recorder, providers } = recording({ signals: ["logs"] });
  const request = providers.tracer.getTracer("host").startSpan("request");
  const enqueue = contexts.with(trace.setSpan(ROOT_CONTEXT, request), () =>
    recorder.enqueue(recorder.define(mail), "add"),
  );
  enqueue.end();
  expect(trace.getSpanContext(enqueue.context)).toEqual(request.spanContext());
  expect(enqueue.carrier["traceparent"]).toContain(request.spanContext().spanId);
  expect(request.isRecording()).toBe(true);
});

it("gives points of their own to so many names, and one to all others", async () => {
  const { recorder, points } = recording({ cardinalityLimit: 3 });
  for (let i = 0; i < 6; i++) {
    const definition = recorder.define({ "job.system.name": "made", "job.queue.name": `q${i}` });
    const run = recorder.start(definition, happened("job.run.started"));
    run.count({ [`c${i}`]: 1 });
    run.end(happened("job.run.ended", {}, { error: { type: `E${i}` } }));
  }
  const all = await points();
  const labels = (metric: string, label: string): unknown[] => [
    ...new Set(all.filter(({ name }) => name === metric).map(({ attributes }) => attributes[label])),
  ];
  expect(labels("job.run.active", "job.queue.name")).toEqual(["q0", "q1", "q2", "_OTHER"]);
  expect(labels("job.run.items", "job.item.name")).toEqual(["c0", "c1", "c2", "_OTHER"]);
  expect(labels("job.run.duration", "error.type")).toEqual(["E0", "E1", "E2", "_OTHER"]);
});

it("names every record's tenant where there is one", () => {
  const { recorder, records } = recording({ tenant: "acme" });
  const definition = recorder.define(mail);
  recorder.enqueue(definition, "add").emit(happened("job.queued"));
  recorder.start(definition, happened("job.run.started")).end(happened("job.run.ended"));
  recorder.emit(happened("job.removed", mail));
  expect(records().map(({ attributes }) => attributes["job.tenant.id"])).toEqual(Array(4).fill("acme"));
});

it("keeps nothing of payloads and results, and their size and hash where that is asked for", () => {
  expect(recording().recorder.input({ a: 1 })).toEqual({});
  const { recorder } = recording({ capture: "hash" });
  expect(recorder.input({ a: 1 })).toEqual({
    "job.input.size": 7,
    "job.input.hash": "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862",
  });
  expect(recorder.output("é")).toMatchObject({ "job.run.output.size": 4 });
});
