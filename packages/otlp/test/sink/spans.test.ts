import {
  ROOT_CONTEXT,
  SamplingDecision,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  createTraceState,
  isSpanContextValid,
  trace,
} from "@opentelemetry/api";
import type { Span, SpanContext } from "@opentelemetry/api";
import { layerOf } from "@jobtrail/core/recorder";
import { TraceIdRatioBasedSampler } from "@opentelemetry/sdk-trace";
import fc from "fast-check";
import { expect, test } from "vitest";
import { samplerIn } from "../../src/sink/sampler.ts";
import { both } from "./both.ts";
import { printed } from "./printed.ts";

const scope = { name: "@jobtrail/made", version: "1.2.3" };
const linked: SpanContext = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 };
const first = { "job.id": "7", "job.run.number": 1, "job.run.final": true };
const at = (seconds: number): [number, number] => [1_800_000_000 + seconds, 5];

/** What an app's hook may do with a span. */
const calls: Readonly<Record<string, (span: Span) => unknown>> = {
  "sets an attribute": (span) => span.setAttribute("a", "é🙂"),
  "sets an attribute again": (span) => span.setAttribute("a", 1).setAttribute("a", 2.5),
  "sets one of the first again": (span) => span.setAttribute("job.id", "8").setAttribute("b", false),
  "sets 129 attributes": (span) =>
    span.setAttributes(Object.fromEntries(Array.from({ length: 129 }, (_, i) => [`made.${i}`, i]))),
  "sets all kinds of values": (span) =>
    span.setAttributes({
      list: ["a", "b"],
      numbers: [1, 2.5],
      nested: { a: [1, { b: null }] },
      bytes: new Uint8Array([1, 2]),
      nothing: undefined,
      empty: null,
      "": "no name",
      big: 5n,
      date: new Date(0),
      odd: () => 1,
      sparse: ["a", undefined],
      zero: -0,
      infinite: Infinity,
      large: 2 ** 60,
      negative: -3,
    }),
  "sets what contains itself": (span) => {
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    span.setAttribute("cycle", cycle);
  },
  "adds events": (span) =>
    span
      .addEvent("one", at(1))
      .addEvent("two", { a: 1, mixed: ["a", 1], nested: { a: 1 } }, at(2))
      .addEvent("three", { b: ["x"] }, at(3)),
  "adds 130 events": (span) => {
    for (let i = 0; i < 130; i++) span.addEvent(`e${i}`, at(i));
  },
  "records exceptions": (span) => {
    span.recordException("a text", at(1));
    span.recordException({ name: "TypeError", message: "no", stack: "at x" }, at(2));
    span.recordException({ code: 7, message: "no" }, at(3));
    span.recordException({} as never, at(4));
  },
  "adds links": (span) =>
    span
      .addLink({ context: linked, attributes: { "job.link.type": "producer" } })
      .addLinks([{ context: { ...linked, isRemote: true, traceState: createTraceState("a=1") } }]),
  "adds 130 links": (span) => {
    for (let i = 0; i < 130; i++) span.addLink({ context: linked, attributes: { i } });
  },
  "sets a status": (span) => span.setStatus({ code: SpanStatusCode.ERROR, message: "no" }),
  "sets a status after ok": (span) =>
    span.setStatus({ code: SpanStatusCode.OK, message: "left out" }).setStatus({ code: SpanStatusCode.ERROR }),
  "sets no status": (span) =>
    span.setStatus({ code: SpanStatusCode.ERROR, message: 5 as never }).setStatus({ code: SpanStatusCode.UNSET }),
  "gives another name": (span) => span.updateName("é"),
  "ends twice and goes on": (span) => {
    span.end(at(9));
    span.setAttribute("late", 1).addEvent("late").addLink({ context: linked }).updateName("late");
    span.setStatus({ code: SpanStatusCode.OK });
    span.recordException("late");
    span.end(at(99));
  },
  "ends before it began": (span) => span.end(at(-5)),
  "ends at a date": (span) => span.end(new Date(1_800_000_003_000)),
};

const limits: Readonly<Record<string, readonly [NodeJS.ProcessEnv, object]>> = {
  usual: [{}, {}],
  low: [
    {
      OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: "4",
      OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: "3",
      OTEL_SPAN_EVENT_COUNT_LIMIT: "2",
      OTEL_SPAN_LINK_COUNT_LIMIT: "1",
      OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: "1",
      OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: "0",
    },
    {
      attributeCountLimit: 4,
      attributeValueLengthLimit: 3,
      eventCountLimit: 2,
      linkCountLimit: 1,
      attributePerEventCountLimit: 1,
      attributePerLinkCountLimit: 0,
    },
  ],
  none: [
    { OTEL_ATTRIBUTE_COUNT_LIMIT: "0", OTEL_SPAN_EVENT_COUNT_LIMIT: "0", OTEL_SPAN_LINK_COUNT_LIMIT: "0" },
    { attributeCountLimit: 0, eventCountLimit: 0, linkCountLimit: 0 },
  ],
};

for (const [name, [env, sdkLimits]] of Object.entries(limits))
  test(`a span of ours keeps what the SDK's keeps, call by call, with ${name} limits`, async () => {
    for (const [call, make] of Object.entries(calls)) {
      const made = both(env, sdkLimits);
      const span = start(made, ROOT_CONTEXT);
      make(span);
      span.end(at(10));
      expect([call, await shown(made, "ours")]).toEqual([call, await shown(made, "sdk")]);
    }
  });

test("a child has its parent's trace, state and sampling", async () => {
  const made = both();
  const parent: SpanContext = { ...linked, isRemote: true, traceState: createTraceState("vendor=1") };
  const span = start(made, trace.setSpanContext(ROOT_CONTEXT, parent));
  expect(span.spanContext()).toMatchObject({ traceId: parent.traceId, traceFlags: TraceFlags.SAMPLED });
  span.end(at(10));
  expect(await shown(made, "ours")).toEqual(await shown(made, "sdk"));
  const unsampled = start(made, trace.setSpanContext(ROOT_CONTEXT, { ...parent, traceFlags: 0 }));
  expect([unsampled.isRecording(), unsampled.spanContext().traceId]).toEqual([false, parent.traceId]);
});

test("ids are valid, and no two are equal", () => {
  const made = both();
  const contexts = Array.from({ length: 2000 }, () => start(made, ROOT_CONTEXT).spanContext());
  expect(contexts.every(isSpanContextValid)).toBe(true);
  expect(new Set(contexts.map(({ spanId }) => spanId)).size).toBe(2000);
});

test("the sampler that a variable names decides as the SDK's does", () => {
  const traceIds = fc.array(fc.integer({ min: 0, max: 15 }), { minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(
      traceIds.filter((digits) => digits.some((digit) => digit > 0)),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (digits, share) => {
        const traceId = digits.map((digit) => digit.toString(16)).join("");
        const env = { OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: String(share) };
        const theirs = new TraceIdRatioBasedSampler(share).shouldSample(ROOT_CONTEXT, traceId);
        expect(samplerIn(env)(undefined, traceId)).toBe(
          Object.is(theirs.decision, SamplingDecision.RECORD_AND_SAMPLED),
        );
      },
    ),
  );
  const decided = (name: string | undefined, traceFlags?: number): boolean =>
    samplerIn({ ...(name !== undefined && { OTEL_TRACES_SAMPLER: name }) })(
      traceFlags === undefined ? undefined : { ...linked, traceFlags },
      linked.traceId,
    );
  const names = [undefined, "always_on", "always_off", "parentbased_always_on", "parentbased_always_off", "unknown"];
  expect(names.map((name) => [decided(name), decided(name, 1), decided(name, 0)])).toEqual([
    [true, true, false],
    [true, true, true],
    [false, false, false],
    [true, true, false],
    [false, true, false],
    [true, true, true],
  ]);
});

function start(made: ReturnType<typeof both>, parent: typeof ROOT_CONTEXT): Span {
  const begin = made.sink().spans?.(scope);
  if (begin === undefined) throw new Error("spans are written");
  return begin({
    name: "process mail",
    kind: SpanKind.CONSUMER,
    time: at(0),
    layers: [layerOf(first)],
    links: [{ context: linked, attributes: { "job.link.type": "producer", more: "abcdef" } }],
    parent,
  });
}

/** All that was sent of spans, without the ids that differ. */
async function shown(made: ReturnType<typeof both>, by: "ours" | "sdk"): Promise<unknown> {
  const body = by === "ours" ? made.ours("traces") : await made.sdk("traces");
  return JSON.parse(
    JSON.stringify(printed("traces", body), (name, value: unknown) =>
      name === "spanId" || name === "traceId" ? undefined : value,
    ),
  );
}
