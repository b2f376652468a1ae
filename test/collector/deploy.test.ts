import { exec, spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { startReceiver } from "@jobtrail/testing";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { allBackends } from "../../packages/cli/src/collector/backend.ts";
import { compareVersions, componentsOf, holds } from "../../packages/cli/src/collector/component.ts";
import { write } from "../../packages/cli/src/collector/document.ts";
import { stackOf } from "../../packages/cli/src/collector/stack.ts";
import { tiers } from "../../packages/cli/src/collector/tier.ts";
import type { Tier } from "../../packages/cli/src/collector/tier.ts";
import { collectorTest, folder, otelcol } from "./collector.ts";
import { copy, examples, optionsIn, shell, stackIn } from "./deployed.ts";
import { manifestsIn, rendered, schemaFault, typedProgram } from "./manifest.ts";
import type { Manifest } from "./manifest.ts";
import { configIn, environmentOf, podsIn, senseFaults } from "./sense.ts";

const deployed = copy();
afterAll(() => deployed[Symbol.dispose]());

const page = readFileSync(join(folder, "deploy/README.md"), "utf8");

/** Every manifest that is applied as it is, and those that the page shows. */
const files: readonly (readonly [name: string, manifest: Manifest])[] = [
  ...globSync("kubernetes/{agent*,gateway*,monitoring,namespace,resend/*,retention/*}/*.yaml", { cwd: deployed.path })
    .filter((path) => !path.endsWith("kustomization.yaml"))
    .map((path) => [path, readFileSync(join(deployed.path, path), "utf8")] as const),
  ...[...page.matchAll(/^( *)```yaml\n([^]*?)^\1```/gm)].map(
    ([, indent = "", text = ""], i) =>
      [`README.md, ${i + 1}`, text.replaceAll(new RegExp(`^${indent}`, "gm"), "")] as const,
  ),
].flatMap(([name, text]) => manifestsIn(text).map((manifest) => [name, manifest] as const));

const made = examples.map((example) => [example, rendered(join(deployed.path, example))] as const);

test.each(files)("%s is as the published type says", (_, manifest) => {
  expect(schemaFault(manifest)).toBeUndefined();
});

test.each(made)("everything that %s makes is as the published types say", (_, manifests) => {
  expect(manifests.flatMap((manifest) => schemaFault(manifest) ?? [])).toEqual([]);
});

test("no field of a manifest is misspelt", { timeout: 120_000 }, () => {
  const all = [...files.map(([, manifest]) => manifest), ...made.flatMap(([, manifests]) => manifests)];
  expect(compiled(typedProgram(all))).toBe("");
  const [, misspelt] = files.find(([name]) => name === "kubernetes/agent/daemonset.yaml") ?? [];
  expect(compiled(typedProgram([{ ...misspelt, speck: misspelt?.spec } as unknown as Manifest]))).toContain("speck");
});

test.each(made)("every name, port, volume and variable of %s leads somewhere", (_, manifests) => {
  expect(senseFaults(manifests)).toEqual([]);
});

test("what leads nowhere is found", () => {
  const [, manifests = []] = made[0] ?? [];
  const without = (kind: string, name: string): Manifest[] =>
    manifests.filter((each) => each.kind !== kind || each.metadata.name !== name);
  const changed = (from: string, to: string): Manifest[] =>
    JSON.parse(JSON.stringify(manifests).replaceAll(from, to)) as Manifest[];
  expect(senseFaults(without("ConfigMap", "jobtrail-gateway"))).toContain(
    "jobtrail-gateway: its configuration is nowhere",
  );
  expect(senseFaults(without("ConfigMap", "jobtrail-agent-env"))).toContain(
    "jobtrail-agent: collector takes variables of a ConfigMap jobtrail-agent-env that is not there",
  );
  expect(senseFaults(without("Secret", "jobtrail-gateway-secret"))).toContain(
    "jobtrail-gateway: GRAFANA_CLOUD_API_KEY is not given",
  );
  expect(senseFaults(without("Service", "jobtrail-gateway-pods"))).toContain(
    "StatefulSet jobtrail-gateway: its service jobtrail-gateway-pods is not there",
  );
  expect(senseFaults(changed('"port":14318', '"port":14328'))).toEqual([
    "NetworkPolicy jobtrail-agent: it lets nobody to 14318",
    "Service jobtrail-gateway: nobody listens on 0.0.0.0:14328",
    "NetworkPolicy jobtrail-gateway: it lets nobody to 14318",
  ]);
  expect(senseFaults(changed('"mountPath":"/var/lib/jobtrail/queue"', '"mountPath":"/queue"'))).toContain(
    "jobtrail-gateway: /var/lib/jobtrail/queue is on no volume",
  );
});

describe.each(made)("%s", (example, manifests) => {
  test.each(podsIn(manifests))("$name reads the configuration of its stack", (pods) => {
    const { document } = stackIn(environmentOf(pods.collector, manifests)["JOBTRAIL_STACK"] ?? "");
    const expected = parse(write(document)) as { service: { telemetry: unknown } };
    // The operator needs the address of the metrics as it is, not as a variable.
    if (example.startsWith("operator"))
      expected.service.telemetry = {
        metrics: { readers: [{ pull: { exporter: { prometheus: { host: "0.0.0.0", port: 18_888 } } } }] },
      };
    expect(configIn(pods, manifests)).toEqual(expected);
  });

  test.each(podsIn(manifests))("$name is checked with the variables and volumes that it will have", (pods) => {
    const check = pods.first.find(({ name }) => name === "check");
    const { env, envFrom } = pods.collector;
    const volumeMounts = pods.collector.volumeMounts?.filter(({ name }) => name !== "config");
    expect(check).toMatchObject({ env, envFrom, volumeMounts });
  });

  test.each(podsIn(manifests))("the check of $name ends well, and says what is not set", (pods) => {
    const { command = [] } = pods.first.find(({ name }) => name === "check") ?? {};
    const given = environmentOf(pods.collector, manifests);
    const env = {
      ...given,
      ...deployed.env,
      JOBTRAIL_COLLECTOR_DATA: deployed.path,
      JOBTRAIL_STACK: `${given["JOBTRAIL_STACK"]} --no-ports`,
    };
    expect(command.slice(0, 2)).toEqual(["sh", "-c"]);
    expect(shell(command[2] ?? "", env)).toMatchObject({ status: 0 });
    for (const name of ["OTEL_EXPORTER_OTLP_ENDPOINT", "KAFKA_BROKERS", "GRAFANA_CLOUD_API_KEY"])
      if (name in env) {
        const { status, said } = shell(command[2] ?? "", { ...env, [name]: "" });
        expect({ status, said }).toEqual({ status: 1, said: expect.stringContaining(`${name} is not set`) as string });
      }
  });
});

test("every image is pinned, to the version of the command and to one that holds every stack", () => {
  const collector = /`otelcol-contrib` \((0\.\d+\.\d+);/.exec(page)?.[1] ?? "";
  expect(compareVersions(collector, "0.156")).toBeGreaterThanOrEqual(0);
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { readonly version: string };
  const images = [...new Set(JSON.stringify(made).match(/"image":"[^"]+"/g))];
  expect(images.toSorted()).toEqual([
    `"image":"docker.io/otel/opentelemetry-collector-contrib:${collector}"`,
    `"image":"registry.example.com/jobtrail-cli:${version}"`,
  ]);
  expect(readFileSync(join(folder, "deploy/kubernetes/Dockerfile"), "utf8")).toContain(`@jobtrail/cli@${version} `);
  const stacks = (Object.keys(tiers) as Tier[]).flatMap((tier) =>
    tier === "kafka-agent"
      ? [stackOf(tier, [])]
      : allBackends()
          .filter(({ name }) => name !== tier)
          .map(({ name }) => stackOf(tier, [name])),
  );
  const components = [
    ...stacks,
    ...examples.map((each) => stackIn(optionsIn(join(deployed.path, each, "gateway.env")))),
  ].flatMap(componentsOf);
  expect(
    components
      .filter((each) => !holds("contrib", each) || compareVersions(each.since, collector) > 0)
      .map(({ name, since }) => `${name} since ${since}`),
  ).toEqual([]);
});

test.each(["kubernetes/example", "kubernetes/example-kafka"] as const)(
  "the ServiceMonitor finds the metrics of every Collector of %s",
  (example) => {
    const [, manifests = []] = made.find(([name]) => name === example) ?? [];
    const [monitor] = rendered(join(deployed.path, "kubernetes/monitoring")) as unknown as [Monitor];
    const { selector, endpoints, jobLabel } = monitor.spec;
    const found = manifests.filter(
      ({ kind, metadata, spec }) =>
        kind === "Service" &&
        Object.entries(selector.matchLabels).every(([key, value]) => metadata.labels?.[key] === value) &&
        (spec["ports"] as unknown as readonly { readonly name: string }[]).some(({ name }) =>
          endpoints.some(({ port }) => port === name),
        ),
    );
    expect(found.map(({ metadata }) => metadata.labels?.[jobLabel] ?? "").toSorted()).toEqual([
      "jobtrail-agent",
      "jobtrail-gateway",
    ]);
  },
);

interface Monitor {
  readonly spec: {
    readonly jobLabel: string;
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly endpoints: readonly { readonly port: string }[];
  };
}

const kubectl = spawnSync("kubectl", ["version", "--client"]).status === 0;

test("kubectl makes the same of every example, with names that end in a hash", (context) => {
  if (!kubectl) context.skip("There is no kubectl here. Install it: https://kubernetes.io/docs/tasks/tools");
  for (const [example, ours] of made) {
    const { stdout, stderr } = spawnSync("kubectl", ["kustomize", join(deployed.path, example)], { encoding: "utf8" });
    expect({ example, stderr }).toEqual({ example, stderr: "" });
    const manifests = manifestsIn(stdout).map(plain);
    expect(manifests.flatMap((manifest) => schemaFault(manifest) ?? [])).toEqual([]);
    expect({ example, manifests: manifests.toSorted(byName) }).toEqual({ example, manifests: ours.toSorted(byName) });
  }
});

/** Without what only kubectl adds: the namespace, the hashes of names, and lines in what is encoded. */
function plain({ metadata: { namespace: _, ...metadata }, ...manifest }: Manifest): Manifest {
  const text = JSON.stringify({ ...manifest, metadata }, (key, value: unknown) => {
    if (typeof value !== "string") return value;
    const isEncoded = manifest.kind === "Secret" && key in (manifest.data ?? {});
    return isEncoded ? value.replaceAll("\n", "") : value.replace(/^(jobtrail-[a-z-]+)-[a-z\d]{10}$/, "$1");
  });
  return JSON.parse(text) as Manifest;
}

const byName = (a: Manifest, b: Manifest): number =>
  `${a.kind} ${a.metadata.name}`.localeCompare(`${b.kind} ${b.metadata.name}`);

describe("a real Collector", () => {
  const agents = made.flatMap(([example, manifests]) =>
    podsIn(manifests)
      .filter(({ name }) => name === "jobtrail-agent")
      .map((pods) => [example, configIn(pods, manifests), environmentOf(pods.collector, manifests)] as const),
  );
  collectorTest.for(agents)("accepts the agent's configuration of %s", ([, config, env]) => {
    const { status, stderr } = spawnSync(otelcol() ?? "", ["validate", `--config=yaml:${JSON.stringify(config)}`], {
      encoding: "utf8",
      env,
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});

describe("the page", () => {
  test("names only files that are there", () => {
    const links = [...page.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path = ""]) => path);
    const missing = links.filter((path) => globSync(join(folder, "deploy", path)).length === 0);
    expect(missing).toEqual([]);
  });

  test.each(examples)("prints the files of %s with the options that its checks have", (example) => {
    for (const name of ["agent", "gateway"]) {
      const options = optionsIn(join(folder, "deploy", example, `${name}.env`));
      const line = example.startsWith("operator")
        ? `../resource.sh jobtrail-${name} ${options} > ${name}.yaml`
        : `jobtrail collector config ${options} --print config > ${name}.yaml`;
      // Those of Kafka are said once.
      if (example !== "operator/example-kafka") expect(page).toContain(line);
    }
  });
});

test.each(["agent", "gateway"])("the job of resend/%s gives arguments that the command takes", (name) => {
  const [job] = rendered(join(deployed.path, "kubernetes/resend", name)) as unknown as [
    {
      readonly spec: {
        readonly template: { readonly spec: { readonly containers: [{ readonly args: readonly string[] }] } };
      };
    },
  ];
  const [{ args }] = job.spec.template.spec.containers;
  const place = mkdtempSync(join(tmpdir(), "jobtrail-sink-"));
  try {
    writeFileSync(join(place, "joblog.jsonl"), `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{}]}]}]}\n`);
    const words = args.map((word) => (word === "/second-sink" ? place : word));
    expect(words).toContain(place);
    expect(shell(`jobtrail ${words.join(" ")} --dry-run`, deployed.env)).toMatchObject({
      status: 0,
      said: expect.stringContaining("1 records of 1 files to http://jobtrail-gateway-0") as string,
    });
  } finally {
    rmSync(place, { recursive: true });
  }
});

test.each(["agent", "gateway"])(
  "the job of retention/%s removes what was delivered, then what is old",
  async (name) => {
    const [job] = rendered(join(deployed.path, "kubernetes/retention", name)) as unknown as [CronJob];
    const { initContainers, containers } = job.spec.jobTemplate.spec.template.spec;
    await using receiver = await startReceiver();
    const place = mkdtempSync(join(tmpdir(), "jobtrail-sink-"));
    try {
      const line = (text: string): string =>
        `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"${text}"}}]}]}]}\n`;
      writeFileSync(join(place, "joblog-2026-01-31T12-00-00.000-size.jsonl"), line("full"));
      writeFileSync(join(place, "joblog.jsonl"), line("open"));
      const commands = [...initContainers, ...containers].map(({ args }) =>
        args.map((word) => word.replace("/second-sink", place).replace(/^http:.*/, receiver.url)).join(" "),
      );
      // Not `shell`, which would hold up the receiver too.
      for (const command of commands) await promisify(exec)(`jobtrail ${command}`, { env: deployed.env });
      expect(globSync("*.jsonl", { cwd: place })).toEqual(["joblog.jsonl"]);
      expect(receiver.records().length).toBe(2);
    } finally {
      rmSync(place, { recursive: true });
    }
  },
);

interface CronJob {
  readonly spec: {
    readonly jobTemplate: {
      readonly spec: {
        readonly template: {
          readonly spec: Record<"initContainers" | "containers", readonly { readonly args: readonly string[] }[]>;
        };
      };
    };
  };
}

/** What the compiler says against a program; nothing where it is in order. */
function compiled(text: string): string {
  const place = mkdtempSync(join(tmpdir(), "jobtrail-typed-"));
  try {
    symlinkSync(join(import.meta.dirname, "../node_modules"), join(place, "node_modules"));
    writeFileSync(join(place, "package.json"), `{"type": "module"}`);
    writeFileSync(join(place, "manifests.ts"), text);
    const tsc = join(import.meta.dirname, "../../node_modules/.bin/tsc");
    const flags = [
      "--noEmit",
      "--strict",
      "--skipLibCheck",
      "--module",
      "nodenext",
      "--target",
      "es2024",
      "--types",
      "",
    ];
    return spawnSync(tsc, [...flags, "manifests.ts"], { cwd: place, encoding: "utf8" }).stdout;
  } finally {
    rmSync(place, { recursive: true });
  }
}
