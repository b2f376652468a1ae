import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import { createServer as createTcpServer } from "node:net";
import type { Server } from "node:net";
import { join } from "node:path";
import { problemOf, sender } from "@jobtrail/delivery";
import type { Endpoint } from "@jobtrail/delivery";
import { expect, test } from "vitest";
import { endpointAt, listening } from "./server.ts";

const settings = {
  address: "--endpoint",
  headers: "OTEL_EXPORTER_OTLP_HEADERS",
  keyExample: "authorization=Bearer%20abc",
  encoding: "Set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf or http/json.",
  certificate: "OTEL_EXPORTER_OTLP_CERTIFICATE",
};

/** What is said of a request to an endpoint. */
async function problemText(endpoint: Endpoint): Promise<string> {
  const answer = await sender(endpoint, { keepsAlive: true })(new Uint8Array());
  if (answer.kind === "accepted") return "accepted";
  const { says, advice } = problemOf(endpoint, answer, settings);
  return `${says}. ${advice}`;
}

/** What is said of a request to a server, with its port as PORT. */
async function toldOf(server: Server, url: (port: number) => string, more: Partial<Endpoint> = {}): Promise<string> {
  await using at = await listening(server);
  return (await problemText(endpointAt(url(at.port), more))).replaceAll(`${at.port}`, "PORT");
}

const plain = (port: number): string => `http://127.0.0.1:${port}/v1/logs`;
const secure = (port: number): string => `https://localhost:${port}/v1/logs`;
const answering = (status: number, headers = {}, body = ""): Server =>
  createServer(
    (request, response) => void request.resume().on("end", () => response.writeHead(status, headers).end(body)),
  );
const pem = (name: string): string => readFileSync(join(import.meta.dirname, name), "utf8");
const tls = (): Server =>
  createHttpsServer({ key: pem("key.pem"), cert: pem("cert.pem") }, (_, response) => void response.end());

test("nothing listens on the port", async () => {
  expect(await problemText(endpointAt("http://127.0.0.1:1/v1/logs"))).toMatchInlineSnapshot(
    `"nothing listens at http://127.0.0.1:1 (ECONNREFUSED). Start the receiver, or correct its host and port in --endpoint."`,
  );
  expect(await problemText(endpointAt("http://127.0.0.1:4317/v1/logs"))).toMatchInlineSnapshot(
    `"nothing listens at http://127.0.0.1:4317 (ECONNREFUSED). Port 4317 is for gRPC: write the port for OTLP over HTTP into --endpoint, usually 4318."`,
  );
});

test("an unknown host", async () => {
  // Which of the two it is depends on whether a name server can be asked.
  const unknown = (host: string): RegExp =>
    new RegExp(
      `^(no DNS entry exists for ${host} \\(ENOTFOUND\\)\\. Correct the name in|the name ${host} cannot be looked up \\(EAI_AGAIN\\)\\. Check the DNS of this machine, or the name in) --endpoint\\.`,
    );
  expect(await problemText(endpointAt("https://nobody.invalid/v1/logs"))).toMatch(unknown("nobody.invalid"));
  const page = await problemText(endpointAt("https://otlp.app.datadoghq.invalid/v1/logs"));
  expect(page).toMatch(unknown("otlp.app.datadoghq.invalid"));
  expect(page).toMatch(/ Maybe "app\." belongs to the vendor's web page only: try --endpoint without it\.$/);
});

test("TLS where there is none, and none where there is", async () => {
  expect(await toldOf(answering(200), secure)).toMatchInlineSnapshot(
    `"https://localhost:PORT does not speak TLS (EPROTO). Write http:// instead of https:// in --endpoint, or the port that speaks TLS."`,
  );
  expect(await toldOf(tls(), plain)).toMatchInlineSnapshot(
    `"http://127.0.0.1:PORT closes the connection without an answer (ECONNRESET). Check in --endpoint that this is the port for OTLP over HTTP (usually 4318), not the one for gRPC. If it expects TLS, write https://."`,
  );
  const nginx = answering(400, {}, "<html><title>400 The plain HTTP request was sent to HTTPS port</title>");
  expect(await toldOf(nginx, plain)).toMatchInlineSnapshot(
    `"http://127.0.0.1:PORT answers 400 (bad request). It said: 400 The plain HTTP request was sent to HTTPS port. It expects TLS: write https:// in --endpoint."`,
  );
});

test("a self-signed certificate, or one for another name", async () => {
  expect(await toldOf(tls(), secure)).toMatchInlineSnapshot(
    `"the certificate of https://localhost:PORT is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT). Name the file of the authority that signed it in OTEL_EXPORTER_OTLP_CERTIFICATE."`,
  );
  const other = (port: number): string => `https://127.0.0.1:${port}/v1/logs`;
  expect(await toldOf(tls(), other, { tls: { ca: pem("cert.pem") } })).toMatchInlineSnapshot(
    `"the certificate of https://127.0.0.1:PORT is not for 127.0.0.1 (ERR_TLS_CERT_ALTNAME_INVALID). Write the host name of its certificate into --endpoint."`,
  );
  expect(await toldOf(tls(), secure, { tls: { ca: pem("cert.pem") } })).toBe("accepted");
});

test("the port of gRPC", async () => {
  expect(await toldOf(createHttp2Server() as Server, plain)).toMatchInlineSnapshot(
    `"http://127.0.0.1:PORT does not answer in HTTP/1.1 (HPE_INVALID_CONSTANT). Check in --endpoint that this is the port for OTLP over HTTP (usually 4318), not the one for gRPC."`,
  );
  expect(
    await toldOf(
      createTcpServer((socket) => void socket.destroy()),
      plain,
    ),
  ).toMatchInlineSnapshot(
    `"http://127.0.0.1:PORT closes the connection without an answer (ECONNRESET). Check in --endpoint that this is the port for OTLP over HTTP (usually 4318), not the one for gRPC. If it expects TLS, write https://."`,
  );
});

test("a receiver that never answers", async () => {
  expect(
    await toldOf(
      createTcpServer(() => undefined),
      plain,
      { timeoutMs: 100 },
    ),
  ).toMatchInlineSnapshot(
    `"http://127.0.0.1:PORT does not answer within 0.1 s (ETIMEDOUT). Check that an OTLP/HTTP receiver runs there. Check in --endpoint that this is the port for OTLP over HTTP (usually 4318), not the one for gRPC."`,
  );
});

test("a dead proxy, and one that does not lead there", async () => {
  const dead = { HTTP_PROXY: "http://me:hunter2@127.0.0.1:1", HTTPS_PROXY: "http://127.0.0.1:1" };
  expect(await problemText(endpointAt("http://receiver.invalid/v1/logs", { proxy: dead }))).toMatchInlineSnapshot(
    `"the proxy http://127.0.0.1:1 (HTTP_PROXY) does not answer (ECONNREFUSED). Start it, correct HTTP_PROXY, or exclude the host with NO_PROXY=receiver.invalid."`,
  );
  await using proxy = await listening(answering(403));
  const refusing = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
  expect(await problemText(endpointAt("https://receiver.invalid/v1/logs", { proxy: refusing }))).toMatchInlineSnapshot(
    `"the proxy does not reach https://receiver.invalid (ERR_PROXY_TUNNEL). Correct HTTP_PROXY or HTTPS_PROXY, or exclude the host with NO_PROXY."`,
  );
});

test("a header that HTTP does not allow", async () => {
  const headers = { authorization: "Bearer hunter2\n" };
  expect(await problemText(endpointAt("http://127.0.0.1:1/v1/logs", { headers }))).toMatchInlineSnapshot(
    `"a header has a character that HTTP does not allow (ERR_INVALID_CHAR). Correct OTEL_EXPORTER_OTLP_HEADERS."`,
  );
});

test("a name and password in the address are used, and never shown", async () => {
  const withPassword = (port: number): string => `http://me:hunter2@127.0.0.1:${port}/v1/logs?key=secret`;
  const server = createServer((request, response) => {
    const [, login = ""] = request.headers.authorization?.split(" ") ?? [];
    response.writeHead(Buffer.from(login, "base64").toString() === "me:hunter2" ? 403 : 401).end();
  });
  expect(await toldOf(server, withPassword)).toMatchInlineSnapshot(
    `"http://127.0.0.1:PORT answers 403 (forbidden). Check the permissions of the key in OTEL_EXPORTER_OTLP_HEADERS."`,
  );
});

test("each status says what to do", async () => {
  const lines: string[] = [];
  for (const status of [400, 401, 403, 404, 405, 407, 413, 415, 418, 429, 431, 500, 501, 502, 503, 504, 507])
    lines.push(await toldOf(answering(status), plain));
  lines.push(await toldOf(answering(302, { location: "https://sso.example/login?token=hunter2" }), plain));
  lines.push(await toldOf(answering(200, { "content-type": "text/html" }, "<title>Log in</title>"), plain));
  lines.push(await toldOf(answering(404), (port) => `http://127.0.0.1:${port}/v1/logs/v1/logs`));
  lines.push(await toldOf(answering(400, {}, '{"message":"no such tenant"}'), plain));
  expect(lines.join("\n")).toMatchInlineSnapshot(`
    "http://127.0.0.1:PORT answers 400 (bad request). It cannot read the request, or does not accept these records: check its limits and its log.
    http://127.0.0.1:PORT answers 401 (not authorized). Set the key that it asks for in OTEL_EXPORTER_OTLP_HEADERS, such as authorization=Bearer%20abc.
    http://127.0.0.1:PORT answers 403 (forbidden). Check the permissions of the key in OTEL_EXPORTER_OTLP_HEADERS.
    http://127.0.0.1:PORT answers 404 (not found). No OTLP receiver is at /v1/logs: correct the path in --endpoint; /v1/logs, /v1/traces and /v1/metrics are added to it.
    http://127.0.0.1:PORT answers 405 (method not allowed). No OTLP receiver is at /v1/logs: correct the path in --endpoint; /v1/logs, /v1/traces and /v1/metrics are added to it.
    http://127.0.0.1:PORT answers 407 (the proxy requires a login). Put the proxy's user and password into HTTP_PROXY or HTTPS_PROXY.
    http://127.0.0.1:PORT answers 413 (too large). Even a single item is too large for it: raise its limit, or that of a proxy in front of it.
    http://127.0.0.1:PORT answers 415 (unsupported media type). It accepts another encoding. Set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf or http/json.
    http://127.0.0.1:PORT answers 418. It cannot read the request, or does not accept these records: check its limits and its log.
    http://127.0.0.1:PORT answers 429 (too many requests). Its rate limit is reached: raise the limit, or send less.
    http://127.0.0.1:PORT answers 431 (headers too large). Shorten the headers in OTEL_EXPORTER_OTLP_HEADERS.
    http://127.0.0.1:PORT answers 500 (internal error). Check its log. An OTLP sender must not retry after 500; a receiver that wants a retry answers 503.
    http://127.0.0.1:PORT answers 501 (not implemented). No OTLP receiver is at /v1/logs: correct the path in --endpoint; /v1/logs, /v1/traces and /v1/metrics are added to it.
    http://127.0.0.1:PORT answers 502 (bad gateway). A proxy in front of it does not reach it: check that the receiver runs.
    http://127.0.0.1:PORT answers 503 (not available). It asks for a retry later.
    http://127.0.0.1:PORT answers 504 (gateway timeout). A proxy in front of it got no answer in time: check that the receiver runs.
    http://127.0.0.1:PORT answers 507. Check its log. An OTLP sender must not retry after 500; a receiver that wants a retry answers 503.
    http://127.0.0.1:PORT answers 302 (a redirect). It redirects to https://sso.example/login: put the address that accepts OTLP into --endpoint.
    http://127.0.0.1:PORT answers 200 (a web page). It is titled: Log in. A login page or another server answers there: put the receiver's own address into --endpoint, and its key into OTEL_EXPORTER_OTLP_HEADERS.
    http://127.0.0.1:PORT/v1/logs answers 404 (not found). --endpoint has the path /v1/… already: leave it out, it is added.
    http://127.0.0.1:PORT answers 400 (bad request). It said: no such tenant. It cannot read the request, or does not accept these records: check its limits and its log."
  `);
});
