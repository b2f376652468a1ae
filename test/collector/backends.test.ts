import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { folder } from "./collector.ts";

type Tree = { readonly [key: string]: unknown };

const textOf = (file: string): string => readFileSync(join(folder, file), "utf8");
const treeOf = (value: unknown): Tree => (typeof value === "object" && value !== null ? (value as Tree) : {});
const configOf = (file: string): Tree => treeOf(parse(textOf(file), { merge: true }));
const filesOf = (pattern: string): string[] => globSync(pattern, { cwd: folder }).toSorted();

const kinds = ["receivers", "processors", "exporters", "connectors", "extensions"] as const;
const backends = filesOf("backends/*.yaml");
const configs = ["*.yaml", "backends/*.yaml", "fragments/*.yaml"]
  .flatMap(filesOf)
  .filter((file) => !["builder.yaml", "components.yaml", "proofs.yaml"].includes(file));

/** Every text of a configuration, with the key that it stands under; an entry of a list has the list's key. */
function textsIn(value: unknown, key = ""): { readonly key: string; readonly text: string }[] {
  if (typeof value !== "object" || value === null) return [{ key, text: String(value) }];
  if (Array.isArray(value)) return value.flatMap((each) => textsIn(each, key));
  return Object.entries(value).flatMap(([name, each]) => textsIn(each, name));
}

/** The variables of a configuration with their default, which is undefined where one has to be set. */
function variablesIn(value: unknown): Map<string, string | undefined> {
  const found = textsIn(value).flatMap(({ text }) => [...text.matchAll(/\$\{env:(\w+)(?::-([^}]*))?\}/g)]);
  return new Map(found.map(([, name = "", fallback]) => [name, fallback]));
}

const inBase = variablesIn(configOf("base.yaml"));

/** The variables that a backend's second line has to explain: its own, not those of base.yaml. */
const variablesOf = (file: string): [string, string | undefined][] =>
  [...variablesIn(configOf(file))].filter(([name]) => !inBase.has(name));

const linesOf = (file: string): string[] => textOf(file).split("\n");
const pipelinesOf = (file: string): Tree => treeOf(treeOf(configOf(file)["service"])["pipelines"]);

test("there is a backend for each that is promised", () => {
  expect(backends.map((file) => basename(file, ".yaml"))).toMatchInlineSnapshot(`
    [
      "application-insights",
      "aws-cloudwatch",
      "axiom",
      "azure-blob",
      "azure-monitor",
      "better-stack",
      "clickhouse",
      "clickstack",
      "coralogix",
      "dash0",
      "data-prepper",
      "datadog-agent",
      "datadog",
      "devo",
      "dynatrace",
      "elastic",
      "elasticsearch",
      "gcs",
      "google-cloud",
      "google-pubsub",
      "grafana-cloud",
      "graylog",
      "greptimedb",
      "honeycomb",
      "influxdb",
      "jaeger",
      "joblog",
      "kafka",
      "logz-io",
      "loki",
      "mimir",
      "new-relic",
      "openobserve",
      "opensearch",
      "otlp",
      "parseable",
      "posthog",
      "prometheus-remote-write",
      "prometheus",
      "quickwit",
      "s3",
      "sentry",
      "seq",
      "signoz",
      "solarwinds",
      "splunk-hec",
      "splunk-observability",
      "sumo-logic",
      "tempo",
      "uptrace",
      "victoria-logs",
      "victoria-metrics",
      "victoria-traces",
    ]
  `);
});

test.each(backends)("%s begins with the lines that the command reads", (file) => {
  const [first, second, third, fourth = ""] = linesOf(file);
  expect(first).toMatch(/^# [^:]+: takes (logs|traces|metrics)(, (traces|metrics)){0,2} over [^.]+\.$/);
  expect(second).toMatch(/^# Variables: (none|[A-Z][A-Z0-9_]+ [^;]+(; [A-Z][A-Z0-9_]+ [^;]+)*)\.$/);
  expect(third).toMatch(/^# Limits: .+\. Source: [^,"]+, "[^"]+"(, 20\d\d-\d\d)?\.$/);
  expect(fourth).toMatch(/^$|^# With: fragments\/[\w-]+\.yaml(, fragments\/[\w-]+\.yaml)*$/);
  const fragments = fourth.replace("# With: ", "").split(", ").filter(Boolean);
  expect(fragments.filter((fragment) => !configs.includes(fragment))).toEqual([]);
});

test.each(backends)("%s explains its variables, and says their defaults", (file) => {
  const explained = (linesOf(file)[1] ?? "")
    .replace(/^# Variables: (none)?|\.$/g, "")
    .split("; ")
    .filter(Boolean)
    .map((each) => [each.split(" ")[0] ?? "", / ([^ ]+) where not set/.exec(each)?.[1]] as const);
  expect(new Map(explained)).toEqual(new Map(variablesOf(file)));
});

test.each(backends)("%s sets the pipelines of the signals that it takes", (file) => {
  const takes = /: takes (.+?) over /.exec(linesOf(file)[0] ?? "")?.[1]?.split(", ");
  const pipeline = file === "backends/joblog.yaml" ? "joblog" : "backend";
  expect(Object.keys(pipelinesOf(file))).toEqual(takes?.map((signal) => `${signal}/${pipeline}`));
});

test.each(backends)("%s changes nothing but what is a backend's", (file) => {
  const { service, extensions = {}, processors = {}, exporters = {}, ...others } = configOf(file);
  expect(others).toEqual({});
  const { pipelines, extensions: started = ["health_check", "file_storage/queue"], ...rest } = treeOf(service);
  expect(rest).toEqual({});
  expect(started).toEqual(["health_check", "file_storage/queue", ...Object.keys(treeOf(extensions))]);
  for (const [id, settings] of Object.entries(treeOf(processors)))
    if (id === "filter/too_old")
      expect(Object.keys(treeOf(settings)).filter((key) => !/^(?:log|trace)_conditions$/.test(key))).toEqual([]);
    else expect(id).toMatch(/^\w+\/backend_\w+$/);
  const named = Object.entries(treeOf(pipelines)).flatMap(([id, pipeline]) => {
    const [signal, kind] = id.split("/");
    const { processors: passed, receivers, exporters: to, ...more } = treeOf(pipeline);
    expect(more).toEqual({});
    expect(receivers).toEqual(kind === "joblog" ? ["forward/logs"] : undefined);
    if (passed !== undefined) expect([signal, passed]).toEqual(["logs", expect.arrayContaining(["filter/too_old"])]);
    expect(to).toEqual([expect.stringMatching(kind === "joblog" ? /^otlp_http\/joblog$/ : RegExp(`/${signal}$`))]);
    return to as string[];
  });
  expect(named.toSorted()).toEqual(Object.keys(treeOf(exporters)).toSorted());
});

test.each(backends)("%s keeps what it takes on disk, and tries again without end", (file) => {
  const own = Object.entries(treeOf(configOf(file)["exporters"])).filter(
    ([id]) => id === "otlp_http/joblog" || !/^(otlp_http|prometheus_remote_write)\//.test(id),
  );
  const kept = own.map(([id, exporter]) => {
    const { sending_queue: queue, retry_on_failure: retry, retry: own } = treeOf(exporter);
    return { id, queue, retry: retry ?? own };
  });
  expect(kept).toMatchObject(
    own.map(([id]) => ({
      id,
      queue: {
        enabled: true,
        storage: "file_storage/queue",
        sizer: "bytes",
        block_on_overflow: !/\/(traces|metrics)$/.test(id),
      },
      retry: retryOf(id),
    })),
  );
});

function retryOf(id: string): Tree | undefined {
  // It has no such setting, and its file says so.
  if (id.startsWith("azure_monitor/")) return undefined;
  // Elasticsearch's exporter counts its tries: a million, half a minute apart, are a year.
  return {
    enabled: true,
    ...(id.startsWith("elasticsearch") ? { max_retries: 1_000_000 } : { max_elapsed_time: "0s" }),
  };
}

test.each(backends)("%s sends OTLP as protobuf", (file) => {
  expect(textsIn(configOf(file)).filter(({ key }) => key === "encoding")).toEqual([]);
});

test.each(backends)(
  "%s takes out what is too old an hour before the backend refuses it, and nothing without time",
  (file) => {
    const { log_conditions: conditions = [] } = treeOf(treeOf(configOf(file)["processors"])["filter/too_old"]);
    const hours = (conditions as string[]).map((condition) =>
      Number(/^log\.time_unix_nano != 0 and Now\(\) - log\.time > Duration\("(\d+)h"\)$/.exec(condition)?.[1]),
    );
    const limits = linesOf(file)[2] ?? "";
    expect(limits.match(/taken out an hour before/g) ?? []).toHaveLength(hours.length);
    for (const hour of hours) expect(limits).toContain(hour > 47 ? `${(hour + 1) / 24} days` : `${hour + 1} h`);
  },
);

const secretKey =
  /^(authorization|password|.*api-?key|.*[_-]token|token|.*secret|.*dsn|x-honeycomb-team|.*ingestion-key)$/i;
const reference = /^((Bearer|ApiKey|Api-Token) )?\$\{env:\w+\}$/;

test.each(configs)("%s holds no secret, and no default of one", (file) => {
  const texts = textsIn(configOf(file));
  expect(texts.filter(({ key, text }) => secretKey.test(key) && !reference.test(text))).toEqual([]);
  expect(texts.filter(({ text }) => /\b(?=\w*\d)(?=\w*[A-Za-z])\w{20,}\b/.test(text))).toEqual([]);
  const open = [...variablesIn(configOf(file))].filter(([, fallback]) => fallback !== undefined);
  expect(open.filter(([name]) => /(KEY|TOKEN|SECRET|PASSWORD|DSN|AUTHORIZATION)$/.test(name))).toEqual([]);
});

test("each component that is used stands in components.yaml, and no other", () => {
  const used = configs.flatMap((file) => {
    const config = configOf(file);
    return kinds.flatMap((kind) => Object.keys(treeOf(config[kind])).map((id) => `${kind}/${id.split("/")[0]}`));
  });
  const rows = configOf("components.yaml");
  expect(Object.keys(rows).toSorted()).toEqual([...new Set(used)].toSorted());
  for (const row of Object.values(rows))
    expect(row).toEqual({
      module: expect.stringMatching(/^(go\.opentelemetry\.io|github\.com\/open-telemetry)\//),
      distributions: expect.toSatisfy((names: string[]) =>
        names.every((name) => ["core", "contrib", "k8s"].includes(name)),
      ),
      since: expect.stringMatching(/^0\.\d+$/),
    });
});
