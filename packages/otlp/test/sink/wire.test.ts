import { fromMillis } from "@jobtrail/core/event";
import { Entry, layerOf } from "@jobtrail/core/recorder";
import { ProtobufLogsSerializer, ProtobufTraceSerializer, JsonLogsSerializer } from "@opentelemetry/otlp-transformer";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { resourceFromAttributes } from "@opentelemetry/resources";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeLogs } from "../../src/index.ts";
import { inJson, otlpSink } from "../../src/sink/index.ts";
import { keeping } from "./both.ts";
import { printed, printedJson } from "./printed.ts";

const scope = { name: "@jobtrail/made", version: "1.2.3" };
const resource = { "service.name": "mailer" };

const texts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  // Around each length at which a length takes another byte.
  fc
    .tuple(
      fc.constantFrom("x", "é", "漢", "🙂", "\uD83D"),
      fc.constantFrom(24, 25, 41, 42, 60, 61, 63, 64, 125, 126, 127, 128, 5461, 8191, 16_380, 16_383, 16_384),
    )
    .map(([piece, times]) => piece.repeat(times)),
);
const values = fc.oneof(
  texts,
  fc.integer(),
  fc.double(),
  fc.constantFrom(
    0,
    -0,
    -1,
    127,
    128,
    2 ** 31,
    2 ** 32,
    2 ** 53,
    2 ** 60,
    -(2 ** 60),
    -(2 ** 63),
    2 ** 63,
    Number.NaN,
    -Infinity,
  ),
  fc.boolean(),
  fc.array(texts, { maxLength: 3 }),
);
const times = fc
  .tuple(fc.integer({ min: 0, max: 18_446_744_072 }), fc.integer({ min: 0, max: 999_999_999 }))
  .map(([seconds, nanos]): [number, number] => [seconds, nanos]);

/** A record as ours writes it, and the same as the official serializer does. */
function written(
  attributes: Record<string, unknown>,
  time: [number, number],
  content: string,
): (Uint8Array | undefined)[] {
  const sink = otlpSink({ logs: keeping() }, resource, {});
  const span = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 };
  sink.logs?.(scope)(
    new Entry({ name: "job.queued", time, seen: time, layers: [layerOf(attributes)], error: undefined, span, content }),
  );
  const record = {
    hrTime: time,
    hrTimeObserved: time,
    severityNumber: 9,
    body: content,
    eventName: "job.queued",
    attributes,
    droppedAttributesCount: 0,
    spanContext: span,
    resource: resourceFromAttributes(resource),
    instrumentationScope: scope,
  } as ReadableLogRecord;
  return [sink.channels.logs?.take()[0]?.body, ProtobufLogsSerializer.serializeRequest([record])];
}

test("the official serializer writes the same, whatever the values, lengths and times", () => {
  fc.assert(
    fc.property(fc.dictionary(texts, values, { maxKeys: 6 }), times, texts, (attributes, time, content) => {
      const [ours, theirs] = written({ ...attributes }, time, content);
      expect(printed("logs", ours)).toEqual(printed("logs", theirs));
    }),
    { numRuns: 300 },
  );
});

test("a decoder of protobuf reads back what was written", () => {
  const attributes = { text: "é🙂", int: -7, large: 2 ** 40, double: 0.5, yes: true, list: ["a", "b"] };
  const [ours] = written(attributes, [1_800_000_000, 5], "said");
  expect(decodeLogs(ours ?? new Uint8Array(), "protobuf")).toMatchObject({
    records: [
      { record: { time: [1_800_000_000, 5], body: "said", attributes }, resource: { attributes: resource }, scope },
    ],
  });
});

test("JSON says what protobuf says, in the official form", () => {
  const record = {
    hrTime: fromMillis(1_800_000_000_000),
    hrTimeObserved: [0, 0],
    severityNumber: 9,
    severityText: "INFO",
    body: { list: [1, "a"], yes: true, bytes: new Uint8Array([1, 2]) },
    attributes: { a: 1, b: 0.5, c: ["x"] },
    droppedAttributesCount: 3,
    resource: resourceFromAttributes({ "service.name": "mailer" }),
    instrumentationScope: scope,
  } as unknown as ReadableLogRecord;
  const json = inJson("logs", ProtobufLogsSerializer.serializeRequest([record]) ?? new Uint8Array());
  expect(printedJson(json)).toEqual(printedJson(JsonLogsSerializer.serializeRequest([record])));
  expect(() => inJson("logs", ProtobufTraceSerializer.serializeRequest([]) ?? new Uint8Array())).not.toThrow();
});

test("many records are one request each time enough are there, and the rest is sent when it is due", () => {
  const outbox = keeping();
  const sink = otlpSink({ logs: outbox }, resource, { OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: "100" });
  const [first, second] = [sink.logs?.(scope), sink.logs?.({ name: "other", version: "1" })];
  for (let i = 0; i < 250; i++) first?.(entry(`${i}`));
  second?.(entry("250"));
  const chunks = sink.channels.logs?.take() ?? [];
  expect(chunks.map(({ items }) => items)).toEqual([100, 100, 50, 1]);
  const bodies = chunks.flatMap(({ body }) => {
    const decoded = decodeLogs(body, "protobuf");
    return "records" in decoded ? decoded.records.map(({ record }) => record.body) : [];
  });
  expect(bodies).toEqual(Array.from({ length: 251 }, (_, i) => `${i}`));
  expect(sink.channels.logs?.added()).toBe(251);
});

test("what finds no room is counted, and what cannot be written takes no other with it", () => {
  const outbox = keeping();
  const sink = otlpSink({ logs: outbox }, resource, { OTEL_BLRP_MAX_QUEUE_SIZE: "2" });
  const write = sink.logs?.(scope);
  const circle: unknown[] = [];
  circle.push(circle);
  write?.(entry("one", { circle }));
  write?.(entry("two"));
  write?.(entry("three"));
  write?.(entry("four"));
  expect(outbox.dropped).toBe(2);
  expect(sink.channels.logs?.take().map(({ items }) => items)).toEqual([2]);
});

test("what is kept of a shared layer, as long as a run is open, does not hold the request that it was written to", () => {
  const sink = otlpSink({ logs: keeping() }, resource, {});
  const layer = layerOf({ "job.id": "7" });
  layer.isShared = true;
  const write = sink.logs?.(scope);
  for (const content of ["started", "ended"])
    write?.(
      new Entry({
        name: "job.queued",
        time: [1, 0],
        seen: [1, 0],
        layers: [layer],
        error: undefined,
        span: undefined,
        content,
      }),
    );
  const [chunk] = sink.channels.logs?.take() ?? [];
  expect(layer.encoded?.length).toBeGreaterThan(0);
  expect(layer.encoded?.buffer).not.toBe(chunk?.body.buffer);
  const decoded = decodeLogs(chunk?.body ?? new Uint8Array(), "protobuf");
  expect("records" in decoded && decoded.records.map(({ record }) => record.attributes)).toEqual([
    { "job.id": "7" },
    { "job.id": "7" },
  ]);
});

const entry = (content: string, attributes: object = {}): Entry =>
  new Entry({
    name: "job.queued",
    time: [1, 0],
    seen: [1, 0],
    layers: [layerOf(attributes)],
    error: undefined,
    span: undefined,
    content,
  });
