import { propagation, trace } from "@opentelemetry/api";
import type { TextMapPropagator } from "@opentelemetry/api";
import { postgres } from "@jobtrail/testing";
import { withService } from "@jobtrail/testing/vitest";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { beforeEach, expect, test } from "vitest";
import { borrow, named, pick, soon } from "./borrowed.ts";
import type { Borrowed } from "./borrowed.ts";

// An app's own SDK: pg-boss makes its spans with it.
const finished = new InMemorySpanExporter();
const tracer = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: finished })] });
trace.setGlobalTracerProvider(tracer);

const w3c: TextMapPropagator = {
  inject(context, carrier: Record<string, string>) {
    const span = trace.getSpanContext(context);
    if (span !== undefined) carrier["traceparent"] = `00-${span.traceId}-${span.spanId}-01`;
  },
  extract(context, carrier: Record<string, string>) {
    const [, traceId, spanId] = carrier["traceparent"]?.split("-") ?? [];
    if (traceId === undefined || spanId === undefined) return context;
    return trace.setSpanContext(context, { traceId, spanId, traceFlags: 1, isRemote: true });
  },
  fields: () => ["traceparent"],
};
propagation.setGlobalPropagator(w3c);

beforeEach(() => finished.reset());

const spans = (start: string): ReadableSpan[] =>
  finished.getFinishedSpans().filter(({ name }) => name.startsWith(start));

/** Sends a job, works it, and waits until its run is over. */
async function once(lent: Borrowed, queue: string): Promise<void> {
  const { boss } = lent;
  await boss.createQueue(queue);
  await boss.send(queue);
  await boss.work(queue, soon, async () => undefined);
  await lent.event("job.run.ended");
  await boss.offWork(queue);
}

withService("the spans that pg-boss makes itself", postgres, (service) => {
  test("stand for the runs, each a root with a link to its sender", async () => {
    await using lent = await borrow(service().url, { tracer });
    await once(lent, "email");
    const [send, ...moreSends] = spans("send");
    const [run, ...moreRuns] = spans("process");
    expect([moreSends, moreRuns]).toEqual([[], []]);
    expect([send, run].map((span) => span?.instrumentationScope.name)).toEqual(["pg-boss", "pg-boss"]);
    expect(run?.parentSpanContext).toBeUndefined();
    expect(run?.links).toMatchObject([
      { context: { spanId: send?.spanContext().spanId }, attributes: { "job.link.type": "producer" } },
    ]);
    const [ended] = named(lent.telemetry, "job.run.ended");
    expect(ended?.span?.spanId).toBe(run?.spanContext().spanId);
    expect(run?.attributes).toMatchObject({
      "job.run.uid": ended?.attributes["job.run.uid"],
      "job.run.result": "success",
      "messaging.system": "pg-boss",
    });
    expect(named(lent.telemetry, "job.queued")[0]?.span?.spanId).toBe(send?.spanContext().spanId);
  });

  test("continue the sender's trace where the app asked for that", async () => {
    await using lent = await borrow(service().url, { tracer, options: { openTelemetry: { propagateContext: true } } });
    await once(lent, "email");
    const [send] = spans("send");
    const [run, ...more] = spans("process");
    expect(more).toEqual([]);
    expect(run?.parentSpanContext?.spanId).toBe(send?.spanContext().spanId);
    const [stored] = (await lent.stored()) as object[];
    expect(Object.keys(stored ?? {}).sort()).toEqual(["jobtrail", "traceparent"]);
  });

  test("are linked to a sender that nobody watched, where the app asked for propagation", async () => {
    const options = { openTelemetry: { propagateContext: true } };
    await using lent = await borrow(service().url, { tracer, options, recorder: { propagation: false } });
    await once(lent, "email");
    expect(Object.keys(((await lent.stored()) as object[])[0] ?? {})).toEqual(["traceparent"]);
    expect(spans("process")[0]?.links).toMatchObject([{ context: { spanId: spans("send")[0]?.spanContext().spanId } }]);
  });

  test("stand for a whole batch", async () => {
    await using lent = await borrow(service().url, { tracer });
    const { boss } = lent;
    await boss.createQueue("many", { retryLimit: 0 });
    for (const n of [1, 2]) await boss.send("many", { n });
    await boss.work("many", { ...soon, batchSize: 2, perJobResults: true }, async (jobs) => [
      { id: jobs[0]!.id, status: "completed" },
      { id: jobs[1]!.id, status: "failed", output: new TypeError("one") },
    ]);
    await lent.event("job.run.ended", 2);
    await boss.offWork("many");
    const [run, ...more] = spans("process");
    expect(more).toEqual([]);
    expect(run?.links.map(({ context }) => context.spanId).sort()).toEqual(
      spans("send")
        .map((span) => span.spanContext().spanId)
        .sort(),
    );
    const ended = named(lent.telemetry, "job.run.ended");
    expect(ended.map((event) => event.span?.spanId)).toEqual([run, run].map((span) => span?.spanContext().spanId));
    expect(ended.map((event) => pick(event, "job.run.result"))).toEqual([["success"], ["failure"]]);
  });

  test("are none of ours to make again where the app's own sampler left them out", async () => {
    const none = new TracerProvider({
      sampler: { shouldSample: () => ({ decision: 0 }), toString: () => "none" },
      spanProcessors: [new SimpleSpanProcessor({ exporter: finished })],
    });
    await using lent = await borrow(service().url, { tracer, options: { openTelemetry: { tracerProvider: none } } });
    await once(lent, "email");
    expect([...spans("send"), ...spans("process")]).toEqual([]);
    expect(named(lent.telemetry, "job.run.ended")).toHaveLength(1);
  });
});
