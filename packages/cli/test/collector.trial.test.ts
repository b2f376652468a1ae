import { once } from "node:events";
import { chmodSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { decodeLogs, encodeResponse } from "@jobtrail/otlp";
import type { Encoding } from "@jobtrail/otlp";
import { expect, test } from "vitest";
import { startBackend } from "../../../test/collector/backend.ts";
import { collectorTest, otelcol } from "../../../test/collector/collector.ts";
import { jobtrail, temporary } from "./command.ts";
import type { Ended } from "./command.ts";

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const alone = { PATH: process.env["PATH"] ?? "", JOBTRAIL_OTELCOL: "" };
  await using command = jobtrail(["collector", "config", ...args], { ...alone, ...env });
  return await command.ended;
}

/** Free ports, so that a check finds no fault with them. */
const ports = {
  JOBTRAIL_COLLECTOR_HTTP: "127.0.0.1:0",
  JOBTRAIL_COLLECTOR_GRPC: "127.0.0.1:0",
  JOBTRAIL_COLLECTOR_HEALTH: "127.0.0.1:0",
  JOBTRAIL_COLLECTOR_METRICS_PORT: "0",
};

const token = "hny_0123456789abcdef";

collectorTest("a check starts the Collector that will run, and reports what it refuses or lacks", async () => {
  using folder = temporary();
  const binary = otelcol() ?? "";
  const env = { ...ports, JOBTRAIL_COLLECTOR_DATA: folder.path };
  const check = ["--check", "--otelcol", binary];
  expect(await run(["--backend", "loki", ...check], env)).toMatchObject({
    code: 0,
    out: "loki, tier agent: ready. No backend accepts traces and metrics: the Collector receives and drops them. Add a --backend that accepts them.\n",
  });
  const aws = { AWS_REGION: "eu-central-1", CLOUDWATCH_LOG_GROUP: "jobs", CLOUDWATCH_LOG_STREAM: "all" };
  const without = { AWS_EC2_METADATA_DISABLED: "true", HOME: folder.path };
  const refused = await run(["--backend", "aws-cloudwatch", ...check], { ...env, ...aws, ...without });
  expect(refused.code).toBe(1);
  expect(refused.err.replaceAll(binary, "otelcol")).toMatch(
    /^JOBTRAIL_COLLECTOR_NOT_READY: aws-cloudwatch, tier agent: not ready\. To correct:\n {2}otelcol refuses the configuration: .*could not retrieve credential provider.*\n$/,
  );
  const splunk = { SPLUNK_HEC_URL: "https://splunk.invalid:8088/services/collector", SPLUNK_HEC_TOKEN: token };
  const lacking = await run(["--backend", "splunk-hec", ...check], { ...env, ...splunk });
  expect(lacking.err.replaceAll(binary, "otelcol")).toMatchInlineSnapshot(`
    "JOBTRAIL_COLLECTOR_NOT_READY: splunk-hec, tier agent: not ready. To correct:
      otelcol (0.155.0+receivers-last) lacks exporters/splunk_hec. Use otelcol-contrib, 0.146 or later.
    "
  `);
});

test("an old Collector that lacks a component is one line with the component, the version and the distribution", async () => {
  using folder = temporary();
  const old = join(folder.path, "otelcol");
  const kinds = {
    receivers: ["otlp"],
    processors: ["memory_limiter", "filter", "transform"],
    exporters: ["otlphttp", "file", "nop"],
    extensions: ["health_check", "file_storage"],
    connectors: ["forward"],
  };
  const lists = Object.entries(kinds).map(
    ([kind, names]) =>
      `${kind}:\n${names.map((name) => `  - name: ${name}\n    module: example.com/${name} v0.98.0\n`).join("")}`,
  );
  writeFileSync(
    old,
    `#!/bin/sh\ncat <<'EOF'\nbuildinfo:\n  command: otelcol-contrib\n  version: 0.98.0\n${lists.join("")}EOF\n`,
  );
  chmodSync(old, 0o755);
  const env = { ...ports, JOBTRAIL_COLLECTOR_DATA: folder.path, PATH: "/bin:/usr/bin", JOBTRAIL_OTELCOL: old };
  const { code, err } = await run(["--backend", "joblog", "--check"], env);
  expect(code).toBe(1);
  expect(err.replaceAll(old, "otelcol")).toMatchInlineSnapshot(`
    "JOBTRAIL_COLLECTOR_NOT_READY: joblog, tier agent: not ready. To correct:
      otelcol (0.98.0) lacks exporters/otlp_http. Use otelcol-contrib or otelcol-k8s, 0.146 or later.
    "
  `);
});

collectorTest("a test job goes through a Collector to the backend, and its answer comes back", async () => {
  await using backend = await startBackend();
  const env = { HONEYCOMB_API_ENDPOINT: `${backend.url}/in`, HONEYCOMB_API_KEY: token };
  const args = ["--backend", "honeycomb", "--send-test", "--otelcol", otelcol() ?? ""];
  const { code, out, err } = await run(args, env);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const uid = /job\.uid ([0-9a-f]{32})/.exec(out)?.[1];
  expect(out.split("\n").slice(1)).toEqual([
    "  logs to otlp_http/logs: accepted.",
    "  traces to otlp_http/traces: accepted.",
    "  metrics to otlp_http/metrics: accepted.",
    "",
  ]);
  expect(backend.requests.map(({ path }) => path).toSorted()).toEqual([
    "/in/v1/logs",
    "/in/v1/metrics",
    "/in/v1/traces",
  ]);
  const logs = backend.requests.find(({ path }) => path === "/in/v1/logs");
  expect(logs?.headers["x-honeycomb-team"]).toBe(token);
  const decoded = decodeLogs(logs?.body ?? new Uint8Array(), "protobuf");
  expect(
    "records" in decoded && decoded.records.map(({ record }) => [record.eventName, record.attributes["job.uid"]]),
  ).toEqual([
    ["job.queued", uid],
    ["job.run.started", uid],
    ["job.run.ended", uid],
  ]);
});

collectorTest("a backend's refusal is reported in plain words, without secrets", async () => {
  await using backend = await startBackend(401);
  const env = { HONEYCOMB_API_ENDPOINT: backend.url, HONEYCOMB_API_KEY: token };
  const { code, out, err } = await run(["--backend", "honeycomb", "--send-test", "--otelcol", otelcol() ?? ""], env);
  expect(code).toBe(1);
  expect(`${out}${err}`).not.toContain(token);
  expect(out.replaceAll(backend.url, "URL").split("\n")[1]).toMatchInlineSnapshot(
    `"  logs to otlp_http/logs: not accepted: URL answers 401 (not authorized). Set the key that it asks for in HONEYCOMB_API_KEY. The Collector drops such a request."`,
  );
  backend.status = 503;
  const { out: later } = await run(["--backend", "honeycomb", "--send-test", "--otelcol", otelcol() ?? ""], env);
  expect(later.replaceAll(backend.url, "URL").split("\n")[1]).toMatchInlineSnapshot(
    `"  logs to otlp_http/logs: not accepted: URL answers 503 (not available). It asks for a retry later. The Collector tries again."`,
  );
});

test("a backend that takes only a part has not taken the test", async () => {
  await using backend = await startRefusing();
  const { code, out } = await run(["--backend", "joblog", "--send-test"], {
    PATH: "",
    JOBTRAIL_JOBLOG_ENDPOINT: backend.url,
  });
  expect(code).toBe(1);
  expect(out).toContain(
    "  logs to otlp_http/joblog: accepted in part: 2 items of the test job were dropped. It said: too old\n",
  );
});

collectorTest("a refusal that only the Collector's own log contains is reported too", async () => {
  await using backend = await startRefusing();
  const env = { JOBTRAIL_JOBLOG_ENDPOINT: backend.url };
  const { code, out } = await run(["--backend", "joblog", "--send-test", "--otelcol", otelcol() ?? ""], env);
  expect(code).toBe(1);
  expect(out).toContain(
    "  logs to otlp_http/joblog: accepted in part: 2 items of the test job were dropped. It said: too old\n",
  );
});

test("without a Collector the records of the log are sent as the exporter would send them", async () => {
  await using backend = await startBackend();
  const env = {
    PATH: "",
    GRAFANA_CLOUD_OTLP_ENDPOINT: `${backend.url}/otlp`,
    GRAFANA_CLOUD_INSTANCE_ID: "123456",
    GRAFANA_CLOUD_API_KEY: token,
  };
  const { code, out } = await run(["--backend", "grafana-cloud", "--send-test"], env);
  expect(code).toBe(1);
  expect(out.replaceAll(backend.url, "URL").replace(/[0-9a-f]{32}/, "UID")).toMatchInlineSnapshot(`
    "Test job jobtrail-test, job.uid UID, sent without a Collector:
      logs to otlp_http/logs: accepted.
      traces to otlp_http/traces: not sent. otlp_http/traces can be tested only through a Collector: name one with --otelcol.
      metrics to otlp_http/metrics: not sent. otlp_http/metrics can be tested only through a Collector: name one with --otelcol.
    "
  `);
  const [request] = backend.requests;
  expect(request).toMatchObject({
    path: "/otlp/v1/logs",
    headers: {
      authorization: `Basic ${Buffer.from(`123456:${token}`).toString("base64")}`,
      "content-type": "application/x-protobuf",
    },
  });
  const decoded = decodeLogs(request?.body ?? new Uint8Array(), "protobuf");
  expect("records" in decoded && decoded.records.length).toBe(3);
});

test("a backend that does not answer is reported as such", async () => {
  const { url } = await closed();
  const env = { PATH: "", JOBTRAIL_JOBLOG_ENDPOINT: url };
  const { code, out } = await run(["--backend", "joblog", "--send-test"], env);
  expect(code).toBe(1);
  expect(out).toContain(
    `  logs to otlp_http/joblog: not accepted: nothing listens at ${url} (ECONNREFUSED). Start the receiver, or correct its host and port in JOBTRAIL_JOBLOG_ENDPOINT. The Collector tries again.\n`,
  );
});

test("a partial success in protobuf is one too", async () => {
  await using backend = await startRefusing("protobuf");
  const { code, out } = await run(["--backend", "honeycomb", "--send-test"], {
    PATH: "",
    HONEYCOMB_API_ENDPOINT: backend.url,
    HONEYCOMB_API_KEY: token,
  });
  expect(code).toBe(1);
  expect(out).toContain(
    "  logs to otlp_http/logs: accepted in part: 2 items of the test job were dropped. It said: too old\n",
  );
});

/** What goes wrong on the way to a backend: the URL that is set, and what is said of it without and with a Collector. */
const troubles: Readonly<Record<string, { readonly url: (backend: string) => string; readonly says: RegExp }>> = {
  "nobody listens": {
    url: () => "http://127.0.0.1:1",
    says: /nothing listens at http:\/\/127\.0\.0\.1:1 \(ECONNREFUSED\)\. .+/,
  },
  "the port of gRPC": {
    url: () => "http://127.0.0.1:4317",
    says: /Port 4317 is for gRPC: write the port for OTLP over HTTP into HONEYCOMB_API_ENDPOINT, usually 4318\./,
  },
  "an unknown host": {
    url: () => "https://nobody.invalid",
    says: /(no DNS entry exists for nobody\.invalid \(ENOTFOUND\)\. Correct the name in|the name nobody\.invalid cannot be looked up \(EAI_AGAIN\)\. Check the DNS of this machine, or the name in) HONEYCOMB_API_ENDPOINT\./,
  },
  "TLS where there is none": {
    url: (backend) => backend.replace("http:", "https:"),
    says: /https:\S+ does not speak TLS \(EPROTO\)\. Write http:\/\/ instead of https:\/\/ in HONEYCOMB_API_ENDPOINT, or the port that speaks TLS\./,
  },
};

for (const [name, { url, says }] of Object.entries(troubles)) {
  const told = async (otelcol?: string): Promise<string> => {
    await using backend = await startBackend();
    const env = { PATH: "", HONEYCOMB_API_ENDPOINT: url(backend.url), HONEYCOMB_API_KEY: token };
    const with_ = otelcol === undefined ? [] : ["--otelcol", otelcol];
    const { code, out } = await run(["--backend", "honeycomb", "--send-test", ...with_], env);
    expect(code).toBe(1);
    return out.split("\n")[1] ?? "";
  };
  test(`what to do is said without a Collector: ${name}`, async () => expect(await told()).toMatch(says));
  collectorTest(`what to do is said with a Collector: ${name}`, async () =>
    expect(await told(otelcol())).toMatch(says),
  );
}

test("a test is not sent while a variable is missing", async () => {
  const { code, out, err } = await run(["--backend", "datadog", "--send-test"], { PATH: "", DD_API_KEY: "" });
  expect({ code, out, err }).toEqual({
    code: 1,
    out: "",
    err: "JOBTRAIL_COLLECTOR_NOT_READY: datadog, tier agent: not ready. To correct:\n  DD_API_KEY is not set: an API key.\n",
  });
});

/** A backend that takes one record of three. */
async function startRefusing(encoding: Encoding = "json"): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      response.setHeader("content-type", encoding === "json" ? "application/json" : "application/x-protobuf");
      response.end(encodeResponse("logs", encoding, { count: 2, message: "too old" }));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** A backend that was there. */
async function closed(): Promise<{ readonly url: string }> {
  await using backend = await startBackend();
  return backend;
}

collectorTest("each of two backends for one signal is tried, and what each answered is said", async () => {
  await using well = await startBackend();
  await using refusing = await startBackend(401);
  const env = { LOKI_ADDR: well.url, VICTORIALOGS_URL: refusing.url };
  const { code, out } = await run(
    ["--backend", "loki", "--backend", "victoria-logs", "--send-test", "--otelcol", otelcol() ?? ""],
    env,
  );
  expect(code).toBe(1);
  expect(out.split("\n").filter((line) => line.startsWith("  "))).toEqual([
    expect.stringMatching(/^ {2}logs to loki \(otlp_http\/logs\): accepted/),
    expect.stringMatching(/^ {2}logs to victoria-logs \(otlp_http\/victoria-logs_logs\): .*401/),
  ]);
});
