import { expect, test } from "vitest";
import { endpointsIn } from "@jobtrail/delivery";

const plain = { headers: {}, encoding: "protobuf", gzip: false, timeoutMs: 10_000, tls: {} };

test("without variables all goes to the usual port of this machine", () => {
  expect(endpointsIn({}, ["traces", "logs"])).toEqual({
    sent: {
      traces: { ...plain, url: "http://localhost:4318/v1/traces" },
      logs: { ...plain, url: "http://localhost:4318/v1/logs" },
    },
    warnings: [],
  });
});

test("a signal's own variable wins, and its endpoint is taken as it is", () => {
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: "https://otlp.example.org/base/",
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: "http://logs.example.org/in",
    OTEL_EXPORTER_OTLP_HEADERS: "x-key=a%20b, x-all = 1",
    OTEL_EXPORTER_OTLP_LOGS_HEADERS: "x-key=c==",
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: "http/protobuf",
    OTEL_EXPORTER_OTLP_TIMEOUT: "2500",
    OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
  };
  expect(endpointsIn(env, ["traces", "logs"])).toMatchObject({
    sent: {
      traces: {
        url: "https://otlp.example.org/base/v1/traces",
        headers: { "x-key": "a b", "x-all": "1" },
        encoding: "json",
        gzip: true,
        timeoutMs: 2500,
        tls: {},
      },
      logs: {
        url: "http://logs.example.org/in",
        headers: { "x-key": "c==", "x-all": "1" },
        encoding: "protobuf",
        gzip: true,
        timeoutMs: 2500,
        tls: {},
      },
    },
  });
});

test("a signal can be switched off", () => {
  expect(endpointsIn({ OTEL_LOGS_EXPORTER: "none" }, ["traces", "logs"])).toEqual({
    sent: { traces: { ...plain, url: "http://localhost:4318/v1/traces" } },
    warnings: [],
  });
});

test("an exporter that is unknown concerns its own signal alone, which is said", () => {
  const env = { OTEL_LOGS_EXPORTER: "console", OTEL_TRACES_EXPORTER: "otlp, zipkin" };
  expect(endpointsIn(env, ["traces", "logs", "metrics"])).toEqual({
    sent: {
      traces: { ...plain, url: "http://localhost:4318/v1/traces" },
      metrics: { ...plain, url: "http://localhost:4318/v1/metrics" },
    },
    warnings: [
      'OTEL_TRACES_EXPORTER is "otlp,zipkin": Jobtrail knows otlp and none, and sends traces by otlp alone.',
      'OTEL_LOGS_EXPORTER is "console": Jobtrail knows otlp and none, and sends no logs.',
    ],
  });
});

test("what cannot be sent is said with its value and what to do", () => {
  expect(endpointsIn({ OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4318" }, ["logs"])).toMatchInlineSnapshot(
    `"OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4318" has no scheme: write http://collector:4318, or https://collector:4318 where it expects TLS. Nothing is sent."`,
  );
});
