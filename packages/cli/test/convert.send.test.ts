import { createServer } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { converted } from "./within.ts";
import type { Converted } from "./within.ts";

interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Receiver extends AsyncDisposable {
  readonly url: string;
  /** The ids of the records of each request, with its path and headers. */
  readonly requests: { readonly path: string; readonly headers: IncomingHttpHeaders; readonly records: number }[];
}

/** A receiver of OTLP that gives the listed answers in turn, and the last one from then on. */
async function receive(...answers: readonly Answer[]): Promise<Receiver> {
  const requests: Receiver["requests"][number][] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const bytes = await buffer(request);
    const body = (request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes).toString();
    requests.push({
      path: request.url ?? "",
      headers: request.headers,
      records: body.split('"eventName"').length - 1,
    });
    const {
      status,
      body: said = "{}",
      headers = {},
    } = answers[requests.length - 1] ?? answers.at(-1) ?? { status: 200 };
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(said);
  };
  const server = createServer((request, response) => void answer(request, response));
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const jobs = (count: number): string =>
  Array.from({ length: count }, (_, i) => `{"id":"${i}","status":"COMPLETE","start_datetime":1607031575775}\n`).join(
    "",
  );

const send = (endpoint: string, count: number, env = {}): Promise<Converted> =>
  converted(["--from", "harperdb", "--to", "otlp", "--endpoint", endpoint], { input: jobs(count), env });

test("every record arrives, in requests of some, with the headers that are set", async () => {
  await using to = await receive({ status: 200 });
  const sent = await send(`${to.url}/v1/logs/`, 100, {
    OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20abc,x-of=me",
  });
  const written = await converted(["--from", "harperdb", "--to", "otlp"], { input: jobs(100) });
  const count = written.out.split('"eventName"').length - 1;
  expect(sent).toEqual({ code: 0, out: "", err: `Sent ${count} (otlp)\n` });
  expect(to.requests.map(({ records }) => records).reduce((a, b) => a + b)).toBe(count);
  expect(to.requests.length).toBeGreaterThan(1);
  for (const { path, headers } of to.requests) {
    expect(path).toBe("/v1/logs");
    expect(headers).toMatchObject({ authorization: "Bearer abc", "x-of": "me" });
  }
});

test("records that the receiver does not take are counted, with its reason, and its warnings are said", async () => {
  const partial = (rejectedLogRecords: unknown, errorMessage: string): Answer => ({
    status: 200,
    body: JSON.stringify({ partialSuccess: { rejectedLogRecords, errorMessage } }),
  });
  await using some = await receive(partial("2", "too old"));
  const written = await send(some.url, 2);
  const [{ records } = { records: 0 }] = some.requests;
  expect(written).toEqual({
    code: 2,
    out: "",
    err: `The receiver did not take 2 records: too old\nSent ${records - 2} (otlp), rejected 2\n`,
  });
  await using warns = await receive(partial(0, "the clock is behind"));
  expect(await send(warns.url, 2)).toMatchObject({
    code: 0,
    err: `The receiver warns: the clock is behind\nSent ${records} (otlp)\n`,
  });
});

test("a receiver that wants to know who sends says so at once", async () => {
  await using to = await receive({ status: 401, body: '{"message":"who are you?"}' });
  expect(await send(to.url, 200)).toEqual({
    code: 1,
    out: "",
    err: `JOBTRAIL_SEND_FAILED: ${to.url} answers 401 (not authorized). It said: who are you? Set the key that it asks for in OTEL_EXPORTER_OTLP_HEADERS, such as authorization=Bearer%20abc. Nothing arrived.\n`,
  });
  expect(to.requests).toHaveLength(1);
});

test("a receiver that is busy is asked again, and one that fails later says how much arrived", async () => {
  const busy: Answer = { status: 503, headers: { "retry-after": "0.05" }, body: "busy" };
  await using to = await receive(busy, { status: 200 }, { status: 400, body: "no more" });
  const sent = await send(to.url, 200);
  const first = to.requests[1]?.records ?? 0;
  expect(to.requests[0]?.records).toBe(first);
  expect(sent).toEqual({
    code: 1,
    out: "",
    err: [
      `${to.url} answers 503 (not available); it is tried again.`,
      `JOBTRAIL_SEND_FAILED: ${to.url} answers 400 (bad request). It said: no more. It cannot read the request, or does not accept these records: check its limits and its log. Only the first ${first} arrived.\n`,
    ].join("\n"),
  });
});

test("a receiver that is not there is waited for, not for long", async () => {
  const gone = await receive();
  await gone[Symbol.asyncDispose]();
  const sent = await send(gone.url, 2);
  expect(sent).toMatchObject({ code: 1, out: "" });
  expect(sent.err).toMatch(/^nothing listens at http:\S+ \(ECONNREFUSED\); it is tried again\.\n/);
  expect(sent.err).toMatch(
    /\nJOBTRAIL_SEND_FAILED: nothing listens at http:\S+ \(ECONNREFUSED\)\. .+ Nothing arrived\.\n$/,
  );
});

test("a login page is not a receiver, also with status 200", async () => {
  await using to = await receive({ status: 200, body: "<html>log in", headers: { "content-type": "text/html" } });
  expect(await send(to.url, 2)).toMatchObject({
    code: 1,
    err: `JOBTRAIL_SEND_FAILED: ${to.url} answers 200 (a web page). A login page or another server answers there: put the receiver's own address into --endpoint, and its key into OTEL_EXPORTER_OTLP_HEADERS. Nothing arrived.\n`,
  });
});

test("a request that is too large goes in halves", async () => {
  await using to = await receive({ status: 413 }, { status: 200 });
  const sent = await send(to.url, 10);
  const [whole, ...halves] = to.requests.map(({ records }) => records);
  expect(sent).toEqual({ code: 0, out: "", err: `Sent ${whole} (otlp)\n` });
  expect(halves.reduce((a, b) => a + b, 0)).toBe(whole);
});

test("what cannot be sent so is said before any work, and no secret is shown", async () => {
  const wrong = await send("http://127.0.0.1:1", 2, {
    OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20hunter2%0A",
  });
  expect(wrong).toEqual({
    code: 1,
    out: "",
    err: 'JOBTRAIL_ENDPOINT_WRONG: the value of "authorization" has a character that HTTP does not allow in a header. Correct OTEL_EXPORTER_OTLP_HEADERS.\n',
  });
  await using to = await receive({ status: 403, body: "no" });
  const url = new URL(to.url);
  const refused = await send(`http://me:hunter2@${url.host}`, 2);
  expect(to.requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from("me:hunter2").toString("base64")}`);
  expect(refused.err).toBe(
    `JOBTRAIL_SEND_FAILED: ${to.url} answers 403 (forbidden). It said: no. Check the permissions of the key in OTEL_EXPORTER_OTLP_HEADERS. Nothing arrived.\n`,
  );
  const [, text] = (await converted(["--to", "otlp", "--endpoint", "localhost:4318"])).err.split("invalid. ");
  expect(text).toMatch(
    /^"localhost:4318" has no scheme: write http:\/\/localhost:4318, or https:\/\/localhost:4318 where it expects TLS\.\n/,
  );
});

test("TLS where there is none is not tried again", async () => {
  await using to = await receive({ status: 200 });
  const sent = await send(to.url.replace("http:", "https:"), 2);
  expect(sent.err).toMatch(
    /^JOBTRAIL_SEND_FAILED: https:\S+ does not speak TLS \(EPROTO\)\. Write http:\/\/ instead of https:\/\/ in --endpoint, or the port that speaks TLS\. Nothing arrived\.\n$/,
  );
});
