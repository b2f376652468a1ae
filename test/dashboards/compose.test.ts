import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { boards, uidOf } from "@jobtrail/dashboards";
import { absenceOf } from "@jobtrail/testing";
import { expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { collectorTest, otelcol } from "../collector/collector.ts";
import { folder as dashboards } from "./board.ts";
import { promtool, run } from "./promtool.ts";

const folder = join(import.meta.dirname, "../../examples/observability");

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly command?: string | readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: readonly string[];
}

const { services, volumes: named } = read<{
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, object>>;
}>("compose.yaml");

function read<Content>(path: string): Content {
  return parse(readFileSync(join(folder, path), "utf8")) as Content;
}

/** The mounts of a service: what is mounted, and where. */
const mountsOf = ({ volumes = [] }: Service): (readonly [source: string, target: string])[] =>
  volumes.map((each) => each.split(":")).map(([source = "", target = ""]) => [source, target]);

/** Where a path inside a container lies here. */
function hereOf(service: Service, path: string): string | undefined {
  const mount = mountsOf(service).find(([, target]) => path === target || path.startsWith(`${target}/`));
  return mount && join(folder, mount[0], path.slice(mount[1].length));
}

it("pins every image, and builds what has none", () => {
  const loose = Object.entries(services).filter(([, { image, build }]) =>
    build === undefined
      ? !/:v?\d+\.\d+\.\d+[\w.-]*$/.test(image ?? "")
      : !existsSync(join(folder, build, "Dockerfile")),
  );
  expect(loose).toEqual([]);
});

it("mounts only files and volumes that there are", () => {
  const wrong = Object.values(services)
    .flatMap(mountsOf)
    .filter(([source]) => (source.startsWith(".") ? !existsSync(join(folder, source)) : !(source in named)));
  expect(wrong).toEqual([]);
});

it("names in addresses and dependencies only its own services, at the ports that they listen on", () => {
  const ports: Readonly<Record<string, string>> = {
    redis: "6379",
    collector: "14318",
    loki: `${read<{ server: { http_listen_port: number } }>("loki.yaml").server.http_listen_port}`,
    prometheus: "9090",
    joblog: "4318",
  };
  const texts = [
    ...Object.values(services).flatMap(({ environment = {} }) => Object.values(environment)),
    readFileSync(join(folder, "grafana/datasources/jobtrail.yaml"), "utf8"),
  ];
  const called = texts.flatMap((text) =>
    [...text.matchAll(/(?:http|redis):\/\/([a-z]+):(\d+)/g)].map(([, host = "", port = ""]) => ({ host, port })),
  );
  expect(called.filter(({ host, port }) => host !== "tempo" && ports[host] !== port)).toEqual([]);
  expect(called.filter(({ host }) => host === "tempo").map(({ port }) => port)).toEqual(["4318", "3200"]);
  expect(
    Object.values(services).flatMap(({ depends_on: names = [] }) => names.filter((name) => !(name in services))),
  ).toEqual([]);
});

it("opens ports on this machine alone", () => {
  const open = Object.values(services).flatMap(({ ports = [] }) =>
    ports.filter((port) => !port.startsWith("127.0.0.1:")),
  );
  expect(open).toEqual([]);
});

it("provisions every board, each data source that a board or an alert asks, and both kinds of rules", () => {
  const grafana = services["grafana"]!;
  const mounted = mountsOf(grafana);
  const [provider] = read<{ providers: readonly { options: { path: string } }[] }>(
    "grafana/dashboards/jobtrail.yaml",
  ).providers;
  for (const { id } of boards) {
    const path = hereOf(grafana, `${provider!.options.path}/${uidOf(id)}.json`);
    expect(path && JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ uid: uidOf(id) });
  }
  const { datasources } = read<{ datasources: readonly { uid: string; type: string; isDefault?: boolean }[] }>(
    "grafana/datasources/jobtrail.yaml",
  );
  expect(datasources.map(({ type }) => type)).toEqual(["prometheus", "loki", "tempo"]);
  expect(datasources.filter(({ isDefault }) => isDefault)).toMatchObject([{ type: "prometheus" }]);
  const alerting = readFileSync(join(dashboards, "alerts/grafana.yaml"), "utf8");
  const asked = new Set([...alerting.matchAll(/datasourceUid: (\S+)/g)].map(([, uid]) => uid));
  expect([...asked].filter((uid) => uid !== "__expr__" && !datasources.some((each) => each.uid === uid))).toEqual([]);
  expect(mounted.map(([, target]) => target)).toContain("/etc/grafana/provisioning/alerting/jobtrail.yaml");
  expect(mountsOf(services["loki"]!).map(([, target]) => target)).toContain("/etc/loki/rules/fake/jobtrail.yaml");
});

const absence = absenceOf({ ...promtool, start: () => Promise.reject(new Error("not a server")) }, process.env);

it.skipIf(absence !== undefined && !absence.fails)("has a configuration that Prometheus takes", async () => {
  const temporary = mkdtempSync(join(tmpdir(), "jobtrail-compose-"));
  try {
    const config = { ...read<object>("prometheus.yaml"), rule_files: [join(dashboards, "alerts/prometheus.yaml")] };
    writeFileSync(join(temporary, "prometheus.yaml"), stringify(config));
    expect(await run(["check", "config", join(temporary, "prometheus.yaml")])).toBe("");
  } finally {
    rmSync(temporary, { recursive: true });
  }
});

collectorTest("has a configuration that a Collector takes", () => {
  const collector = services["collector"]!;
  const args = (collector.command as readonly string[]).map((each) => {
    const here = hereOf(collector, each.replace("--config=", ""));
    expect(here && statSync(here).isFile()).toBe(true);
    return `--config=${here}`;
  });
  const { status, stderr } = spawnSync(otelcol() ?? "", ["validate", ...args], {
    env: { ...collector.environment },
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});
