import { isRefusal } from "@jobtrail/core/event";
import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from "@opentelemetry/otlp-transformer";
import { expect, test } from "vitest";
import {
  countPoints,
  countSpans,
  decodeLogs,
  decodePoints,
  decodeSpans,
  encodeLogs,
  encodeResponse,
  encodeStatus,
} from "../src/index.ts";
import type { DecodedLogs, Encoding, PointData, SpanData } from "../src/index.ts";
import { producer, sdkLogs, sdkMetrics, sdkSpans } from "./serializers.ts";

const encodings: readonly Encoding[] = ["protobuf", "json"];
const resource = { attributes: { "service.name": "mailer", "process.pid": 7 } };

test.each(encodings)("log records that the SDK wrote in %s are read as they were emitted", (encoding) => {
  const scope = { name: "jobtrail", version: "1.0.0" };
  expect(decodeLogs(sdkLogs()[encoding], encoding)).toEqual({
    records: [
      {
        record: {
          eventName: "job.run.ended",
          time: [1_764_000_000, 123_456_789],
          observed: [1_764_000_001, 0],
          severity: 17,
          body: { job: { id: "1", n: 3 }, list: ["a", 1.5, true], bytes: new Uint8Array([1, 2, 3]) },
          attributes: { "job.id": "é✓", "job.run.number": -2, half: 0.5, tags: ["a", "b"], "2^60": 2n ** 60n },
          span: producer,
        },
        resource,
        scope,
      },
      {
        record: { time: [1_764_000_002, 0], observed: [1_764_000_002, 0], severity: 0, body: "plain", attributes: {} },
        resource,
        scope,
      },
    ],
    refused: [],
  });
});

test("what is encoded in one encoding and read again says the same as the SDK's bytes", () => {
  for (const encoding of encodings) {
    const { records } = decodeLogs(sdkLogs()[encoding], encoding) as DecodedLogs;
    for (const other of encodings)
      expect(decodeLogs(encodeLogs(records, other), other)).toEqual({ records, refused: [] });
  }
});

test.each(encodings)("spans that the SDK wrote in %s are read as they were recorded", (encoding) => {
  const body = sdkSpans()[encoding];
  const [step, run] = decodeSpans(body, encoding) as readonly SpanData[];
  expect(run).toEqual({
    name: "process mail",
    kind: "consumer",
    traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
    links: [{ traceId: producer.traceId, spanId: producer.spanId, attributes: { "job.link": "queued" } }],
    attributes: { "job.id": "7" },
    start: [1_764_000_000, 5],
    end: [1_764_000_002, 999_999_999],
    status: { code: "error", message: "no server" },
    resource,
    scope: { name: "jobtrail" },
  });
  expect(step).toMatchObject({ name: "step", kind: "internal", parentSpanId: run?.spanId, status: { code: "unset" } });
  expect(countSpans(body, encoding)).toBe(2);
});

test.each(encodings)("metric points that the SDK wrote in %s are read as they were recorded", async (encoding) => {
  const body = (await sdkMetrics())[encoding];
  const points = decodePoints(body, encoding) as readonly PointData[];
  const from = {
    resource,
    scope: { name: "jobtrail", version: "1.0.0" },
    start: expect.any(Array),
    time: expect.any(Array),
  };
  expect(points).toEqual([
    {
      ...from,
      name: "wait",
      unit: "",
      type: "exponentialHistogram",
      attributes: {},
      count: 1,
      sum: 2,
      temporality: "cumulative",
    },
    {
      ...from,
      name: "job.run.retries",
      unit: "{retry}",
      type: "sum",
      attributes: { queue: "mail" },
      value: 3,
      monotonic: true,
      temporality: "cumulative",
    },
    {
      ...from,
      name: "job.run.active",
      unit: "",
      type: "sum",
      attributes: {},
      value: -2.5,
      monotonic: false,
      temporality: "cumulative",
    },
    { ...from, name: "job.queue.size", unit: "", type: "gauge", attributes: {}, value: 4 },
    {
      ...from,
      name: "job.run.duration",
      unit: "s",
      type: "histogram",
      attributes: { queue: "mail" },
      count: 4,
      sum: 105.5,
      buckets: [1, 2, 1],
      bounds: [1, 10],
      temporality: "cumulative",
    },
  ]);
  expect(countPoints(body, encoding)).toBe(5);
});

test.each(encodings)("spans and points in %s that were cut anywhere are refused, not thrown", async (encoding) => {
  const spans = sdkSpans()[encoding];
  const points = (await sdkMetrics())[encoding];
  for (let length = 1; length < spans.length; length++) {
    expect(isRefusal(countSpans(spans.subarray(0, length), encoding))).toBe(true);
    expect(isRefusal(decodeSpans(spans.subarray(0, length), encoding))).toBe(true);
  }
  for (let length = 1; length < points.length; length++) {
    expect(isRefusal(countPoints(points.subarray(0, length), encoding))).toBe(true);
    expect(isRefusal(decodePoints(points.subarray(0, length), encoding))).toBe(true);
  }
});

test("an answer says what was rejected in the words of its signal, as the SDK reads them", () => {
  const rejected = { count: 2, message: "too many attributes" };
  const logs = { partialSuccess: { rejectedLogRecords: 2, errorMessage: "too many attributes" } };
  expect(ProtobufLogsSerializer.deserializeResponse(encodeResponse("logs", "protobuf", rejected))).toEqual(logs);
  expect(JsonLogsSerializer.deserializeResponse(encodeResponse("logs", "json", rejected))).toEqual({
    partialSuccess: { rejectedLogRecords: "2", errorMessage: "too many attributes" },
  });
  expect(ProtobufTraceSerializer.deserializeResponse(encodeResponse("traces", "protobuf", rejected))).toEqual({
    partialSuccess: { rejectedSpans: 2, errorMessage: "too many attributes" },
  });
  expect(ProtobufMetricsSerializer.deserializeResponse(encodeResponse("metrics", "protobuf", rejected))).toEqual({
    partialSuccess: { rejectedDataPoints: 2, errorMessage: "too many attributes" },
  });
});

test("an answer to what was taken whole is empty", () => {
  expect(encodeResponse("logs", "protobuf")).toEqual(new Uint8Array());
  expect(JsonTraceSerializer.deserializeResponse(encodeResponse("traces", "json"))).toEqual({});
  expect(JsonMetricsSerializer.deserializeResponse(encodeResponse("metrics", "json"))).toEqual({});
});

test("an error's body is a status with code and message", () => {
  expect(new TextDecoder().decode(encodeStatus("json", 3, "broken gzip"))).toBe('{"code":3,"message":"broken gzip"}');
  expect(Buffer.from(encodeStatus("protobuf", 3, "no")).toString("hex")).toBe("080312026e6f");
});
