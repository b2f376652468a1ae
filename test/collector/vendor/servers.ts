import type { Vendor } from "./row.ts";
import { basic, called, limited, mebibyte, megabyte, only, three } from "./ways.ts";

/** The backends that one runs oneself, at addresses that are made up: nobody goes by a proxy to localhost. */
export const servers: readonly Vendor[] = [
  {
    backend: "clickstack",
    env: { CLICKSTACK_OTLP_ENDPOINT: "http://clickstack.test:4318", CLICKSTACK_AUTHORIZATION: "key-test" },
    ways: three("http://clickstack.test:4318", { authorization: "key-test" }),
    secret: "authorization",
  },
  {
    backend: "data-prepper",
    env: { DATA_PREPPER_ENDPOINT: "data-prepper.test:21893" },
    protocol: "grpc",
    ways: limited(called("https://data-prepper.test:21893", ["logs", "traces", "metrics"]), 10 * megabyte),
  },
  {
    backend: "datadog-agent",
    env: { DD_AGENT_HOST: "datadog-agent.test" },
    ways: three("http://datadog-agent.test:4318"),
    oldestHours: 18,
    checks: "The Agent takes a too old record, and Datadog drops it.",
  },
  {
    backend: "greptimedb",
    env: {
      GREPTIMEDB_URL: "http://greptimedb.test:4000",
      GREPTIMEDB_USERNAME: "jobs",
      GREPTIMEDB_PASSWORD: "greptime-test",
    },
    ways: three(
      "http://greptimedb.test:4000/v1/otlp",
      { ...basic("jobs", "greptime-test"), "x-greptime-db-name": "public" },
      {
        logs: { "x-greptime-log-table-name": "opentelemetry_logs" },
        traces: { "x-greptime-pipeline-name": "greptime_trace_v1" },
      },
    ),
    secret: "authorization",
    isBinaryOnly: true,
    checks: "Without a table's name logs are not refused: they go to opentelemetry_logs.",
  },
  {
    backend: "jaeger",
    env: { JAEGER_ENDPOINT: "http://jaeger.test:4318" },
    ways: { traces: { url: "http://jaeger.test:4318/v1/traces", largest: 20 * mebibyte } },
  },
  {
    backend: "loki",
    env: { LOKI_ADDR: "http://loki.test:3100", LOKI_ORG_ID: "jobs" },
    ways: {
      logs: { url: "http://loki.test:3100/otlp/v1/logs", headers: { "x-scope-orgid": "jobs" }, largest: 6 * mebibyte },
    },
    oldestHours: 7 * 24,
    metadata: { bytes: 64 * 1024, entries: 128 },
    // Above a tenant's burst limit a request is to come again, and never fits.
    answers: { taken: 204, wrongHeader: 401, tooLarge: 429 },
    checks: "The tenant is asked for where there are several.",
  },
  {
    backend: "mimir",
    env: { MIMIR_ADDRESS: "http://mimir.test:8080", MIMIR_TENANT_ID: "jobs" },
    ways: {
      metrics: {
        url: "http://mimir.test:8080/otlp/v1/metrics",
        headers: { "x-scope-orgid": "jobs" },
        largest: 100 * mebibyte,
      },
    },
    temporality: only("cumulative"),
    answers: { wrongHeader: 401 },
    checks: "Not that the points of a series come in order.",
  },
  {
    backend: "openobserve",
    env: {
      OPENOBSERVE_URL: "http://openobserve.test:5080",
      OPENOBSERVE_USER: "jobs@example.test",
      OPENOBSERVE_PASSWORD: "observe-test",
    },
    ways: three("http://openobserve.test:5080/api/default", {
      ...basic("jobs@example.test", "observe-test"),
      "stream-name": "jobs",
    }),
    secret: "authorization",
    oldestHours: 5,
    answers: { tooOld: 200 },
    checks: "Without a stream's name nothing is refused: it goes to the stream default.",
  },
  {
    backend: "otlp",
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: "https://otlp.example.test",
      JOBTRAIL_COLLECTOR_OTLP_HEADERS: '{x-api-key: "any-test", x-tenant: jobs}',
    },
    ways: three("https://otlp.example.test", { "x-api-key": "any-test", "x-tenant": "jobs" }),
    secret: "x-api-key",
  },
  {
    backend: "parseable",
    env: {
      PARSEABLE_URL: "http://parseable.test:8000",
      PARSEABLE_USERNAME: "jobs",
      PARSEABLE_PASSWORD: "parseable-test",
    },
    ways: three("http://parseable.test:8000", basic("jobs", "parseable-test"), {
      logs: { "x-p-stream": "jobs", "x-p-log-source": "otel-logs" },
      traces: { "x-p-stream": "job-traces", "x-p-log-source": "otel-traces" },
      metrics: { "x-p-stream": "job-metrics", "x-p-log-source": "otel-metrics" },
    }),
    secret: "authorization",
    checks: "That protobuf is taken is to check: early releases took JSON alone.",
  },
  {
    backend: "prometheus",
    env: { PROMETHEUS_URL: "http://prometheus.test:9090" },
    ways: { metrics: { url: "http://prometheus.test:9090/api/v1/otlp/v1/metrics" } },
    temporality: only("cumulative"),
    checks: "Not that the points of a series come in order.",
  },
  {
    backend: "prometheus-remote-write",
    env: { PROMETHEUS_REMOTE_WRITE_URL: "http://prometheus.test:9090/api/v1/write" },
    protocol: "remoteWrite",
    ways: {
      metrics: {
        url: "http://prometheus.test:9090/api/v1/write",
        headers: { "x-prometheus-remote-write-version": "0.1.0" },
      },
    },
    answers: { taken: 204 },
    checks: "Not that the points of a series come in order.",
  },
  {
    backend: "quickwit",
    env: { QUICKWIT_GRPC_ENDPOINT: "quickwit.test:7281" },
    protocol: "grpc",
    ways: called("http://quickwit.test:7281", ["logs", "traces"]),
  },
  {
    backend: "seq",
    env: { SEQ_URL: "http://seq.test:5341", SEQ_API_KEY: "seq-test" },
    ways: limited(
      {
        logs: { url: "http://seq.test:5341/ingest/otlp/v1/logs", headers: { "x-seq-apikey": "seq-test" } },
        traces: { url: "http://seq.test:5341/ingest/otlp/v1/traces", headers: { "x-seq-apikey": "seq-test" } },
      },
      10 * mebibyte,
    ),
    secret: "x-seq-apikey",
    isBinaryOnly: true,
    checks: "The limit of size is to check.",
  },
  {
    backend: "tempo",
    env: { TEMPO_OTLP_URL: "http://tempo.test:4318", TEMPO_ORG_ID: "jobs" },
    ways: { traces: { url: "http://tempo.test:4318/v1/traces", headers: { "x-scope-orgid": "jobs" } } },
    answers: { wrongHeader: 401 },
    checks: "Not the 5 MB of a trace. The tenant is asked for where there are several.",
  },
  {
    backend: "victoria-logs",
    env: { VICTORIALOGS_URL: "http://victoria-logs.test:9428" },
    ways: {
      logs: {
        url: "http://victoria-logs.test:9428/insert/opentelemetry/v1/logs",
        headers: {
          accountid: "0",
          projectid: "0",
          "vl-stream-fields": "service.name,service.namespace,deployment.environment.name",
        },
      },
    },
    oldestHours: 7 * 24,
    answers: { tooOld: 200 },
    checks:
      "Without its headers nothing is refused. A too old record is dropped, and only the server's own log says so.",
  },
  {
    backend: "victoria-metrics",
    env: { VICTORIAMETRICS_URL: "http://victoria-metrics.test:8428" },
    ways: { metrics: { url: "http://victoria-metrics.test:8428/opentelemetry/v1/metrics", largest: 64 * mebibyte } },
    isBinaryOnly: true,
  },
  {
    backend: "victoria-traces",
    env: { VICTORIATRACES_URL: "http://victoria-traces.test:10428" },
    ways: {
      traces: {
        url: "http://victoria-traces.test:10428/insert/opentelemetry/v1/traces",
        headers: { accountid: "0", projectid: "0" },
      },
    },
    checks: "Without its headers nothing is refused.",
  },
];
