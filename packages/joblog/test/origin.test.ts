import { expect, test } from "vitest";
import { startJobLog } from "../src/index.ts";
import { jobs, post, send } from "./sender.ts";

const paths = ["/", "/api/v1/jobs", "/api/v1/stream", "/v1/logs", "/nowhere"];

test.each(["evil.example", "evil.example:4318", "localhost.evil.example", "127.0.0.1.nip.io", "10.0.0.1", "[::2]"])(
  "a request that is addressed to %j is refused at every path",
  async (host) => {
    await using log = await startJobLog({ port: 0 });
    for (const path of paths) {
      expect(await send(`${log.url}${path}`, { headers: { host } })).toMatchObject({ status: 403 });
    }
    expect(await post(`${log.url}/v1/logs`, jobs(["1"]), "protobuf", { host })).toMatchObject({ status: 403 });
    expect(await log.summary()).toMatchObject({ jobs: 0 });
  },
);

test.each(["localhost", "LOCALHOST:4318", "127.0.0.1:1", "127.9.9.9", "[::1]:4318"])(
  "a request that is addressed to %s is answered",
  async (host) => {
    await using log = await startJobLog({ port: 0 });
    expect(await send(`${log.url}/api/v1/jobs`, { headers: { host } })).toMatchObject({ status: 200 });
  },
);

test("a further name is answered to when it is allowed, and any address where all are listened at", async () => {
  await using log = await startJobLog({ port: 0, host: "0.0.0.0", allowHosts: ["jobs.internal"] });
  const statusFor = async (host: string): Promise<number | undefined> =>
    (await send(`${log.url}/api/v1/jobs`, { headers: { host } })).status;
  expect(await statusFor("jobs.internal:4318")).toBe(200);
  expect(await statusFor("192.168.1.7:4318")).toBe(200);
  expect(await statusFor("evil.example")).toBe(403);
});

test.each([
  ["another origin's page", { origin: "https://evil.example" }],
  ["a page in a sandbox", { origin: "null" }],
  ["another program's page on this machine", { origin: "http://localhost:3000" }],
  ["another site's image or script", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }],
  ["a page on another port", { "sec-fetch-site": "same-site" }],
  [
    "another site's frame",
    { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" },
  ],
])("%s is refused at every path, and gets no leave to read", async (_, headers) => {
  await using log = await startJobLog({ port: 0 });
  for (const path of paths) {
    const answer = await send(`${log.url}${path}`, { headers });
    expect(answer.status).toBe(403);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control-"))).toEqual([]);
  }
  expect(await post(`${log.url}/v1/logs`, jobs(["1"]), "protobuf", headers)).toMatchObject({ status: 403 });
  expect(await log.summary()).toMatchObject({ jobs: 0 });
});

test("a page that asks for leave to post gets none", async () => {
  await using log = await startJobLog({ port: 0 });
  const headers = { origin: "https://evil.example", "access-control-request-method": "POST" };
  expect(await send(`${log.url}/v1/logs`, { method: "OPTIONS", headers })).toMatchObject({ status: 403 });
});

test("our own page and a followed link are answered", async () => {
  await using log = await startJobLog({ port: 0 });
  const link = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
  for (const headers of [{ "sec-fetch-site": "same-origin", origin: log.url }, { "sec-fetch-site": "none" }, link])
    expect(await send(`${log.url}/`, { headers })).toMatchObject({ status: 200 });
  const posted = await send(`${log.url}/v1/logs`, { method: "POST", headers: link });
  expect(posted.status).toBe(403);
});

test("every answer carries the strict headers", async () => {
  await using log = await startJobLog({ port: 0 });
  for (const path of [...paths.filter((path) => path !== "/api/v1/stream"), "/api/v1/summary"]) {
    const { headers } = await send(`${log.url}${path}`);
    expect(headers).toMatchObject({
      "content-security-policy":
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    });
  }
});
