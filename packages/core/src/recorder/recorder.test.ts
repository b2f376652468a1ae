import { ROOT_CONTEXT, SpanKind, SpanStatusCode, context as contexts, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { afterAll, beforeAll, expect, it } from "vitest";
import { happened, mail, nightly, recording } from "../../test/memory.ts";
import { after, tell, tellRun, uid } from "../../test/story.ts";
import { count } from "../ambient.ts";
import { fromIso } from "../event/time.ts";

beforeAll(() => {
  contexts.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterAll(() => {
  contexts.disable();
});

const success = { "job.run.result": "success", "job.run.final": true } as const;

it("writes a job from its queueing to its end as two spans, three records and its metrics", async () => {
  const { recorder, spans, records, points } = recording({ service: "shop" });
  const definition = recorder.define(mail);
  const enqueue = recorder.enqueue(definition, "add");
  enqueue.emit(happened("job.queued", { "job.priority": 3 }));
  enqueue.end();
  const started = tellRun(1, "job.run.started", 10, { "job.run.number": 1, "job.run.wait": 0.5 });
  const run = recorder.start(definition, started, { from: enqueue.carrier });
  run.within(() => count({ emails: 2 }));
  run.within(() => count({ emails: 1, bytes: 10 }));
  run.settled(after(12));
  run.end({ name: "job.run.ended", time: after(12.5), seen: after(12.5), attributes: success });

  const [add, process] = spans();
  expect(add).toMatchObject({ name: "add mail", kind: SpanKind.PRODUCER, parentSpanContext: undefined });
  expect(add?.attributes).toEqual({
    "job.system.name": "made",
    "job.queue.name": "mail",
    "job.name": "welcome",
    "messaging.system.name": "made",
    "messaging.destination.name": "mail",
    "messaging.operation.name": "add",
    "messaging.operation.type": "send",
  });
  expect(process).toMatchObject({
    name: "process mail",
    kind: SpanKind.CONSUMER,
    parentSpanContext: undefined,
    startTime: after(10),
    endTime: after(12),
    status: { code: SpanStatusCode.UNSET },
  });
  expect(process?.links.map(({ context, attributes }) => [context.spanId, attributes])).toEqual([
    [add?.spanContext().spanId, { "job.link.type": "producer" }],
  ]);
  expect(process?.attributes).toEqual({
    "job.system.name": "made",
    "job.queue.name": "mail",
    "job.name": "welcome",
    "messaging.system.name": "made",
    "messaging.destination.name": "mail",
    "messaging.operation.name": "process",
    "messaging.operation.type": "process",
    "messaging.message.id": "7",
    "job.id": "7",
    "job.uid": uid,
    "job.run.uid": `${uid}-1`,
    "job.run.number": 1,
    "job.run.wait": 0.5,
    ...success,
  });
  expect(records().map(({ eventName, spanContext }) => [eventName, spanContext?.spanId])).toEqual([
    ["job.queued", add?.spanContext().spanId],
    ["job.run.started", process?.spanContext().spanId],
    ["job.run.ended", process?.spanContext().spanId],
  ]);
  const [queued, , ended] = records();
  expect(queued?.attributes).toMatchObject({ "job.priority": 3, "job.actor.type": "service", "job.actor.id": "shop" });
  expect(ended?.hrTime).toEqual(after(12));
  expect(ended?.attributes).toEqual({
    "job.system.name": "made",
    "job.queue.name": "mail",
    "job.name": "welcome",
    "job.id": "7",
    "job.uid": uid,
    "job.run.uid": `${uid}-1`,
    "job.run.number": 1,
    "job.run.wait": 0.5,
    "job.run.duration": 2,
    "job.counter.emails": 3,
    "job.counter.bytes": 10,
    ...success,
    "job.record.source": "hook",
    "job.event.sequence": expect.any(Number),
    "log.record.uid": expect.any(String),
  });
  const point = { "job.system.name": "made", "job.queue.name": "mail", "job.name": "welcome" };
  expect(await points()).toEqual([
    { name: "job.run.duration", attributes: { ...point, ...success }, value: { sum: 2, count: 1 } },
    { name: "job.run.wait", attributes: point, value: { sum: 0.5, count: 1 } },
    { name: "job.run.active", attributes: point, value: 0 },
    { name: "job.run.items", attributes: { ...point, "job.item.name": "emails" }, value: 3 },
    { name: "job.run.items", attributes: { ...point, "job.item.name": "bytes" }, value: 10 },
  ]);
});

it("numbers the records of a process without a hole, and names each but once", () => {
  const { recorder, records } = recording();
  for (let i = 0; i < 5; i++) recorder.emit(happened("job.removed"));
  const sequences = records().map(({ attributes }) => Number(attributes["job.event.sequence"]));
  expect(sequences).toEqual(sequences.map((_, i) => (sequences[0] ?? 0) + i));
  expect(new Set(records().map(({ attributes }) => attributes["log.record.uid"])).size).toBe(5);
});

it("writes a run's end once", () => {
  const { recorder, spans, names } = recording();
  const run = recorder.start(recorder.define(mail), happened("job.run.started"));
  run.end(happened("job.run.ended", success));
  run.end(happened("job.run.ended", { "job.run.result": "failure" }));
  run.emit(happened("job.run.progress", { "job.progress": 1 }));
  run.emit(happened("job.retry_scheduled"));
  expect(names()).toEqual(["job.run.started", "job.run.ended", "job.retry_scheduled"]);
  expect(spans()).toHaveLength(1);
});

it("takes the end from when the work was over, once, and else from the end's own time", () => {
  const { recorder, spans } = recording();
  const start = (mark: number): ReturnType<typeof recorder.start> =>
    recorder.start(recorder.define(mail), tellRun(mark, "job.run.started", 0));
  const settled = start(1);
  settled.settled(after(3), { type: "E" });
  settled.settled(after(4));
  settled.end(tellRun(1, "job.run.ended", 9));
  start(2).end(tellRun(2, "job.run.ended", 9));
  expect(spans().map(({ endTime, status }) => [endTime, status.code])).toEqual([
    [after(3), SpanStatusCode.ERROR],
    [after(9), SpanStatusCode.UNSET],
  ]);
});

it("never ends a run before its start, though the start is of another clock", () => {
  const { recorder, spans, records } = recording();
  const run = recorder.start(recorder.define(mail), tellRun(1, "job.run.started", 10));
  run.settled(after(9));
  run.end(tellRun(1, "job.run.ended", 9));
  expect(spans()[0]).toMatchObject({ startTime: after(10), endTime: after(10) });
  expect(records()[1]).toMatchObject({ hrTime: after(10), attributes: { "job.run.duration": 0 } });
});

it("puts a failed run's error on its span, its record and its metric", async () => {
  const { recorder, spans, records, points } = recording();
  const run = recorder.start(recorder.define(mail), happened("job.run.started"));
  const error = recorder.error(Object.assign(new TypeError("no, password=hunter22"), { code: "E_NO" }));
  run.end(happened("job.run.ended", { "job.run.result": "failure", "job.run.final": true }, { error }));
  expect(spans()[0]).toMatchObject({
    status: { code: SpanStatusCode.ERROR, message: "no, password=[secret]" },
    attributes: { "error.type": "E_NO", "job.run.result": "failure" },
  });
  expect(records()[1]).toMatchObject({
    severityNumber: 17,
    attributes: { "error.type": "E_NO", "exception.message": "no, password=[secret]" },
  });
  const duration = (await points()).find(({ name }) => name === "job.run.duration");
  expect(duration?.attributes).toMatchObject({ "error.type": "E_NO", "job.run.result": "failure" });
});

it("leaves the status of a run that will be tried again unset where that is asked for", () => {
  const code = (final: boolean): SpanStatusCode | undefined => {
    const { recorder, spans } = recording({ retriedStatus: "unset" });
    const run = recorder.start(recorder.define(mail), happened("job.run.started"));
    run.end(
      happened("job.run.ended", { "job.run.result": "failure", "job.run.final": final }, { error: { type: "E" } }),
    );
    return spans()[0]?.status.code;
  };
  expect([code(false), code(true)]).toEqual([SpanStatusCode.UNSET, SpanStatusCode.ERROR]);
});

it("records progress at most once per interval, and the last at the end", () => {
  const { recorder, records } = recording({ progressInterval: 1000 });
  const run = recorder.start(recorder.define(mail), tellRun(1, "job.run.started", 0));
  for (const at of [0.1, 0.5, 1, 1.2, 2.3]) run.emit(tell("job.run.progress", at, { "job.progress": at * 10 }));
  run.emit(tell("job.run.progress", 2.9, { "job.progress": 29 }));
  run.end(tellRun(1, "job.run.ended", 3));
  expect(records().map(({ attributes }) => attributes["job.progress"])).toEqual([undefined, 1, 12, 23, 29]);
});

it("says that a long run is still at work, and stops when it has ended", async () => {
  const { recorder, records } = recording({ heartbeatInterval: 5 });
  const beats = (which: string): unknown[] =>
    records().filter(
      ({ eventName, attributes }) => eventName === "job.run.heartbeat" && attributes["job.uid"] === which,
    );
  const start = (which: string): ReturnType<typeof recorder.start> =>
    recorder.start(recorder.define(mail), happened("job.run.started", { "job.uid": which, "job.run.number": 2 }));
  const first = start("first");
  await expect.poll(() => beats("first").length, { interval: 2, timeout: 5000 }).toBeGreaterThan(1);
  expect(beats("first")[0]).toMatchObject({
    severityNumber: 5,
    attributes: { "job.queue.name": "mail", "job.run.number": 2 },
  });
  first.end(happened("job.run.ended", success));
  const before = beats("first").length;
  const second = start("second");
  await expect.poll(() => beats("second").length, { interval: 2, timeout: 5000 }).toBeGreaterThan(1);
  second.end(happened("job.run.ended", success));
  expect(beats("first")).toHaveLength(before);
});

it("makes the span of a run active for its work, and that of the enqueue for the system's call", () => {
  const { recorder, spans } = recording();
  const definition = recorder.define(mail);
  const enqueue = recorder.enqueue(definition, "add");
  expect(trace.getSpanContext(enqueue.context)).toMatchObject({
    spanId: enqueue.carrier["traceparent"]?.slice(36, 52),
  });
  enqueue.end({ type: "ECONNREFUSED", message: "no" });
  const run = recorder.start(definition, happened("job.run.started"));
  const active = run.within(() => trace.getActiveSpan()?.spanContext());
  run.end(happened("job.run.ended"));
  expect(spans()[0]).toMatchObject({
    status: { code: SpanStatusCode.ERROR, message: "no" },
    attributes: { "error.type": "ECONNREFUSED" },
  });
  expect(active?.spanId).toBe(spans()[1]?.spanContext().spanId);
});

it("makes an enqueue a child of what is at work, and a run a root all the same", () => {
  const { recorder, spans, providers } = recording();
  const request = providers.tracer.getTracer("host").startSpan("request");
  contexts.with(trace.setSpan(ROOT_CONTEXT, request), () => {
    const definition = recorder.define(mail);
    recorder.enqueue(definition, "add").end();
    recorder.start(definition, happened("job.run.started")).end(happened("job.run.ended"));
  });
  expect(spans().map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual([
    request.spanContext().spanId,
    undefined,
  ]);
});

it("runs a schedule as an internal root, asked for by the service", async () => {
  const { recorder, spans, records, points } = recording({ service: "shop" });
  const definition = recorder.define(nightly);
  const scheduledBy = recorder.enqueue(recorder.define(mail), "add");
  const run = recorder.start(
    definition,
    tell("job.run.started", 1, {
      ...nightly,
      "job.schedule.lateness": 0.25,
      "job.schedule.next_time": "2027-01-16T03:00:00.000Z",
    }),
    { scheduledBy: trace.getSpanContext(scheduledBy.context) },
  );
  run.end(tell("job.run.ended", 2, success));
  recorder.emit(tell("job.schedule.missed", 3, { ...nightly, "job.schedule.missed_count": 2 }));
  expect(spans()[0]).toMatchObject({ name: "run nightly", kind: SpanKind.INTERNAL, parentSpanContext: undefined });
  expect(spans()[0]?.links[0]?.attributes).toEqual({ "job.link.type": "scheduled_by" });
  expect(records()[0]?.attributes).toMatchObject({ "job.actor.type": "service", "job.actor.id": "shop" });
  const schedule = { "job.system.name": "made-cron", "job.schedule.id": "nightly" };
  expect((await points()).filter(({ name }) => name.startsWith("job.schedule."))).toEqual([
    { name: "job.schedule.missed", attributes: schedule, value: 2 },
    { name: "job.schedule.lateness", attributes: schedule, value: { sum: 0.25, count: 1 } },
    { name: "job.schedule.last_success.time", attributes: schedule, value: after(2)[0] },
    { name: "job.schedule.next_run.time", attributes: schedule, value: fromIso("2027-01-16T03:00:00.000Z")?.[0] },
  ]);
});

it.each(["job.schedule.paused", "job.schedule.deleted"] as const)("takes back the next run at %s", async (name) => {
  const { recorder, points } = recording();
  const time = { ...nightly, "job.schedule.next_time": "2027-01-16T03:00:00.000Z" };
  recorder.define(nightly);
  recorder.emit(tell("job.schedule.created", 1, time));
  recorder.emit(tell(name, 2, nightly));
  expect((await points()).map(({ name, value }) => [name, value])).toEqual([["job.schedule.next_run.time", 0]]);
});

it("makes one span of a handler call for several jobs, with a link to each sender, and a record per job", async () => {
  const { recorder, spans, records, points } = recording();
  const definition = recorder.define(mail);
  const senders = ["a", "b"].map(() => recorder.enqueue(definition, "send"));
  const batch = recorder.batch(
    definition,
    tell("job.run.started", 1, { "job.batch.size": 2 }),
    senders.map(({ carrier }) => carrier),
  );
  const runs = ["a", "b"].map((id) =>
    recorder.start(definition, tell("job.run.started", 1, { "job.id": id, "job.uid": id, "job.batch.size": 2 }), {
      batch,
    }),
  );
  for (const run of runs) batch.within(run, () => count({ emails: 1 }));
  runs[0]?.end(tell("job.run.ended", 2, { "job.uid": "a", ...success }));
  runs[1]?.end(tell("job.run.ended", 2, { "job.uid": "b", "job.run.result": "failure" }, { error: { type: "E" } }));
  batch.end();
  const [span, ...others] = spans();
  expect(others).toEqual([]);
  expect(span?.status.code).toBe(SpanStatusCode.UNSET);
  expect(span?.links.map(({ context }) => context.spanId)).toEqual(
    senders.map(({ context }) => trace.getSpanContext(context)?.spanId),
  );
  expect(
    records().map(({ eventName, attributes, spanContext }) => [
      eventName,
      attributes["job.uid"],
      attributes["job.counter.emails"],
      spanContext?.spanId,
    ]),
  ).toEqual([
    ["job.run.started", "a", undefined, span?.spanContext().spanId],
    ["job.run.started", "b", undefined, span?.spanContext().spanId],
    ["job.run.ended", "a", 1, span?.spanContext().spanId],
    ["job.run.ended", "b", 1, span?.spanContext().spanId],
  ]);
  expect((await points()).filter(({ name }) => name === "job.run.duration")).toHaveLength(2);
});

it("takes over a span that another library made, and leaves its end to that library", () => {
  const { recorder, spans, records, providers } = recording();
  const definition = recorder.define(mail);
  const sender = recorder.enqueue(definition, "send");
  const theirs = providers.tracer.getTracer("theirs").startSpan("process");
  const run = recorder.start(definition, happened("job.run.started", { "job.run.number": 1 }), {
    from: sender.carrier,
    adopt: theirs,
  });
  run.end(happened("job.run.ended", success));
  expect(spans()).toEqual([]);
  theirs.end();
  const [span, ...others] = spans();
  expect(others).toEqual([]);
  expect(span).toMatchObject({ name: "process", attributes: { "job.uid": uid, "job.run.number": 1, ...success } });
  expect(span?.links.map(({ attributes }) => attributes)).toEqual([{ "job.link.type": "producer" }]);
  expect(records().map(({ spanContext }) => spanContext?.spanId)).toEqual(
    records().map(() => theirs.spanContext().spanId),
  );
});

it("counts retries and stalls", async () => {
  const { recorder, points } = recording();
  recorder.emit(happened("job.stalled", mail));
  const run = recorder.start(recorder.define(mail), happened("job.run.started"));
  run.end(happened("job.run.ended"));
  run.emit(happened("job.retry_scheduled"));
  const counted = (await points()).filter(({ name }) => name === "job.run.retries" || name === "job.run.stalls");
  expect(counted.map(({ name, value }) => [name, value])).toEqual([
    ["job.run.retries", 1],
    ["job.run.stalls", 1],
  ]);
});

it("says unknown for a system that an event does not name", () => {
  const { recorder, records } = recording();
  recorder.emit(happened("job.removed"));
  expect(records()[0]?.attributes["job.system.name"]).toBe("unknown");
});
