import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { run, tick } from "./app.ts";

type Answering = (response: ServerResponse, request: IncomingMessage) => unknown;

/** A receiver that answers every request so. */
async function receiver(answer: Answering): Promise<AsyncDisposable & { readonly url: string; requests(): number }> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests++;
    request.resume().on("end", () => answer(response, request));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

const partly = JSON.stringify({ partialSuccess: { rejectedLogRecords: "1", errorMessage: "too old" } });
const leadsTo = { location: "http://127.0.0.1:1/login?token=hunter2" };

/** What a receiver answers to all, and what is said of it: before and behind the counts of what is lost. */
const answers: readonly (readonly [name: string, answer: Answering, before: string, behind: string])[] = [
  [
    "429 for an hour",
    (response) => response.writeHead(429, { "retry-after": "3600" }).end(),
    "answers 429 (too many requests)",
    "Its rate limit is reached: raise the limit, or send less.",
  ],
  [
    "503",
    (response) => response.writeHead(503).end("starting"),
    "answers 503 (not available)",
    "It said: starting. It asks for a retry later.",
  ],
  [
    "302",
    (response) => response.writeHead(302, leadsTo).end(),
    "answers 302 (a redirect)",
    "It redirects to http://127.0.0.1:1/login: put the address that accepts OTLP into OTEL_EXPORTER_OTLP_ENDPOINT.",
  ],
  [
    "200 with a login page",
    (response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>login</html>"),
    "answers 200 (a web page)",
    "A login page or another server answers there: put the receiver's own address into OTEL_EXPORTER_OTLP_ENDPOINT, and its key into OTEL_EXPORTER_OTLP_HEADERS.",
  ],
  [
    "413",
    (response) => response.writeHead(413).end(),
    "answers 413 (too large)",
    "Even a single item is too large for it: raise its limit, or that of a proxy in front of it.",
  ],
  [
    "401",
    (response) => response.writeHead(401, { "content-type": "text/plain" }).end("bad key"),
    "answers 401 (not authorized)",
    "It said: bad key. Set the key that it asks for in OTEL_EXPORTER_OTLP_HEADERS, such as authorization=Bearer%20abc.",
  ],
  [
    "500",
    (response) => response.writeHead(500).end(),
    "answers 500 (internal error)",
    "Check its log. An OTLP sender must not retry after 500; a receiver that wants a retry answers 503.",
  ],
];

describe("an app that ends while the receiver answers", () => {
  for (const [name, answer, before, behind] of answers)
    test(`${name} says so in one line with what is lost, at its natural end and in process.exit`, async () => {
      await using at = await receiver(answer);
      const env = { OTEL_EXPORTER_OTLP_ENDPOINT: at.url, OTEL_METRICS_EXPORTER: "none" };
      for (const then of ["", "process.exit(0);"]) {
        const { with: end, err } = await run({ files: { "app.mjs": `${tick}tick.stop();${then}` }, env });
        expect({ end, err }).toEqual({
          end: 0,
          err: `jobtrail: ${at.url} ${before}, so 4 records and 1 span are lost. ${behind}\n`,
        });
      }
    });
});

test("a receiver that takes only a part keeps no process alive, and its own words are one line", async () => {
  await using at = await receiver((response) =>
    response.writeHead(200, { "content-type": "application/json" }).end(partly),
  );
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: at.url, OTEL_TRACES_EXPORTER: "none", OTEL_METRICS_EXPORTER: "none" };
  const { with: end, err } = await run({ files: { "app.mjs": `${tick}tick.stop();` }, env });
  // The records, and one report of the loss, which is rejected too.
  expect({ end, err, requests: at.requests() }).toEqual({
    end: 0,
    err: `jobtrail: ${at.url} accepts requests only in part, so 1 record is lost. It said: too old.\n`,
    requests: 2,
  });
});

test("an answer that never ends counts by its status", async () => {
  await using at = await receiver((response) => response.writeHead(200).write("a"));
  for (const then of ["tick.stop();", "process.exit(0);"])
    expect(
      await run({ files: { "app.mjs": `${tick}${then}` }, env: { OTEL_EXPORTER_OTLP_ENDPOINT: at.url } }),
    ).toMatchObject({ with: 0, err: "" });
});

test("a signal ends an app whose receiver is busy with one line", async () => {
  await using at = await receiver((response) => response.writeHead(503).end());
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: at.url, OTEL_METRICS_EXPORTER: "none" };
  const { with: end, err } = await run({
    files: {
      "app.mjs": `${tick}tick.stop(); process.kill(process.pid, "SIGTERM"); setInterval(() => undefined, 1000);`,
    },
    env,
  });
  expect({ end, err }).toEqual({
    end: "SIGTERM",
    err: `jobtrail: ${at.url} answers 503 (not available), so 4 records and 1 span are lost. It asks for a retry later.\n`,
  });
});
