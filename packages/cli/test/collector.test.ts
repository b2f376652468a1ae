import { join } from "node:path";
import { expect, test } from "vitest";
import { jobtrail } from "./command.ts";
import type { Ended } from "./command.ts";

/** Nothing of this machine's Collectors, and ports and folders that are free. */
const apart = {
  PATH: "",
  JOBTRAIL_OTELCOL: "",
  JOBTRAIL_COLLECTOR_HTTP: "127.0.0.1:0",
  JOBTRAIL_COLLECTOR_GRPC: "127.0.0.1:0",
  JOBTRAIL_COLLECTOR_HEALTH: "127.0.0.1:0",
  JOBTRAIL_COLLECTOR_METRICS_PORT: "0",
};

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  await using command = jobtrail(["collector", ...args], { ...apart, ...env });
  return await command.ended;
}

const grafana = {
  GRAFANA_CLOUD_OTLP_ENDPOINT: "https://otlp-gateway-prod-eu-west-2.grafana.net/otlp",
  GRAFANA_CLOUD_INSTANCE_ID: "123456",
  GRAFANA_CLOUD_API_KEY: "glc_0123456789",
};

test("a configuration begins with what it was made of, what it runs with and what has to be set", async () => {
  const { code, out, err } = await run(["config", "--backend", "grafana-cloud"], grafana);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const [comment = "", body = ""] = out.split("\n\n", 2);
  expect(comment.split("# May be set:")[0]).toMatchInlineSnapshot(`
    "# OpenTelemetry Collector for grafana-cloud, tier agent.
    # Made of base.yaml, agent.yaml, fragments/event-name.yaml, fragments/batch-1mb.yaml, fragments/loki-metadata.yaml, backends/grafana-cloud.yaml of @jobtrail/collector by:
    #   jobtrail collector config --backend grafana-cloud --tier agent
    # Runs with otelcol-contrib (contrib) or otelcol-k8s (k8s), from version 0.146; the lean build too.
    # Must be set in its environment:
    #   GRAFANA_CLOUD_INSTANCE_ID    the number of the stack
    #   GRAFANA_CLOUD_API_KEY        a token of an access policy that may write
    #   GRAFANA_CLOUD_OTLP_ENDPOINT  the OTLP address of your stack, which ends in /otlp
    "
  `);
  expect(comment).toContain("\n#   JOBTRAIL_COLLECTOR_HTTP             127.0.0.1:14318 where not set; receivers.otlp.");
  expect(body).toMatch(/^extensions:\n {2}health_check:/);
  for (const value of Object.values(grafana)) expect(out).not.toContain(value);
});

test("a backend's part of the configuration is merged into the base's, with the comments of both", async () => {
  const { out } = await run(["config", "--backend", "datadog"]);
  const exporter = /^ {2}otlp_http\/traces:\n(?: {4}.*\n)*/m.exec(out)?.[0];
  expect(exporter).toMatchInlineSnapshot(`
    "  otlp_http/traces:
        endpoint: http://backend.invalid
        compression: gzip
        timeout: 30s
        retry_on_failure:
          enabled: true
          initial_interval: 1s
          max_interval: 30s
          max_elapsed_time: 0s
        sending_queue:
          enabled: true
          storage: file_storage/queue
          sizer: bytes
          queue_size: \${env:JOBTRAIL_COLLECTOR_QUEUE_BYTES:-1073741824}
          # A full queue drops instead of waiting: a sampler in front of it would stop, with its traces in memory.
          block_on_overflow: false
          num_consumers: 4
          batch:
            sizer: bytes
            flush_timeout: 1s
            min_size: 262144
            max_size: 3000000
        traces_endpoint: https://otlp.\${env:DD_SITE:-datadoghq.com}/v1/traces
        headers:
          dd-api-key: \${env:DD_API_KEY}
          # The name that Datadog's own Agent and exporter would give the span.
          dd-otel-span-mapping: '{"span_name_as_resource_name": false}'
          # Hits, errors and durations are counted there; without it only from the spans that are kept.
          compute_stats: "true"
    "
  `);
});

test("as a command it names the files themselves", async () => {
  const { code, out } = await run(["config", "--backend", "tempo", "--with", "resend", "--print", "command"]);
  expect(code).toBe(0);
  const command = out.slice(out.search(/^\w/m)).replaceAll(join(import.meta.dirname, "../../.."), "");
  expect(command).toMatchInlineSnapshot(`
    "otelcol-contrib \\
      --config=/collector/base.yaml \\
      --config=/collector/agent.yaml \\
      --config=/collector/backends/tempo.yaml \\
      --config=/collector/fragments/resend.yaml
    "
  `);
  expect(out).toContain("# No backend accepts logs and metrics: the Collector receives and drops them.");
});

test("behind Kafka the job log's backend has no queue, whatever its protocol, and what stands beside it keeps its own", async () => {
  const asked = ["config", "--backend", "splunk-hec", "--backend", "joblog", "--tier", "kafka"];
  const { out: config } = await run(asked);
  expect(/^ {2}splunk_hec\/logs:\n(?: {4}.*\n)*/m.exec(config)?.[0]).toMatch(/sending_queue:\n {6}enabled: false/);
  expect(/^ {2}otlp_http\/joblog:\n(?: {4}.*\n)*/m.exec(config)?.[0]).toMatch(/sending_queue:\n {6}enabled: true/);
  const { out: command } = await run([...asked, "--print", "command"]);
  expect(command.match(/--set=.*/g)).toEqual(["--set=exporters::splunk_hec/logs::sending_queue::enabled=false"]);
  const alone = await run(["config", "--backend", "joblog", "--tier", "kafka", "--print", "command"]);
  expect(alone.out.match(/--set=.*/g)).toEqual(["--set=exporters::otlp_http/joblog::sending_queue::enabled=false"]);
});

test("two backends of one signal have queues, limits and age filters of their own", async () => {
  const { code, out, err } = await run(["config", "--backend", "datadog", "--backend", "s3", "--with", "resend"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toContain("# s3 has its own pipelines and components beside the others: backends/s3.yaml.\n");
  const own = /^ {4}logs\/s3:[^]*/m.exec(out)?.[0];
  expect(`${/^ {4}logs\/backend:\n(?: {6}.*\n)*/m.exec(out)?.[0]}${own}`).toMatchInlineSnapshot(`
    "    logs/backend:
          receivers: [forward/logs]
          processors: [filter/too_old, transform/backend_event_name, batch/apart]
          exporters: [otlp_http/logs]
        logs/s3:
          receivers: [forward/logs]
          processors: [filter/s3_too_old, batch/apart]
          exporters: [awss3/s3_logs]
        traces/s3:
          receivers: [forward/traces]
          processors: [filter/s3_too_old, batch/apart]
          exporters: [awss3/s3_traces]
        metrics/s3:
          receivers: [forward/metrics]
          exporters: [awss3/s3_metrics]
          processors: [batch/apart]
        logs/resend_datadog:
          receivers: [otlp/resend_datadog]
          processors: [memory_limiter, filter/too_old, transform/backend_event_name]
          exporters: [otlp_http/logs]
        logs/resend_s3:
          receivers: [otlp/resend_s3]
          processors: [memory_limiter, filter/s3_too_old]
          exporters: [awss3/s3_logs]
    "
  `);
  expect(/^ {2}awss3\/s3_logs:\n(?: {4}.*\n)*/m.exec(out)?.[0]).toContain("storage: file_storage/queue");
  const { out: command } = await run(["config", "--backend", "datadog", "s3", "--print", "command"]);
  expect(command).toContain("'--config=yaml:processors:");
});

test("several backends go together where each takes another signal", async () => {
  const { code, out, err } = await run(["config", "--backend", "loki", "tempo", "mimir", "joblog"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out.slice(out.indexOf("  pipelines:"))).toMatchInlineSnapshot(`
    "  pipelines:
        # The job log is never sampled. A record is in the second sink before the sender gets its 200.
        logs/in:
          receivers: [otlp]
          processors: [memory_limiter]
          exporters: [file/second_sink, forward/logs]
        logs/backend:
          receivers: [forward/logs]
          processors: [filter/too_old, transform/backend_event_name, transform/loki_metadata, batch/apart]
          exporters: [otlp_http/logs]
        traces/in:
          receivers: [otlp]
          processors: [memory_limiter]
          exporters: [forward/traces]
        traces/backend:
          receivers: [forward/traces]
          processors: [filter/too_old]
          exporters: [otlp_http/traces]
        metrics/in:
          receivers: [otlp]
          processors: [memory_limiter]
          exporters: [forward/metrics]
        metrics/backend:
          receivers: [forward/metrics]
          exporters: [otlp_http/metrics]
        logs/joblog:
          receivers: [forward/logs]
          exporters: [otlp_http/joblog]
          processors: [batch/apart]
    "
  `);
});

test.each([
  [
    ["config", "--backend", "datadogg"],
    'JOBTRAIL_BACKEND_UNKNOWN: there is no backend "datadogg". Did you mean datadog? `jobtrail collector backends` lists all.',
  ],
  [
    ["backends", "lok"],
    'JOBTRAIL_BACKEND_UNKNOWN: there is no backend "lok". Did you mean loki? `jobtrail collector backends` lists all.',
  ],
  [
    ["config"],
    "JOBTRAIL_BACKEND_MISSING: no backend is named. Name one, such as --backend joblog; `jobtrail collector backends` lists all.",
  ],
  [
    ["config", "--backend", "loki", "--tier", "kafka-agent"],
    "JOBTRAIL_OPTION_UNFIT: the tier kafka-agent sends everything to Kafka: leave out --backend loki, or use --tier kafka.",
  ],
  [
    ["config", "--backend", "kafka", "--tier", "kafka"],
    "JOBTRAIL_OPTION_UNFIT: kafka/logs would send everything back to its source, in an endless loop: name another backend or tier.",
  ],
  [
    ["config", "--backend", "loki", "--distribution", "core"],
    "JOBTRAIL_OPTION_UNFIT: the distribution core lacks processors/transform, extensions/file_storage. Use --distribution contrib (otelcol-contrib) or --distribution k8s (otelcol-k8s).",
  ],
  [
    ["config", "--backend", "loki", "--check", "--otelcol", "/nowhere/otelcol"],
    "JOBTRAIL_COLLECTOR_UNUSABLE: /nowhere/otelcol cannot be run (ENOENT). Name a Collector with --otelcol.",
  ],
])("%j explains itself in one line", async (args, message) => {
  expect(await run(args)).toEqual({ code: 1, signal: null, out: "", err: `${message}\n` });
});

test("--help has examples", async () => {
  const { code, out } = await run(["config", "--help"]);
  expect(code).toBe(0);
  expect(out).toContain("$ jobtrail collector config --backend grafana-cloud > collector.yaml");
});

test("a fragment that is none names the nearest", async () => {
  const { code, err } = await run(["config", "--backend", "kafka", "--with", "kafka-sals"]);
  expect({ code, err }).toEqual({
    code: 1,
    err: expect.stringMatching(
      /^JOBTRAIL_FRAGMENT_UNKNOWN: there is no fragment "kafka-sals"\. Did you mean kafka-sasl\? There are .*\.\n$/,
    ),
  });
});

test("the backends are listed with what each takes and needs", async () => {
  const { code, out } = await run(["backends"]);
  expect(code).toBe(0);
  const lines = out.replaceAll(/ {2,}/g, "  ").trimEnd().split("\n");
  expect(lines.filter((line) => /^(NAME|datadog |loki|splunk-hec)/.test(line)).join("\n")).toMatchInlineSnapshot(`
    "NAME  TITLE  TAKES  CHECKED  RUNS WITH  FROM  MUST BE SET
    datadog  Datadog  logs, traces, metrics  run  otelcol-contrib, otelcol-k8s  0.146  DD_API_KEY
    loki  Loki  logs  run  otelcol-contrib, otelcol-k8s  0.146  nothing
    splunk-hec  Splunk HEC  logs  written  otelcol-contrib  0.146  SPLUNK_HEC_URL, SPLUNK_HEC_TOKEN"
  `);
});

test("a backend is explained with its variables and limits", async () => {
  const { code, out } = await run(["backends", "loki"]);
  expect(code).toBe(0);
  expect(out).toMatchInlineSnapshot(`
    "loki: Loki
    Takes logs over OTLP/HTTP.

    Nothing must be set.
    May be set:
      LOKI_ADDR    where Loki listens, http://localhost:3100 where not set
      LOKI_ORG_ID  the tenant, fake where not set

    Limits: requests are kept below 1 MB, under the burst limit of a tenant (6 MB); a record may be 7 days old (reject_old_samples_max_age; taken out an hour before); protobuf or JSON; allow_structured_metadata must be on, as it is from 3.0 on; a line may have 64 KB and 128 entries of structured metadata (max_structured_metadata_size, max_structured_metadata_entries_count), so that a large job.record.rest goes into the line, and above 200 kB is left out and named in job.record.cut.
    Source: Grafana, "Ingesting logs to Loki using OpenTelemetry Collector".
    Runs with otelcol-contrib, otelcol-k8s from version 0.146. Run: a test brings traffic through it, to a backend or to a stand-in that refuses what the vendor's document says.
    "
  `);
});

test("the backends come as JSON too", async () => {
  const { out } = await run(["backends", "datadog", "--format", "json"]);
  expect(JSON.parse(out)).toMatchObject({
    name: "datadog",
    takes: ["logs", "traces", "metrics"],
    variables: [
      { name: "DD_API_KEY", isRequired: true },
      { name: "DD_SITE", isRequired: false },
    ],
  });
});
