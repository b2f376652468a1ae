import { gzipSync } from "node:zlib";
import { encodeLogs } from "@jobtrail/otlp";
import type { Encoding } from "@jobtrail/otlp";
import { expect, test } from "vitest";
import { startJobLog } from "../src/index.ts";
import type { JobLog } from "../src/index.ts";
import { jobs, post, send, types } from "./sender.ts";
import { email, received, JobStory } from "./story.ts";

const encodings: readonly Encoding[] = ["protobuf", "json"];
const mebibyte = 1024 * 1024;

const start = (): Promise<JobLog> => startJobLog({ port: 0 });

test.each(encodings)("jobs that were sent in %s are there when the answer is", async (encoding) => {
  await using log = await start();
  const answer = await post(`${log.url}/v1/logs`, jobs(["1", "2"], encoding), encoding);
  expect(answer).toMatchObject({ status: 200, text: encoding === "json" ? "{}" : "" });
  expect(answer.headers["content-type"]).toBe(types[encoding]);
  expect(await log.summary()).toMatchObject({ jobs: 2, runs: 2, success: 2, records: 6 });
});

test.each(encodings)("a gzipped body in %s is unpacked, and sent twice it is kept once", async (encoding) => {
  await using log = await start();
  const body = gzipSync(jobs(["1"], encoding));
  for (const type of [types[encoding], `${types[encoding].toUpperCase()}; charset=utf-8`])
    expect(
      await post(`${log.url}/v1/logs`, body, encoding, { "content-encoding": "gzip", "content-type": type }),
    ).toMatchObject({ status: 200 });
  expect(await log.summary()).toMatchObject({ jobs: 1, records: 3 });
});

test("spans and metric points are counted", async () => {
  await using log = await start();
  const span = { name: "process email" };
  const spans = { resourceSpans: [{ scopeSpans: [{ spans: [span, span] }, { spans: [span] }] }] };
  const points = { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ gauge: { dataPoints: [{ asInt: 1 }] } }] }] }] };
  expect(await post(`${log.url}/v1/traces`, json(spans), "json")).toMatchObject({ status: 200, text: "{}" });
  expect(await post(`${log.url}/v1/metrics`, json(points), "json")).toMatchObject({ status: 200, text: "{}" });
  expect(await log.summary()).toMatchObject({ spans: 3, metrics: 1 });
});

test("an answer comes from both loopback addresses, for SDKs send to localhost", async () => {
  await using log = await start();
  const { port } = new URL(log.url);
  for (const host of ["localhost", "127.0.0.1", "[::1]"])
    expect(await post(`http://${host}:${port}/v1/logs`, jobs(["1"]))).toMatchObject({ status: 200 });
});

test.each(encodings)("a bad record among good ones in %s is kept aside, and the answer says why", async (encoding) => {
  await using log = await start();
  const job = new JobStory(email, "1");
  const good = received(job.queued(0));
  const crowded = Object.fromEntries(Array.from({ length: 1100 }, (_, at) => [`key${at}`, at]));
  const records = [
    good,
    { ...good, record: { ...good.record, attributes: { ...good.record.attributes, "job.state": "dancing" } } },
    { ...good, record: { ...good.record, attributes: crowded } },
  ];
  const answer = await post(`${log.url}/v1/logs`, encodeLogs(records, encoding), encoding);
  expect(answer.status).toBe(200);
  expect(answer.text).toContain("at most 1024 attributes");
  expect(answer.text).toContain("and 1 more. Refused records are kept aside.");
  expect(await log.summary()).toMatchObject({ jobs: 1, records: 1, refused: 2 });
});

test("partial success counts what was refused", async () => {
  await using log = await start();
  const body = { resourceLogs: [{ scopeLogs: [{ logRecords: [{ eventName: "job.queued" }] }] }] };
  const answer = await post(`${log.url}/v1/logs`, json(body), "json");
  expect(JSON.parse(answer.text)).toMatchInlineSnapshot(`
    {
      "partialSuccess": {
        "errorMessage": "attributes["job.system.name"]: expected the job system's name, found nothing. Refused records are kept aside.",
        "rejectedLogRecords": "1",
      },
    }
  `);
});

test.each([
  ["broken gzip", "/v1/logs", Buffer.from("no gzip at all"), { "content-encoding": "gzip" }, 400],
  ["gzip that ends early", "/v1/logs", gzipSync(jobs(["1"])).subarray(0, -12), { "content-encoding": "gzip" }, 400],
  ["a gzip bomb", "/v1/logs", bomb(), { "content-encoding": "gzip" }, 413],
  ["truncated protobuf", "/v1/logs", jobs(["1", "2"]).subarray(0, -3), {}, 400],
  ["truncated spans", "/v1/traces", jobs(["1", "2"]).subarray(0, -3), {}, 400],
  ["truncated points", "/v1/metrics", jobs(["1", "2"]).subarray(0, -3), {}, 400],
  ["no JSON", "/v1/logs", Buffer.from("{"), { "content-type": "application/json" }, 400],
  ["JSON of another form", "/v1/logs", Buffer.from("[]"), { "content-type": "application/json" }, 400],
  ["a body of 50 MB", "/v1/logs", Buffer.alloc(50 * mebibyte), {}, 413],
  [
    "a body of 50 MB that does not say so",
    "/v1/logs",
    Buffer.alloc(50 * mebibyte),
    { "transfer-encoding": "chunked" },
    413,
  ],
  ["text", "/v1/logs", Buffer.from("hello"), { "content-type": "text/plain" }, 415],
  ["a type of nothing", "/v1/logs", jobs(["1"]), { "content-type": "" }, 415],
  ["a packing that nobody asked for", "/v1/logs", jobs(["1"]), { "content-encoding": "br" }, 415],
])("%s is refused, nothing of it is kept, and the next request is answered", async (_, path, body, headers, status) => {
  await using log = await start();
  const answer = await post(`${log.url}${path}`, body, "protobuf", headers);
  expect(answer.status).toBe(status);
  expect(await log.summary()).toMatchObject({ jobs: 0, records: 0, spans: 0, metrics: 0, refused: 0 });
  expect(await post(`${log.url}/v1/logs`, jobs(["1"]))).toMatchObject({ status: 200 });
});

test("a refusal is a status that says what was wrong and what to do", async () => {
  await using log = await start();
  const bodies: [string, Record<string, string>][] = [
    ['{"resourceLogs":[{"scopeLogs":7}]}', {}],
    ["x", { "content-encoding": "gzip" }],
    ["x", { "content-encoding": "zstd" }],
    ["x", { "content-type": "text/plain" }],
    ["x".repeat(16 * mebibyte + 1), {}],
  ];
  const texts: unknown[] = [];
  for (const [body, headers] of bodies)
    texts.push(JSON.parse((await post(`${log.url}/v1/logs`, Buffer.from(body), "json", headers)).text));
  expect(texts).toMatchInlineSnapshot(`
    [
      {
        "code": 3,
        "message": "resourceLogs[0].scopeLogs: expected a list, found 7",
      },
      {
        "code": 3,
        "message": "the body is not whole gzip: unexpected end of file",
      },
      {
        "code": 3,
        "message": "content-encoding is "zstd"; expected gzip or identity",
      },
      {
        "code": 3,
        "message": "content-type is "text/plain"; expected application/x-protobuf or application/json",
      },
      {
        "code": 8,
        "message": "the body is larger than 16777216 bytes as sent; send smaller batches",
      },
    ]
  `);
});

test("a body that ends before it is whole leaves nothing behind", async () => {
  await using log = await start();
  const { connect } = await import("node:net");
  const { port } = new URL(log.url);
  const body = jobs(["1"]);
  const socket = connect(Number(port), "127.0.0.1");
  socket.write(
    `POST /v1/logs HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${types.protobuf}\r\ncontent-length: ${body.length}\r\n\r\n`,
  );
  socket.write(body.subarray(0, -1), () => socket.destroy());
  await new Promise((resolve) => socket.once("close", resolve));
  expect(await post(`${log.url}/v1/logs`, jobs(["2"]))).toMatchObject({ status: 200 });
  expect(await log.summary()).toMatchObject({ jobs: 1 });
});

test.each(["logs", "traces", "metrics"])("whoever opens /v1/%s in a browser is told what it is", async (signal) => {
  await using log = await start();
  const answer = await send(`${log.url}/v1/${signal}`);
  expect(answer).toMatchObject({
    status: 405,
    text: `This is the OTLP/HTTP receiver for ${signal}: it takes POST, not GET. The pages are at /.\n`,
  });
  expect(answer.headers["allow"]).toBe("POST");
});

const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

/** One gibibyte of zeros in one mebibyte. */
function bomb(): Buffer {
  const part = gzipSync(Buffer.alloc(16 * mebibyte));
  return Buffer.concat(Array.from({ length: 64 }, () => part));
}
