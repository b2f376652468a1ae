import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { jobtrail, temporary } from "./command.ts";
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
    # Made of base.yaml, agent.yaml, fragments/event-name.yaml, fragments/batch-1mb.yaml, backends/grafana-cloud.yaml of @jobtrail/collector by:
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
          # Not waiting: a sampler before it would stand still, with its traces in memory.
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
  expect(out).toContain("# No backend takes logs and metrics: the Collector takes them and lets them go.");
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

test("several backends go together where each takes another signal", async () => {
  const { code, out, err } = await run(["config", "--backend", "loki", "tempo", "mimir", "joblog"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out.slice(out.indexOf("  pipelines:"))).toMatchInlineSnapshot(`
    "  pipelines:
        # The job log: never sampled. The second sink has a record before the sender's 200.
        logs/in:
          receivers: [otlp]
          processors: [memory_limiter]
          exporters: [file/second_sink, forward/logs]
        logs/backend:
          receivers: [forward/logs]
          processors: [filter/too_old, transform/backend_event_name]
          exporters: [otlp_http/logs]
        traces/in:
          receivers: [otlp]
          processors: [memory_limiter]
          exporters: [forward/traces]
        traces/backend:
          receivers: [forward/traces]
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
    "
  `);
});

test.each([
  [
    ["config", "--backend", "datadogg"],
    'There is no backend "datadogg". Did you mean datadog? `jobtrail collector backends` lists all.',
  ],
  [["backends", "lok"], 'There is no backend "lok". Did you mean loki? `jobtrail collector backends` lists all.'],
  [["config"], "Name a backend, such as --backend joblog. `jobtrail collector backends` lists all."],
  [
    ["config", "--backend", "loki", "datadog"],
    "loki and datadog both take logs: a signal has one backend. Leave one out, or run a Collector for each.",
  ],
  [
    ["config", "--backend", "loki", "--tier", "kafka-agent"],
    "The tier kafka-agent gives all to Kafka: leave out --backend loki, or say --tier kafka.",
  ],
  [
    ["config", "--backend", "kafka", "--tier", "kafka"],
    "kafka/logs would give everything back to where it is taken from, for ever: name another backend or tier.",
  ],
  [
    ["config", "--backend", "loki", "--distribution", "core"],
    "The distribution core lacks processors/transform, extensions/file_storage. Say --distribution contrib (otelcol-contrib) or --distribution k8s (otelcol-k8s).",
  ],
  [
    ["config", "--backend", "loki", "--check", "--otelcol", "/nowhere/otelcol"],
    "/nowhere/otelcol cannot be run (ENOENT). Name a Collector with --otelcol.",
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
    err: expect.stringMatching(/^There is no fragment "kafka-sals"\. Did you mean kafka-sasl\? There are .*\.\n$/),
  });
});

test("a check names every variable that is missing, at once", async () => {
  using folder = temporary();
  const { code, out, err } = await run(["config", "--backend", "grafana-cloud", "--check"], {
    JOBTRAIL_COLLECTOR_DATA: folder.path,
    GRAFANA_CLOUD_API_KEY: "",
  });
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toMatchInlineSnapshot(`
    "grafana-cloud, tier agent: not ready.
      GRAFANA_CLOUD_INSTANCE_ID is not set: the number of the stack.
      GRAFANA_CLOUD_API_KEY is not set: a token of an access policy that may write.
      GRAFANA_CLOUD_OTLP_ENDPOINT is not set: the OTLP address of your stack, which ends in /otlp.
    "
  `);
});

test("a check of what is well is one line, and says what was not looked at", async () => {
  using folder = temporary();
  const env = { ...grafana, JOBTRAIL_COLLECTOR_DATA: folder.path };
  expect(await run(["config", "--backend", "grafana-cloud", "--check"], env)).toEqual({
    code: 0,
    signal: null,
    out: "grafana-cloud, tier agent: all is well.\n",
    err: "Note: No Collector was found: whether it has every component, and accepts the configuration, was not checked. Name it with --otelcol.\n",
  });
});

test("variables are read from a file too, which counts before the environment", async () => {
  using folder = temporary();
  const file = join(folder.path, "collector.env");
  writeFileSync(file, `# for the service\nDD_API_KEY=0123456789\nJOBTRAIL_COLLECTOR_DATA="${folder.path}"\n`);
  const env = { DD_API_KEY: " wrong " };
  const { code } = await run(["config", "--backend", "datadog", "--check", "--env-file", file], env);
  expect(code).toBe(0);
});

test("a file of variables that is not there is named", async () => {
  const { code, out, err } = await run(["config", "--backend", "loki", "--env-file", "/nowhere/collector.env"]);
  expect({ out, isWell: code === 0 }).toEqual({ out: "", isWell: false });
  expect(err).toMatch(/^[^\n]*\/nowhere\/collector\.env[^\n]*\n$/);
});

test.each([
  [
    "GRAFANA_CLOUD_API_KEY",
    "glc_0123456789\n",
    "has a line break, maybe the end of a file that it was read from. Take it away.",
  ],
  ["GRAFANA_CLOUD_API_KEY", " glc_0123456789", "begins or ends with a space. Take it away."],
  [
    "GRAFANA_CLOUD_API_KEY",
    '"glc_0123456789"',
    "has quotes around it, which the Collector takes as part of it. Take them away.",
  ],
  [
    "GRAFANA_CLOUD_API_KEY",
    "glc_${123456",
    "has a ${, which the Collector takes for another variable. Write $${ for it.",
  ],
  [
    "GRAFANA_CLOUD_OTLP_ENDPOINT",
    "otlp-gateway.grafana.net",
    "is not as it has to be; expected an address such as https://host.example/path, without the /v1/logs that the Collector adds itself.",
  ],
  [
    "GRAFANA_CLOUD_OTLP_ENDPOINT",
    "https://otlp-gateway.grafana.net/otlp/v1/logs",
    "is not as it has to be; expected an address such as https://host.example/path, without the /v1/logs that the Collector adds itself.",
  ],
  [
    "JOBTRAIL_COLLECTOR_HTTP",
    "14318",
    'is "14318"; expected an address to listen on with its port, such as 127.0.0.1:14318.',
  ],
  [
    "JOBTRAIL_COLLECTOR_HTTP",
    "",
    "is set to nothing, which the Collector takes instead of the default. Unset it, or give it a value.",
  ],
  ["JOBTRAIL_COLLECTOR_FSYNC", "yes", 'is "yes"; expected true or false.'],
  ["JOBTRAIL_COLLECTOR_MEMORY_MIB", "512Mi", 'is "512Mi"; expected a number.'],
])("a check finds fault with %s=%j", async (name, value, fault) => {
  using folder = temporary();
  const env = { ...grafana, JOBTRAIL_COLLECTOR_DATA: folder.path, [name]: value };
  const { code, err } = await run(["config", "--backend", "grafana-cloud", "--check"], env);
  expect({ code, err }).toEqual({ code: 1, err: `grafana-cloud, tier agent: not ready.\n  ${name} ${fault}\n` });
});

test("a check finds fault with a duration, and with a host that is a whole address", async () => {
  using folder = temporary();
  const env = {
    DD_API_KEY: "0123456789",
    DD_SITE: "https://datadoghq.eu",
    JOBTRAIL_COLLECTOR_DECISION_WAIT: "60",
    JOBTRAIL_COLLECTOR_DATA: folder.path,
  };
  const { err } = await run(["config", "--backend", "datadog", "--tier", "gateway", "--check"], env);
  expect(err).toMatchInlineSnapshot(`
    "datadog, tier gateway: not ready.
      JOBTRAIL_COLLECTOR_DECISION_WAIT is "60"; expected a duration such as 500ms, 30s or 1h30m.
      DD_SITE holds an address with https://; expected the part after it alone.
    "
  `);
});

test("a check finds a port that is in use, unless it is told not to look", async () => {
  using folder = temporary();
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const taken = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = {
    JOBTRAIL_COLLECTOR_HTTP: taken,
    JOBTRAIL_COLLECTOR_HEALTH: taken,
    JOBTRAIL_COLLECTOR_DATA: folder.path,
  };
  const { code, err } = await run(["config", "--backend", "loki", "--check"], env);
  const { code: beside } = await run(["config", "--backend", "loki", "--check", "--no-ports"], env);
  server.close();
  expect({ code, beside }).toEqual({ code: 1, beside: 0 });
  expect(err.replaceAll(taken, "ADDRESS")).toMatchInlineSnapshot(`
    "loki, tier agent: not ready.
      ADDRESS is asked for twice, once by JOBTRAIL_COLLECTOR_HEALTH. Give each its own port.
      ADDRESS is in use. End what listens there (a Collector that runs already?), or set another: JOBTRAIL_COLLECTOR_HTTP.
    "
  `);
});

test("a check finds a folder that cannot be written", async () => {
  using folder = temporary();
  const file = join(folder.path, "file");
  writeFileSync(file, "");
  const { err: one } = await run(["config", "--backend", "loki", "--check"], { JOBTRAIL_COLLECTOR_DATA: file });
  expect(one).toBe(
    `loki, tier agent: not ready.\n  ${file} is a file; JOBTRAIL_COLLECTOR_DATA wants a folder there. Name another.\n`,
  );
  const { code, err: other } = await run(["config", "--backend", "loki", "--check"], {
    JOBTRAIL_COLLECTOR_DATA: "/proc/jobtrail",
  });
  expect(code).toBe(1);
  expect(other).toMatch(
    /^loki, tier agent: not ready\.\n {2}\/proc cannot be written by this user \(\w+\), and \/proc\/jobtrail\/queue is to be there\. /,
  );
});

test("a check wants free space on the disks of the queues and of the second sink", async () => {
  using folder = temporary();
  const env = { JOBTRAIL_COLLECTOR_DATA: folder.path };
  const { code, err } = await run(["config", "--backend", "loki", "--check", "--free", "1000000000"], env);
  expect({ code, err: err.replace(/ has \d+ MiB/, " has N MiB").replace(folder.path, "FOLDER") }).toEqual({
    code: 1,
    err: "loki, tier agent: not ready.\n  FOLDER has N MiB free; expected 1000000000 MiB: 1000000000 (--free), and what the fullest queue holds, which is written anew at start. Free some, or set JOBTRAIL_COLLECTOR_DATA to another disk: a Collector that starts without it drops what it was sending.\n",
  });
  const { code: wrong, err: why } = await run(["config", "--backend", "loki", "--check", "--free", "1GiB"], env);
  expect({ wrong, why }).toEqual({
    wrong: 1,
    why: expect.stringContaining(
      "'--free <MiB>' argument '1GiB' is invalid. Expected a whole number from 0 on.",
    ) as string,
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

    Limits: requests are kept below 1 MB, under the burst limit of a tenant (6 MB); a record may be 7 days old (reject_old_samples_max_age; taken out an hour before); protobuf or JSON; allow_structured_metadata must be on, as it is from 3.0 on.
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
