import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { isRefusal } from "@jobtrail/core/event";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { decodeLogs, encodeLogs } from "../src/index.ts";
import type { DecodedLogs, Encoding, Received } from "../src/index.ts";
import { received } from "./records.ts";

const encodings: readonly Encoding[] = ["protobuf", "json"];

const one: Received = {
  record: {
    eventName: "job.run.ended",
    time: [1_764_000_000, 123_456_789],
    observed: [1_764_000_001, 1],
    severity: 17,
    body: "sent",
    attributes: { "job.id": "7", "job.run.number": 2, big: 9_007_199_254_740_993n, half: 0.5, tags: ["a", "b"] },
    span: { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 },
  },
  resource: { attributes: { "service.name": "mailer" } },
  scope: { name: "jobtrail", version: "1.0.0" },
};

test.each(encodings)("what is encoded in %s decodes to the same", (encoding) => {
  fc.assert(
    fc.property(received, (records) => {
      expect(decodeLogs(encodeLogs(records, encoding), encoding)).toEqual({ records, refused: [] });
    }),
  );
});

test.each(encodings)("a record in %s that was cut anywhere is refused", (encoding) => {
  const body = encodeLogs([one], encoding);
  for (let length = 1; length < body.length; length++)
    expect(isRefusal(decodeLogs(body.subarray(0, length), encoding))).toBe(true);
});

test.each(encodings)("random bytes never throw in %s", (encoding) => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), mutated(encoding)), (body) => {
      const decoded = decodeLogs(body, encoding);
      expect(isRefusal(decoded) || Array.isArray(decoded.records)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test("random JSON never throws", () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(...shells), (json, shell) => {
      const decoded = decodeLogs(new TextEncoder().encode(shell.replace("$", json)), "json");
      expect(isRefusal(decoded) || Array.isArray(decoded.records)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test.each(encodings)("a record with too many attributes in %s is refused alone", (encoding) => {
  const many = Object.fromEntries(Array.from({ length: 1025 }, (_, i) => [`key${i}`, i]));
  const password = { ...one, record: { ...one.record, attributes: { password: "hunter22", ...many } } };
  const { records, refused } = decoded([one, password, one], encoding);
  expect(records).toEqual([one, one]);
  expect(refused).toEqual([
    {
      reason: {
        refused: true,
        path: "attributes",
        expected: "at most 1024 attributes",
        found: encoding === "json" ? '"1026 or more"' : '"1025 or more"',
      },
      text: expect.stringContaining('"eventName":"job.run.ended"'),
    },
  ]);
  expect(refused[0]?.text).not.toContain("hunter22");
  expect(refused[0]?.text.length).toBeLessThanOrEqual(2048);
});

test.each(encodings)("values may be nested 64 deep in %s, and no deeper", (encoding) => {
  const nested = (depth: number): unknown =>
    depth === 0 ? "leaf" : depth % 2 === 0 ? [nested(depth - 1)] : { in: nested(depth - 1) };
  const at = (depth: number): Received => ({ ...one, record: { ...one.record, attributes: { deep: nested(depth) } } });
  const { records, refused } = decoded([at(65), at(64), one], encoding);
  expect(records).toEqual([at(64), one]);
  expect(refused.map(({ reason }) => reason.expected)).toEqual(["values nested at most 64 deep"]);
  expect(refused[0]?.reason.path).toMatch(/^attributes\["deep"\]/);
});

test("lists nested a million deep are refused as quickly", () => {
  const depth = 1_000_000;
  const body = `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":${'{"arrayValue":{"values":['.repeat(depth / 100)}${"]}}".repeat(depth / 100)}},{"eventName":"job.queued"}]}]}]}`;
  const { records, refused } = decodeLogs(new TextEncoder().encode(body), "json") as DecodedLogs;
  expect(records).toHaveLength(1);
  expect(refused).toHaveLength(1);
  expect(isRefusal(decodeLogs(new TextEncoder().encode("[".repeat(depth)), "json"))).toBe(true);
});

test.each([
  ["timeUnixNano", "yesterday", "a whole number from 0 to 18446744073709551615"],
  ["timeUnixNano", -1, "a whole number from 0 to 18446744073709551615"],
  ["severityNumber", "LOUD", "a number or one of SEVERITY_NUMBER_UNSPECIFIED"],
  ["attributes", {}, "a list of keys with values"],
  ["attributes", [7], "an object with key and value"],
  ["body", "text", "an object with one value"],
  ["eventName", 7, "text"],
  ["flags", 0.5, "a whole number from 0 to 4294967295"],
] as const)("a JSON record whose %s is %j is refused alone", (name, value, expected) => {
  const body = { resourceLogs: [{ scopeLogs: [{ logRecords: [{ [name]: value }, { eventName: "job.queued" }] }] }] };
  const { records, refused } = decodeJson(body);
  expect(records.map(({ record }) => record.eventName)).toEqual(["job.queued"]);
  expect(refused[0]?.reason.path.startsWith(name)).toBe(true);
  expect(refused[0]?.reason.expected).toContain(expected);
});

test("JSON is read as senders write it: enums by name, numbers as text, nulls, fields that nobody knows", () => {
  const { records } = decodeJson({
    unknown: 1,
    resourceLogs: [
      {
        resource: null,
        scopeLogs: [
          {
            logRecords: [
              {
                timeUnixNano: "1764000000000000001",
                observedTimeUnixNano: 0,
                severityNumber: "SEVERITY_NUMBER_WARN2",
                severityText: "WARN",
                traceId: "0AF7651916CD43DD8448EB211C80319C",
                spanId: "b7ad6b7169203331",
                attributes: [
                  { key: "int", value: { intValue: 5 } },
                  { key: "big", value: { intValue: "9223372036854775807" } },
                  { key: "huge", value: { intValue: 1e300 } },
                  { key: "double", value: { doubleValue: "-Infinity" } },
                  { key: "bytes", value: { bytesValue: "AQID" } },
                  { key: "empty", value: {} },
                  { key: "none" },
                  { key: "snake", value: { string_value: "not read" } },
                ],
              },
            ],
          },
        ],
      },
    ],
  });
  expect(records).toEqual([
    {
      record: {
        time: [1_764_000_000, 1],
        observed: [1_764_000_000, 1],
        severity: 14,
        span: { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 0 },
        attributes: {
          int: 5,
          big: 9_223_372_036_854_775_807n,
          huge: 1e300,
          double: -Infinity,
          bytes: new Uint8Array([1, 2, 3]),
          empty: null,
          none: null,
          snake: null,
        },
      },
      resource: { attributes: {} },
      scope: { name: "" },
    },
  ]);
});

test("bytes out of a Buffer are a copy of their own", () => {
  const record = { ...one.record, attributes: { bytes: new Uint8Array([1, 2, 3]) } };
  const body = Buffer.from(encodeLogs([{ ...one, record }], "protobuf"));
  const { records } = decodeLogs(body, "protobuf") as DecodedLogs;
  body.fill(0);
  const bytes = records[0]?.record.attributes["bytes"] as Uint8Array;
  expect(bytes).toEqual(new Uint8Array([1, 2, 3]));
  expect(bytes.buffer.byteLength).toBe(3);
});

test("a span context that is not valid is no span context", () => {
  const ids = [
    { traceId: "", spanId: "" },
    { traceId: "0".repeat(32), spanId: "b7ad6b7169203331" },
    { traceId: "CvdlGRbNQ92ESOshHIAxnA==", spanId: "t61rcWkgMzE=" },
  ];
  const { records } = decodeJson({ resourceLogs: [{ scopeLogs: [{ logRecords: ids }] }] });
  expect(records.map(({ record }) => record.span)).toEqual([undefined, undefined, undefined]);
});

test("an attribute called __proto__ changes no prototype", () => {
  const evil = [
    { key: "__proto__", value: { kvlistValue: { values: [{ key: "polluted", value: { boolValue: true } }] } } },
  ];
  const { records } = decodeJson({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ attributes: evil }] }] }] });
  const { attributes } = records[0]?.record ?? { attributes: {} };
  expect(Object.keys(attributes)).toEqual(["__proto__"]);
  expect("polluted" in attributes).toBe(false);
  expect("polluted" in {}).toBe(false);
});

test("a protobuf record that is broken inside is refused alone, with what could be read of it", () => {
  const broken = new BinaryWriter()
    .tag(12, WireType.LengthDelimited)
    .string("job.queued")
    .tag(1, WireType.Bit32)
    .fixed32(1);
  const good = new BinaryWriter().tag(12, WireType.LengthDelimited).string("job.stalled");
  const { records, refused } = decodeLogs(requestOf([broken.finish(), good.finish()]), "protobuf") as DecodedLogs;
  expect(records.map(({ record }) => record.eventName)).toEqual(["job.stalled"]);
  expect(refused).toEqual([
    {
      reason: { refused: true, path: "timeUnixNano", expected: "wire type 1", found: "5" },
      text: '{"eventName":"job.queued","observed":[0,0],"severity":0,"attributes":{},"resource":{}}',
    },
  ]);
});

test("a body of the wrong form says where and what was found", () => {
  const reasons = [`{"resourceLogs":[{"scopeLogs":7}]}`, `[]`, `{"resourceLogs":`, `\u00ff`].map((body) =>
    decodeLogs(Buffer.from(body, "latin1"), "json"),
  );
  expect(reasons).toMatchInlineSnapshot(`
    [
      {
        "expected": "a list",
        "found": "7",
        "path": "resourceLogs[0].scopeLogs",
        "refused": true,
      },
      {
        "expected": "an object",
        "found": "an array",
        "path": "body",
        "refused": true,
      },
      {
        "expected": "JSON in UTF-8",
        "found": ""Unexpected end of JSON input"",
        "path": "body",
        "refused": true,
      },
      {
        "expected": "JSON in UTF-8",
        "found": ""The encoded data was not valid for encoding utf-8"",
        "path": "body",
        "refused": true,
      },
    ]
  `);
});

test("a body that names more things than memory should hold is refused whole", () => {
  const empty = requestOf(Array.from({ length: 250_001 }, () => new Uint8Array()));
  expect(decodeLogs(empty, "protobuf")).toMatchInlineSnapshot(`
    {
      "expected": "at most 250000 records and nested values in one request",
      "found": ""more"",
      "path": "resourceLogs[0].scopeLogs[0].logRecords[249998]",
      "refused": true,
    }
  `);
});

const shells = [
  "$",
  '{"resourceLogs":$}',
  '{"resourceLogs":[{"scopeLogs":[{"logRecords":$}]}]}',
  logShell("$"),
  logShell('{"attributes":$}'),
  logShell('{"body":$}'),
];

function logShell(record: string): string {
  return `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${record}]}]}]}`;
}

const mutated = (encoding: Encoding): fc.Arbitrary<Uint8Array> =>
  fc.tuple(fc.nat(), fc.nat(255)).map(([at, byte]) => {
    const body = encodeLogs([one], encoding);
    body[at % body.length] = byte;
    return body;
  });

const decoded = (records: readonly Received[], encoding: Encoding): DecodedLogs =>
  decodeLogs(encodeLogs(records, encoding), encoding) as DecodedLogs;

const decodeJson = (body: unknown): DecodedLogs =>
  decodeLogs(new TextEncoder().encode(JSON.stringify(body)), "json") as DecodedLogs;

function requestOf(records: readonly Uint8Array[]): Uint8Array {
  const scopeLogs = new BinaryWriter();
  for (const record of records) scopeLogs.tag(2, WireType.LengthDelimited).bytes(record);
  const resourceLogs = new BinaryWriter().tag(2, WireType.LengthDelimited).bytes(scopeLogs.finish());
  return new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(resourceLogs.finish()).finish();
}
