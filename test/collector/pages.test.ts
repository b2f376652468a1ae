import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { startReceiver } from "@jobtrail/testing";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { allBackends } from "../../packages/cli/src/collector/backend.ts";
import { compareVersions, componentsOf } from "../../packages/cli/src/collector/component.ts";
import { namesIn } from "../../packages/cli/src/collector/files.ts";
import { configText } from "../../packages/cli/src/collector/print.ts";
import { stackOf } from "../../packages/cli/src/collector/stack.ts";
import type { Stack } from "../../packages/cli/src/collector/stack.ts";
import { variablesOf } from "../../packages/cli/src/collector/variable.ts";
import { alloy } from "./alloy.ts";
import { folder, startCollector, collectorTest } from "./collector.ts";
import { stackIn } from "./deployed.ts";
import { recordsIn, secondSinkOf } from "./second-sink.ts";
import { recordOf, sendRecords, uidOf, uidsOf } from "./traffic.ts";

const pages = join(folder, "../docs/collector");
const pageOf = (name: string): string => readFileSync(join(pages, `${name}.md`), "utf8");

/** The blocks of code of a language on a page. */
const blocksIn = (page: string, language: string): string[] =>
  [...page.matchAll(/```(\w+)\n([^]*?)```/g)].flatMap(([, kind, text = ""]) => (kind === language ? [text] : []));

test("the README shows what is printed for Datadog and an archive on S3", () => {
  const page = readFileSync(join(folder, "README.md"), "utf8");
  const part = page.slice(page.indexOf("### Two backends for one signal"));
  const printed = configText(stackOf("agent", ["datadog", "s3"], ["resend"]));
  const [head = "", pipelines = ""] = blocksIn(part, "yaml");
  expect(printed.startsWith(head)).toBe(true);
  const each = pipelines.match(/^\S+:\n(?: {2}.*\n)*/gm) ?? [];
  const indented = each.map((pipeline) => pipeline.replaceAll(/^(?=.)/gm, "    "));
  expect(indented.filter((pipeline) => !`${printed}\n`.includes(pipeline))).toEqual([]);
  expect(each).toHaveLength(4);
});

const names = globSync("*.md", { cwd: pages }).map((path) => path.replace(/\.md$/, ""));

test.each(names)("every command of %s is one, and every link leads somewhere", (name) => {
  const page = pageOf(name);
  const commands = [...page.matchAll(/jobtrail collector config ((?:--[a-z][^`>\n|]*)+)/g)].map(([, options = ""]) =>
    options
      .replaceAll(/--(check|send-test|env-file \S+)/g, "")
      .replaceAll(/\s+/g, " ")
      .trim(),
  );
  expect(commands.map((options) => stackIn(options).backends.length).every((count) => count > 0)).toBe(true);
  const links = [...page.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, path = ""]) => path);
  expect(links.filter((path) => globSync(join(pages, path)).length === 0)).toEqual([]);
});

test("the index has every page", () => {
  const listed = [...pageOf("README").matchAll(/\]\(([\w-]+)\.md\)/g)].map(([, name = ""]) => name);
  expect(listed.toSorted()).toEqual(names.filter((name) => name !== "README").toSorted());
});

describe("your own Collector", () => {
  /** As people have it: one pipeline for each signal, with `batch`. */
  const yours = `yaml:
receivers:
  otlp: {protocols: {http: {endpoint: "\${env:JOBTRAIL_COLLECTOR_HTTP}"}}}
processors:
  memory_limiter: {check_interval: 1s, limit_mib: 512}
  batch: {}
exporters:
  otlp_http/yours: {endpoint: "\${env:YOURS}"}
extensions:
  health_check: {endpoint: "\${env:JOBTRAIL_COLLECTOR_HEALTH}"}
service:
  extensions: [health_check]
  telemetry:
    metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: "\${env:JOBTRAIL_COLLECTOR_METRICS_PORT}"}}}}]}
  pipelines:
    logs: {receivers: [otlp], processors: [memory_limiter, batch], exporters: [otlp_http/yours]}
`;

  collectorTest("takes the lines of the page, and keeps the job log beside what it did before", async () => {
    await using joblog = await startReceiver();
    await using other = await startReceiver();
    const [lines = ""] = blocksIn(pageOf("own-collector"), "yaml");
    const both = "yaml:service::extensions: [health_check, file_storage/jobtrail]";
    await using collector = await startCollector({
      config: [yours, `yaml:${lines}`, both],
      env: { JOBTRAIL_JOBLOG_ENDPOINT: joblog.url, YOURS: other.url },
    });
    const records = [recordOf(0), recordOf(1, { eventName: "other.event" })];
    expect(await sendRecords(collector.http, records)).toBe(200);
    await joblog.waitFor((all) => all.records().length === 1, 20_000);
    await other.waitFor((all) => all.records().length === 2, 20_000);
    expect(uidsOf(joblog.records())).toEqual([uidOf(0)]);
    const sunk: string[] = [];
    for await (const request of recordsIn(secondSinkOf(collector))) sunk.push(...uidsOf(request));
    expect(sunk).toEqual([uidOf(0)]);
  });
});

test("the chart's values set variables and open ports that the printed configuration has", () => {
  const [text = ""] = blocksIn(pageOf("helm"), "yaml");
  const values = parse(text) as {
    readonly extraEnvs: readonly { readonly name: string; readonly value: string }[];
    readonly ports: Readonly<Record<string, { readonly enabled?: boolean; readonly containerPort?: number }>>;
    readonly extraVolumeMounts: readonly { readonly mountPath: string }[];
    readonly configMap: { readonly existingName: string };
    readonly image: { readonly tag: string };
  };
  const { config } = stackOf("agent", ["grafana-cloud"]);
  const known = variablesOf(config);
  expect(values.extraEnvs.filter(({ name }) => !known.some((each) => each.name === name))).toEqual([]);
  const defaults = known.flatMap(({ defaults: all }) => all);
  const opened = Object.values(values.ports).flatMap(({ containerPort }) => containerPort ?? []);
  const set = values.extraEnvs.map(({ value }) => value);
  expect(opened.filter((port) => ![...set, ...defaults].some((each) => each.endsWith(String(port))))).toEqual([]);
  expect(set).toContain(values.extraVolumeMounts[0]?.mountPath);
  expect(pageOf("helm")).toContain(
    `create configmap ${values.configMap.existingName} --from-file=relay=collector.yaml`,
  );
  const deployed = readFileSync(join(folder, "deploy/kubernetes/agent/daemonset.yaml"), "utf8");
  expect(deployed).toContain(`opentelemetry-collector-contrib:${values.image.tag}`);
});

test("the page on Alloy says which backends and fragments Alloy cannot run", () => {
  const modules = new Set<string>(alloy.modules);
  const lacks = (stack: Stack): boolean =>
    componentsOf(stack).some(
      ({ module, since }) =>
        !modules.has(module.replace(/^.*?\/(?=(?:connector|exporter|extension|processor|receiver)\/)/, "")) ||
        compareVersions(since, alloy.version) > 0,
    );
  for (const tier of ["agent", "gateway", "kafka"] as const)
    expect(lacks(stackOf(tier, ["otlp", "joblog"]))).toBe(false);
  expect(lacks(stackOf("kafka-agent", []))).toBe(false);
  const lacking = [
    ...namesIn("fragments").filter(
      (name) =>
        name !== "kafka-sasl" && lacks(stackOf("gateway", [name === "loki-metadata" ? "loki" : "otlp"], [name])),
    ),
    ...allBackends()
      .map(({ name }) => name)
      .filter((name) => lacks(stackOf("agent", [name]))),
  ];
  const table = pageOf("alloy")
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) => line.split("|")[2] ?? "");
  const listed = table.flatMap((cell) => [...cell.matchAll(/`([\w-]+)`/g)].map(([, name = ""]) => name));
  expect(listed.toSorted()).toEqual(lacking.toSorted());
});

describe("a program behind the Collector", () => {
  test.each(["vector", "fluent-bit", "cribl"])(
    "%s gets event names as an attribute, where its page sends them",
    (name) => {
      const page = pageOf(name);
      const [, options = ""] = /jobtrail collector config (--[^>]*) > collector.yaml/.exec(page) ?? [];
      expect(options).toContain("--with event-name");
      expect(page).toMatch(/=(?:https?:\/\/)[\w.]+:4318$/m);
    },
  );

  test("Vector and Fluent Bit listen where the page lets the Collector send", () => {
    const [vector = ""] = blocksIn(pageOf("vector"), "yaml");
    const { sources, sinks } = parse(vector) as {
      readonly sources: { readonly jobs: { readonly http: { readonly address: string } } };
      readonly sinks: Readonly<Record<string, { readonly inputs: readonly string[] }>>;
    };
    expect(sources.jobs.http.address).toBe("127.0.0.1:4318");
    expect(Object.values(sinks).flatMap(({ inputs }) => inputs)).toEqual(["jobs.logs", "jobs.traces"]);
    const [fluentBit = ""] = blocksIn(pageOf("fluent-bit"), "yaml");
    const { pipeline } = parse(fluentBit) as {
      readonly pipeline: { readonly inputs: readonly { readonly listen: string; readonly port: number }[] };
    };
    expect(pipeline.inputs.map(({ listen, port }) => `${listen}:${port}`)).toEqual(["127.0.0.1:4318"]);
  });
});
