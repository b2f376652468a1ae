import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { collectorTest, otelcol } from "../../../test/collector/collector.ts";
import { allBackends, backendOf } from "../src/collector/backend.ts";
import { componentsOf, holds } from "../src/collector/component.ts";
import { scalarsIn } from "../src/collector/config.ts";
import { merge, read, write } from "../src/collector/document.ts";
import { argumentsOf, configText } from "../src/collector/print.ts";
import { redactor } from "../src/collector/secret.ts";
import { stackOf } from "../src/collector/stack.ts";
import type { Stack } from "../src/collector/stack.ts";
import type { Tier } from "../src/collector/tier.ts";
import { expanded, variablesOf } from "../src/collector/variable.ts";
import { temporary } from "./command.ts";

const tiers: readonly Tier[] = ["agent", "gateway", "kafka"];
/** Behind Kafka all but Kafka. */
const tiersOf = (name: string): readonly Tier[] => tiers.filter((tier) => tier !== name);
const names = allBackends().map(({ name }) => name);

test.each(names)("%s merges with every tier, and what it needs of the environment is what its header says", (name) => {
  const { variables, takes } = backendOf(name);
  for (const tier of tiersOf(name)) {
    const stack = stackOf(tier, [name]);
    const required = variablesOf(stack.config).filter(({ isRequired }) => isRequired);
    const own = required.map((each) => each.name).filter((each) => tier !== "kafka" || each !== "KAFKA_BROKERS");
    expect([...variables.keys()]).toEqual(expect.arrayContaining(own));
    expect(["logs", "traces", "metrics"].filter((signal) => !stack.dropped.includes(signal as "logs"))).toEqual(takes);
    // Throws where a component has no row.
    expect(componentsOf(stack).length).toBeGreaterThan(5);
  }
});

test("the tier before Kafka needs no backend", () => {
  const { config, dropped } = stackOf("kafka-agent", []);
  const required = variablesOf(config).filter(({ isRequired }) => isRequired);
  expect({ dropped, required: required.map(({ name }) => name) }).toEqual({ dropped: [], required: ["KAFKA_BROKERS"] });
});

test("variables are found in any text, with their defaults; an escaped dollar begins none", () => {
  const config = {
    one: "https://${env:HOST}:${env:PORT:-443}/x",
    two: {
      list: ["${env:OUTER:-${env:INNER:-in}}", "${env:PORT:-444}"],
      escaped: "$${env:NONE}",
      other: "${file:NONE}",
    },
  };
  expect(variablesOf(config).map(({ name, isRequired, defaults }) => [name, isRequired, defaults])).toEqual([
    ["HOST", true, []],
    ["PORT", false, ["443", "444"]],
    ["OUTER", false, ["${env:INNER:-in}"]],
    ["INNER", false, ["in"]],
  ]);
  expect(expanded(config.one, { HOST: "h" })).toBe("https://h:443/x");
  expect(expanded("${env:OUTER:-${env:INNER:-in}}", { INNER: "" })).toBe("");
  expect(expanded("a$$b${env:NONE}${file:x}", {})).toBe("a$b${file:x}");
});

test("a merge keeps what is written, takes over what an alias names, and replaces all but maps", () => {
  const into = read("a: {x: 1_000, y: 2026-01-31, z: on}\nb: [1, 2]\nc: {d: 1}\n", "one");
  merge(into, read("a:\n  y: ~\nb: [3]\nc: 0x10\nd: &d\n  e: '1'\nf: *d\ng:\n  <<: *d\n  h: 2\n", "other"));
  expect(write(into)).toMatchInlineSnapshot(`
    "a: {x: 1_000, y: ~, z: on}
    b: [3]
    c: 0x10
    d:
      e: '1'
    f:
      e: '1'
    g:
      e: '1'
      h: 2
    "
  `);
});

test("secrets are replaced, and of an address what stands after the host", () => {
  const { config } = stackOf("agent", ["grafana-cloud"]);
  const redact = redactor(config, {
    GRAFANA_CLOUD_OTLP_ENDPOINT: "https://host.example/otlp/secret",
    GRAFANA_CLOUD_INSTANCE_ID: "123456",
    GRAFANA_CLOUD_API_KEY: "glc_secret",
  });
  const login = Buffer.from("123456:glc_secret").toString("base64");
  expect(redact(`Basic ${login}, glc_secret of 123456 at https://host.example/otlp/secret/v1/logs`)).toBe(
    "Basic ${login}, ${GRAFANA_CLOUD_API_KEY} of ${GRAFANA_CLOUD_INSTANCE_ID} at https://host.example/${GRAFANA_CLOUD_OTLP_ENDPOINT}/v1/logs",
  );
});

/** Every backend beside the jobs, and of the other tiers one for each way in which a file may change them. */
const stacks = (): Stack[] => [
  ...names.map((name) => stackOf("agent", [name])),
  ...(["gateway", "kafka"] as const).flatMap((tier) =>
    ["axiom", "datadog", "grafana-cloud", "joblog", "prometheus-remote-write", "quickwit"].map((name) =>
      stackOf(tier, [name, "joblog"]),
    ),
  ),
  stackOf("kafka-agent", []),
  stackOf("gateway", ["loki", "tempo", "mimir", "joblog"], ["resend"]),
  ...(["agent", "gateway", "kafka"] as const).map((tier) => stackOf(tier, ["datadog", "loki", "joblog"], ["resend"])),
];

collectorTest("the Collector reads a printed configuration as it reads the files themselves", () => {
  using folder = temporary();
  const binary = otelcol() ?? "";
  const file = join(folder.path, "collector.yaml");
  let compared = 0;
  for (const stack of stacks().filter((each) => componentsOf(each).every((component) => holds("lean", component)))) {
    writeFileSync(file, configText(stack));
    const env = environmentOf(stack);
    const [printed, files] = [[`--config=${file}`], argumentsOf(stack)].map((args) =>
      spawnSync(binary, ["print-config", "--mode=unredacted", ...args], { encoding: "utf8", env }),
    );
    expect(printed?.stderr).toBe("");
    expect(printed?.stdout).toBe(files?.stdout);
    compared++;
  }
  expect(compared).toBeGreaterThan(45);
});

/** Values for all that has to be set. AWS's own are looked for by its own library. */
function environmentOf({ config }: Stack): Record<string, string> {
  const required = variablesOf(config).filter(({ isRequired }) => isRequired);
  const values = required.map(({ name, uses }): [string, string] => {
    const isAddress = uses.some(({ path, text }) => path.at(-1)?.endsWith("endpoint") && text.startsWith("${"));
    return [name, isAddress ? "https://backend.invalid/otlp" : `value-of-${name.toLowerCase()}`];
  });
  return { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret", ...Object.fromEntries(values) };
}

test("every text of a configuration is found with its place", () => {
  expect(scalarsIn({ a: ["x", { b: "y" }], c: "" })).toEqual([
    { path: ["a", "0"], text: "x" },
    { path: ["a", "1", "b"], text: "y" },
    { path: ["c"], text: "" },
  ]);
});
