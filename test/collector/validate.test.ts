import { spawnSync } from "node:child_process";
import { expect, test as plainTest } from "vitest";
import { allBackends } from "../../packages/cli/src/collector/backend.ts";
import { componentsOf, holds } from "../../packages/cli/src/collector/component.ts";
import { namesIn, textOf } from "../../packages/cli/src/collector/files.ts";
import { argumentsOf } from "../../packages/cli/src/collector/print.ts";
import { stackOf } from "../../packages/cli/src/collector/stack.ts";
import { tiers } from "../../packages/cli/src/collector/tier.ts";
import type { Stack } from "../../packages/cli/src/collector/stack.ts";
import type { Tier } from "../../packages/cli/src/collector/tier.ts";
import { variablesOf } from "../../packages/cli/src/collector/variable.ts";
import { otelcol, collectorTest as test } from "./collector.ts";

/** Each tier with each backend; the tier that gives all to Kafka has none, and behind Kafka stands no Kafka. */
const stacks = (Object.keys(tiers) as Tier[]).flatMap((tier) =>
  (tier === "kafka-agent" ? [[]] : allBackends().map(({ name }) => [name]))
    .filter(([name]) => name !== tier)
    .map((names) => stacked(tier, names)),
);

/** Fragments that go with one backend alone. */
const forFragment: Readonly<Record<string, string>> = { "kafka-sasl": "kafka", "loki-metadata": "loki" };

/** Each fragment, with a backend that it is for; and Kafka with a user, where Kafka is no backend. */
const fragments = [
  ...namesIn("fragments").map((name) => stacked("gateway", [forFragment[name] ?? "otlp"], [name])),
  stacked("kafka", ["otlp"], ["kafka-sasl"]),
  stacked("kafka-agent", [], ["kafka-sasl"]),
];

/** Two and three backends for the same signals, in each tier that has backends. */
const several = (["agent", "gateway", "kafka"] as const).flatMap((tier) =>
  [
    ["datadog", "grafana-cloud"],
    ["grafana-cloud", "datadog"],
    ["aws-cloudwatch", "axiom"],
    ["dynatrace", "new-relic", "joblog"],
    ["loki", "tempo", "honeycomb", "victoria-logs"],
    ["otlp", "quickwit", "data-prepper"],
  ].map((names) => stacked(tier, names, ["resend"])),
);

const all = [...stacks, ...fragments, ...several];

const isHeld = (stack: Stack): boolean => componentsOf(stack).every((component) => holds("lean", component));

test.each(all.filter(({ stack }) => isHeld(stack)))("the Collector accepts $title", ({ stack }) => {
  const { status, stderr } = run("validate", stack);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});

plainTest("what the lean Collector cannot be asked about is known", () => {
  const unheld = all.filter(({ stack }) => !isHeld(stack)).map(({ title }) => title.replace(/^\w+ with /, ""));
  expect([...new Set(unheld)].toSorted()).toMatchInlineSnapshot(`
    [
      "application-insights",
      "azure-blob",
      "azure-monitor",
      "clickhouse",
      "devo",
      "elasticsearch",
      "gcs",
      "google-cloud",
      "google-pubsub",
      "graylog",
      "influxdb",
      "opensearch",
      "otlp and product-live-event-hub",
      "otlp and qlik-webhook",
      "otlp and second-sink-size",
      "s3",
      "solarwinds",
      "splunk-hec",
    ]
  `);
});

plainTest("the README has every variable of the tiers, and no other", () => {
  const own = ["base.yaml", ...new Set(Object.values(tiers).flat())].flatMap((file) => [
    ...textOf(file).matchAll(/\$\{env:(\w+)/g),
  ]);
  const rows = textOf("README.md")
    .split("\n")
    .filter((line) => /^\| `(JOBTRAIL|KAFKA)_/.test(line));
  const documented = rows.flatMap((line) => [...(line.split("|")[1] ?? "").matchAll(/`(\w+)`/g)]);
  const names = (found: readonly RegExpExecArray[]): string[] =>
    [...new Set(found.map(([, name = ""]) => name))].toSorted();
  expect(names(documented)).toEqual(names(own));
});

test.each([
  stacked("agent", ["joblog"]),
  stacked("agent", ["datadog"]),
  stacked("gateway", ["grafana-cloud"]),
  stacked("kafka", ["joblog"]),
  stacked("kafka-agent", []),
])("the Collector reads $title as before, and shows no secret", async ({ title, stack }) => {
  const { stdout } = run("print-config", stack);
  await expect(stdout).toMatchFileSnapshot(`golden/${title.replaceAll(" ", "-")}.yaml`);
  expect(stdout).not.toMatch(/value-of-\w*(KEY|TOKEN|PASSWORD|SECRET)/);
});

/** A stack and what a test calls it. */
function stacked(
  tier: Tier,
  backends: readonly string[],
  more: readonly string[] = [],
): { readonly title: string; readonly stack: Stack } {
  const parts = [...backends, ...more].join(" and ");
  return { title: parts === "" ? tier : `${tier} with ${parts}`, stack: stackOf(tier, backends, more) };
}

/** Runs a subcommand of the Collector on a stack whose required variables are set. */
function run(
  command: string,
  stack: Stack,
): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const required = variablesOf(stack.config).filter(({ isRequired }) => isRequired);
  const env = { ...credentials, ...Object.fromEntries(required.map(({ name }) => [name, valueOf(name)])) };
  return spawnSync(otelcol() ?? "", [command, ...argumentsOf(stack)], { encoding: "utf8", env });
}

/** The signing extension looks for them as soon as it reads its configuration. */
const credentials = {
  AWS_ACCESS_KEY_ID: "value-of-AWS_ACCESS_KEY_ID",
  AWS_SECRET_ACCESS_KEY: "value-of-AWS_SECRET_ACCESS_KEY",
};

function valueOf(name: string): string {
  if (/ENDPOINT|URL/.test(name)) return "https://backend.example";
  return /BROKERS|ADDRESS/.test(name) ? "one.example:9092" : `value-of-${name}`;
}
