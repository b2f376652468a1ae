import { brotliCompressSync, gzipSync } from "node:zlib";
import type { Received, Signal } from "@jobtrail/otlp";
import { expect, test } from "vitest";
import { recordOf, uidsOf } from "../traffic.ts";
import { judge } from "./judge.ts";
import type { Asked, Moment } from "./judge.ts";
import { statusOf } from "./row.ts";
import type { statuses, Vendor, Way } from "./row.ts";
import { vendors } from "./rows.ts";
import { logs, metrics, recordsOf } from "./sample.ts";
import type { Sample } from "./sample.ts";

const nowMs = Date.now();

/** Each way in of each vendor. */
const doors = vendors.flatMap((vendor) =>
  Object.entries(vendor.ways).map(([signal, way]) => ({ vendor, signal: signal as Signal, way, name: vendor.backend })),
);

test.for(doors)("$name takes a request for $signal as its document has it", ({ vendor, way }) => {
  const { status, why } = judge(vendor, requestTo(vendor, way));
  expect({ status, why }).toEqual({ status: way.taken ?? statusOf(vendor, "taken"), why: undefined });
  expect([200, 202, 204]).toContain(status);
});

test.for(doors)("$name refuses a request for $signal at another address, or by another method", ({ vendor, way }) => {
  const good = requestTo(vendor, way);
  const others = [`${way.url}/more`, way.url.replace("://", "://not."), way.url.replace(/^http(s?)/, otherScheme)];
  for (const url of others) expectRefusal(vendor, "noSuchPath", { ...good, url });
  expectRefusal(vendor, "wrongMethod", { ...good, method: "GET" });
});

const headed = doors.filter(({ way }) => Object.keys(way.headers ?? {}).length > 0);

test.for(headed)("$name refuses a request for $signal without a header, or with a wrong one", ({ vendor, way }) => {
  const good = requestTo(vendor, way);
  for (const name of Object.keys(way.headers ?? {}))
    for (const value of [undefined, "", `${good.headers[name]}-not`])
      expectRefusal(vendor, name === vendor.secret ? "wrongSecret" : "wrongHeader", withHeader(good, name, value));
});

test.for(doors)("$name refuses a request for $signal that is packed in another way", ({ vendor, way }) => {
  const good = requestTo(vendor, way);
  const types = ["text/plain", undefined, ...(vendor.isBinaryOnly ? ["application/json"] : [])];
  for (const type of types) expectRefusal(vendor, "wrongType", withHeader(good, "content-type", type));
  const compression = vendor.protocol === "grpc" ? "grpc-encoding" : "content-encoding";
  const brotli = { ...good, body: brotliCompressSync(good.body) };
  expectRefusal(vendor, "wrongEncoding", withHeader(brotli, compression, "br"));
  for (const body of [packed(vendor, unreadable), Buffer.from("neither packed nor anything")])
    expectRefusal(vendor, "unreadable", { ...good, body });
});

const measured = doors.filter(({ way }) => way.largest !== undefined);

test.for(measured)("$name refuses a request for $signal with a byte too many", ({ vendor, way }) => {
  const good = requestTo(vendor, way);
  const of = (bytes: number): Asked => ({ ...good, body: packed(vendor, Buffer.alloc(bytes)) });
  expectRefusal(vendor, "tooLarge", of((way.largest ?? 0) + 1));
  expectRefusal(vendor, "unreadable", of(way.largest ?? 0));
});

const plain = doors.filter(({ way }) => way.largestPlain !== undefined);

test.for(plain)("$name refuses a request for $signal with a byte too many for no compression", ({ vendor, way }) => {
  const good = withHeader(requestTo(vendor, way), "content-encoding", undefined);
  expectRefusal(vendor, "tooLarge", { ...good, body: Buffer.alloc((way.largestPlain ?? 0) + 1) });
  expectRefusal(vendor, "unreadable", { ...good, body: Buffer.alloc(way.largestPlain ?? 0) });
});

const guarded = doors.filter(({ vendor }) => vendor.secret !== undefined);

test.for(guarded)("$name refuses a request for $signal whose secret was revoked", ({ vendor, way }) => {
  expectRefusal(vendor, "wrongSecret", requestTo(vendor, way), { isRevoked: true });
});

const tempered = vendors.filter(({ temporality }) => temporality !== undefined);

test.for(tempered)("$backend refuses counts and histograms of the wrong temporality", (vendor) => {
  // As JSON, which is easier to change.
  const open = { ...vendor, isBinaryOnly: false };
  const asked = (sample: Sample): Asked => jsonTo(open, vendor.ways.metrics ?? expect.unreachable(), sample.body);
  const cumulative = metrics(2, nowMs, nowMs);
  const text = Buffer.from(cumulative.body).toString();
  const delta = {
    ...cumulative,
    body: Buffer.from(text.replaceAll('ty":2,"isMonotonic":true', 'ty":1,"isMonotonic":true')),
  };
  const both = {
    ...cumulative,
    body: Buffer.from(text.replaceAll('aggregationTemporality":2', 'aggregationTemporality":1')),
  };
  const verdicts = [cumulative, delta, both].map((sample) => judge(open, asked(sample)).why ?? "taken");
  expect(verdicts).toEqual(
    [
      { sum: "cumulative", histogram: "cumulative" },
      { sum: "delta", histogram: "cumulative" },
      { sum: "delta", histogram: "delta" },
    ].map(({ sum, histogram }) => {
      const { sum: wantedSum = sum, histogram: wantedHistogram = histogram } = vendor.temporality ?? {};
      if (sum !== wantedSum) return `job.run.items is ${sum}`;
      return histogram === wantedHistogram ? "taken" : `job.run.duration is ${histogram}`;
    }),
  );
});

const forgetful = vendors
  .filter(({ oldestHours }) => oldestHours !== undefined)
  // Of those that take no wide request, what is too old is told apart in one alone.
  .map((vendor) => ({ ...vendor, widestHours: Infinity }));

test.for(forgetful)("$backend takes no record that is too old, and all others", (vendor) => {
  const { all, fresh } = recordsOf(vendor.oldestHours, nowMs);
  const good = requestTo(vendor, vendor.ways.logs ?? expect.unreachable());
  const verdict = judge(vendor, { ...good, body: packed(vendor, logs(all).body) }, { now: nowMs + 1000 });
  expect(uidsOf(verdict.load?.records ?? [])).toEqual(uidsOf(fresh));
  expect(verdict).toMatchObject({
    status: statusOf(vendor, "tooOld"),
    rejected: 1,
    why: `1 of ${all.length} records are more than ${vendor.oldestHours} h old`,
  });
});

test("a request whose records are too far apart, or have too much beside their bodies, is refused whole", () => {
  const refused = (backend: string, records: readonly Received[]): unknown => {
    const vendor = vendors.find((each) => each.backend === backend) ?? expect.unreachable();
    const good = requestTo(vendor, vendor.ways.logs ?? expect.unreachable());
    const { status, why } = judge(vendor, { ...good, body: packed(vendor, logs(records).body) }, { now: nowMs + 1000 });
    return { status, why };
  };
  const seconds = Math.floor(nowMs / 1000);
  const apart = (hours: number): Received[] =>
    [0, hours].map((back, n) => recordOf(n, { time: [seconds - back * 3600, 0] }));
  expect(refused("aws-cloudwatch", apart(25))).toEqual({
    status: 400,
    why: "Its records are 25 h apart, more than 24 h",
  });
  expect(refused("aws-cloudwatch", apart(23))).toEqual({ status: 200, why: undefined });
  expect(refused("loki", [recordOf(1, { attributes: { rest: "x".repeat(65_536) } })])).toMatchObject({ status: 400 });
  expect(refused("loki", [recordOf(1, { attributes: { rest: "x".repeat(60_000) } })])).toMatchObject({ status: 204 });
});

function expectRefusal(vendor: Vendor, answer: keyof typeof statuses, asked: Asked, moment: Moment = {}): void {
  const { status, why, load } = judge(vendor, asked, moment);
  expect({ status, why, load }).toEqual({ status: statusOf(vendor, answer), why: expect.any(String), load: undefined });
}

const withHeader = (asked: Asked, name: string, value: string | undefined): Asked => ({
  ...asked,
  headers: { ...asked.headers, [name]: value },
});

/** A field of more bytes than there are. */
const unreadable = Buffer.from([0x0a, 0x7f]);

const otherScheme = (_: string, s: string): string => (s === "" ? "https" : "http");

/** A request that a vendor takes, with nothing in it. */
const requestTo = (vendor: Vendor, way: Way): Asked => ({
  method: "POST",
  url: way.url,
  headers: {
    ...Object.fromEntries(
      Object.entries(way.headers ?? {}).map(([name, value]) => [name, typeof value === "string" ? value : value.such]),
    ),
    ...packings[vendor.protocol ?? "otlp"].headers,
  },
  body: packed(vendor, new Uint8Array()),
});

const jsonTo = (vendor: Vendor, way: Way, body: Uint8Array): Asked => ({
  ...requestTo(vendor, way),
  headers: { ...requestTo(vendor, way).headers, "content-type": "application/json" },
  body: gzipSync(body),
});

const packed = (vendor: Vendor, body: Uint8Array): Uint8Array => packings[vendor.protocol ?? "otlp"].pack(body);

/** How each protocol's request is packed. */
const packings = {
  otlp: {
    headers: { "content-type": "application/x-protobuf", "content-encoding": "gzip" },
    pack: (body: Uint8Array): Uint8Array => gzipSync(body),
  },
  grpc: {
    headers: { "content-type": "application/grpc", "grpc-encoding": "gzip" },
    pack: (body: Uint8Array): Uint8Array => Buffer.concat([Buffer.alloc(5), gzipSync(body)]),
  },
  remoteWrite: {
    headers: { "content-type": "application/x-protobuf", "content-encoding": "snappy" },
    // One short literal.
    pack: (body: Uint8Array): Uint8Array =>
      body.length === 0 ? Buffer.from([0]) : Buffer.concat([Buffer.from([body.length, (body.length - 1) << 2]), body]),
  },
} as const;
