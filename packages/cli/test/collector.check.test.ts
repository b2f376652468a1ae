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

test("a check names every variable that is missing, at once", async () => {
  using folder = temporary();
  const { code, out, err } = await run(["config", "--backend", "grafana-cloud", "--check"], {
    JOBTRAIL_COLLECTOR_DATA: folder.path,
    GRAFANA_CLOUD_API_KEY: "",
  });
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toMatchInlineSnapshot(`
    "JOBTRAIL_COLLECTOR_NOT_READY: grafana-cloud, tier agent: not ready. To correct:
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
    out: "grafana-cloud, tier agent: ready.\n",
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

test("a check says what of a value the Collector does not send, and which headers it does not read", async () => {
  using folder = temporary();
  const env = { JOBTRAIL_COLLECTOR_DATA: folder.path, HONEYCOMB_API_KEY: "hny_a$$b", ...otherHeaders };
  const honeycomb = await run(["config", "--backend", "honeycomb", "--check"], env);
  expect({ ...honeycomb, err: honeycomb.err.split("\n")[0] }).toMatchObject({
    code: 0,
    err: "Note: HONEYCOMB_API_KEY has $$, of which the Collector sends $. Write each $ twice to have both.",
  });
  const otlp = await run(["config", "--backend", "otlp", "--check"], env);
  expect(otlp.err.split("\n")[0]).toBe(
    `Note: OTEL_EXPORTER_OTLP_HEADERS is set, but a Collector does not read it. Set the same headers as a map: JOBTRAIL_COLLECTOR_OTLP_HEADERS='{x-api-key: "…"}'.`,
  );
});

const otherHeaders = {
  OTEL_EXPORTER_OTLP_ENDPOINT: "https://backend.example",
  OTEL_EXPORTER_OTLP_HEADERS: "x-api-key=secret",
};

test("a file of variables that is not there is named", async () => {
  const { code, out, err } = await run(["config", "--backend", "loki", "--env-file", "/nowhere/collector.env"]);
  expect({ out, isWell: code === 0 }).toEqual({ out: "", isWell: false });
  expect(err).toMatch(/^[^\n]*\/nowhere\/collector\.env[^\n]*\n$/);
});

test.each([
  [
    "GRAFANA_CLOUD_API_KEY",
    "glc_0123456789\n",
    "has a line break, maybe the end of a file that it was read from. Remove it.",
  ],
  ["GRAFANA_CLOUD_API_KEY", " glc_0123456789", "begins or ends with a space. Remove it."],
  [
    "GRAFANA_CLOUD_API_KEY",
    '"glc_0123456789"',
    "has quotes around it, which the Collector reads as part of it. Remove them.",
  ],
  [
    "GRAFANA_CLOUD_API_KEY",
    "glc_${123456",
    "has a ${, which the Collector reads as another variable. Write $${ instead.",
  ],
  [
    "GRAFANA_CLOUD_OTLP_ENDPOINT",
    "otlp-gateway.grafana.net",
    "is not valid; expected an address such as https://host.example/path, without the /v1/logs that the Collector adds itself.",
  ],
  [
    "GRAFANA_CLOUD_OTLP_ENDPOINT",
    "https://otlp-gateway.grafana.net/otlp/v1/logs",
    "is not valid; expected an address such as https://host.example/path, without the /v1/logs that the Collector adds itself.",
  ],
  [
    "JOBTRAIL_COLLECTOR_HTTP",
    "14318",
    'is "14318"; expected an address to listen on with its port, such as 127.0.0.1:14318.',
  ],
  [
    "JOBTRAIL_COLLECTOR_HTTP",
    "",
    "is empty, and the Collector uses the empty text instead of the default. Unset it, or give it a value.",
  ],
  ["JOBTRAIL_COLLECTOR_FSYNC", "yes", 'is "yes"; expected true or false.'],
  ["JOBTRAIL_COLLECTOR_MEMORY_MIB", "512Mi", 'is "512Mi"; expected a whole number from 1.'],
])("a check finds fault with %s=%j", async (name, value, fault) => {
  using folder = temporary();
  const env = { ...grafana, JOBTRAIL_COLLECTOR_DATA: folder.path, [name]: value };
  const { code, err } = await run(["config", "--backend", "grafana-cloud", "--check"], env);
  expect({ code, err }).toEqual({
    code: 1,
    err: `JOBTRAIL_COLLECTOR_NOT_READY: grafana-cloud, tier agent: not ready. To correct:\n  ${name} ${fault}\n`,
  });
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
    "JOBTRAIL_COLLECTOR_NOT_READY: datadog, tier gateway: not ready. To correct:
      JOBTRAIL_COLLECTOR_DECISION_WAIT is "60"; expected a duration such as 500ms, 30s or 1h30m.
      DD_SITE holds an address with https://; expected only the part after it.
    "
  `);
});

test("a check finds a port that is in use, unless --no-ports is given", async () => {
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
    "JOBTRAIL_COLLECTOR_NOT_READY: loki, tier agent: not ready. To correct:
      ADDRESS is used twice, once by JOBTRAIL_COLLECTOR_HEALTH. Give each its own port.
      ADDRESS is in use. Stop the process that listens there (a Collector that already runs?), or set another: JOBTRAIL_COLLECTOR_HTTP.
    "
  `);
});

test("a check finds a folder that cannot be written", async () => {
  using folder = temporary();
  const file = join(folder.path, "file");
  writeFileSync(file, "");
  const { err: one } = await run(["config", "--backend", "loki", "--check"], { JOBTRAIL_COLLECTOR_DATA: file });
  expect(one).toBe(
    `JOBTRAIL_COLLECTOR_NOT_READY: loki, tier agent: not ready. To correct:\n  ${file} is a file; JOBTRAIL_COLLECTOR_DATA needs a folder there. Name another.\n`,
  );
  const { code, err: other } = await run(["config", "--backend", "loki", "--check"], {
    JOBTRAIL_COLLECTOR_DATA: "/proc/jobtrail",
  });
  expect(code).toBe(1);
  expect(other).toMatch(
    /^JOBTRAIL_COLLECTOR_NOT_READY: loki, tier agent: not ready\. To correct:\n {2}\/proc cannot be written by this user \(\w+\), and \/proc\/jobtrail\/queue has to be created there\. /,
  );
});

test("a check wants free space on the disks of the queues and of the second sink", async () => {
  using folder = temporary();
  const env = { JOBTRAIL_COLLECTOR_DATA: folder.path };
  const { code, err } = await run(["config", "--backend", "loki", "--check", "--free", "1000000000"], env);
  expect({ code, err: err.replace(/ has \d+ MiB/, " has N MiB").replace(folder.path, "FOLDER") }).toEqual({
    code: 1,
    err: "JOBTRAIL_COLLECTOR_NOT_READY: loki, tier agent: not ready. To correct:\n  FOLDER has N MiB free; expected 1000000000 MiB: 1000000000 (--free), and the size of the fullest queue, which is rewritten at start. Free some, or set JOBTRAIL_COLLECTOR_DATA to another disk: a Collector that starts without it drops the records that it was sending.\n",
  });
  const { code: wrong, err: why } = await run(["config", "--backend", "loki", "--check", "--free", "1GiB"], env);
  expect({ wrong, why }).toEqual({
    wrong: 1,
    why: expect.stringContaining(
      "'--free <MiB>' argument '1GiB' is invalid. Expected a whole number from 0 on.",
    ) as string,
  });
});

test("of two backends each missing variable is said with the backend that needs it", async () => {
  const { code, err } = await run(["config", "--backend", "datadog", "--backend", "s3", "--check"], { PATH: "" });
  expect({ code, err }).toEqual({
    code: 1,
    err: expect.stringContaining(
      "  DD_API_KEY is not set: an API key (datadog).\n  AWS_REGION is not set: the region, such as eu-central-1 (s3).\n",
    ) as string,
  });
});
