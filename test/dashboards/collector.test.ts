import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { boards, defaultConfig, metricRules } from "@jobtrail/dashboards";
import type { AlertConfig } from "@jobtrail/dashboards";
import { absenceOf } from "@jobtrail/testing";
import { describe, expect, it, vi } from "vitest";
import { parse, stringify } from "yaml";
import { temporary } from "../../packages/cli/test/command.ts";
import { startBackend } from "../collector/backend.ts";
import type { Backend } from "../collector/backend.ts";
import { folder as collectors, startCollector, collectorTest as test } from "../collector/collector.ts";
import type { Collector } from "../collector/collector.ts";
import { freePorts } from "../collector/otelcol.ts";
import { prometheus, queried, startPrometheus } from "../collector/prometheus.ts";
import { recordOf, sendRecords, sendSpans } from "../collector/traffic.ts";
import { run } from "./promtool.ts";
import { firing, red, shown } from "./real/ask.ts";

const absence = absenceOf(prometheus, process.env);
if (absence !== undefined && !absence.fails) console.log(`Skipped: ${absence.line}`);

/** Thresholds that a test can wait for. */
const quick: AlertConfig = {
  ...defaultConfig,
  absentAfter: "12s",
  memory: "10m",
  recent: "30s",
  collector: { ...defaultConfig.collector, queueFor: "2s", refusingFor: "4s", restarts: 2 },
};

/** The rules about Collectors, and the one about what a backend refused, asked each second. */
const rules = stringify({
  groups: metricRules(quick)
    .map(({ name, rules: all }) => ({
      name,
      interval: "1s",
      rules: all.filter(({ alert }) => /^Collector|^JobRecordsRefused$/.test(alert)),
    }))
    .filter((group) => group.rules.length > 0),
});

/** A Prometheus that scrapes Collectors at these ports, each under its name. */
async function scraping(ports: Readonly<Record<string, number>>): Promise<AsyncDisposable & { readonly url: string }> {
  const folder = temporary();
  const rulesFile = join(folder.path, "rules.yaml");
  writeFileSync(rulesFile, rules);
  const server = await startPrometheus(
    stringify({
      global: { scrape_interval: "500ms", evaluation_interval: "1s" },
      rule_files: [rulesFile],
      scrape_configs: Object.entries(ports).map(([job_name, port]) => ({
        job_name,
        static_configs: [{ targets: [`127.0.0.1:${port}`] }],
      })),
    }),
  );
  return {
    url: server.url,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

const board = boards.filter(({ id }) => id === "collector");
const ofCollectors = (all: Awaited<ReturnType<typeof shown>>): typeof all =>
  all.filter((each) => board.some(({ id }) => id === each.board));

const waiting = { timeout: 60_000, interval: 500 };

const gateway = ["base.yaml", "gateway.yaml", "backends/otlp.yaml"];
/** Takes out every record that is older than an hour, as a backend's file does. */
const ageLimit = `yaml:
processors: {filter/too_old: {log_conditions: ['log.time_unix_nano != 0 and Now() - log.time > Duration("1h")']}}
`;

/** A full queue answers at once, and does not keep the sender waiting. */
const notWaiting = "yaml:exporters::otlp_http/logs::sending_queue::block_on_overflow: false";

const twoHoursAgo = (): [number, number] => [Math.floor(Date.now() / 1000) - 7200, 0];

describe.skipIf(absence !== undefined && !absence.fails)("alerts about Collectors", () => {
  test("are silent while all is well, and the board shows every panel and none red", { timeout: 120_000 }, async () => {
    const [port = 0] = await freePorts(1);
    await using backend = await startBackend();
    await using server = await scraping({ healthy: port });
    await using collector = await startCollector({
      config: gateway,
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: backend.url,
        JOBTRAIL_COLLECTOR_METRICS_PORT: `${port}`,
        JOBTRAIL_COLLECTOR_DECISION_WAIT: "2s",
      },
    });
    const seen = new Set<string>();
    let n = 0;
    const panels = new Map<string, number>();
    // Longer than the sampler's wait, which once made a healthy gateway look as if it dropped traces.
    await vi.waitFor(async () => {
      expect(await sendRecords(collector.http, [recordOf(n)])).toBe(200);
      expect(await sendSpans(collector.http, [{ traceId: (n++).toString(16).padStart(32, "a") }])).toBe(200);
      for (const each of await firing(server.url)) seen.add(each);
      const all = ofCollectors(await shown(server.url));
      for (const { panel, series } of all) panels.set(panel.title, Math.max(panels.get(panel.title) ?? 0, series));
      expect([...panels].filter(([, series]) => series === 0)).toEqual([]);
      expect(red(all)).toEqual([]);
      expect(n).toBeGreaterThan(12);
    }, waiting);
    expect([...seen]).toEqual([]);
  });

  test("each speak when their trouble is made, and no other", { timeout: 240_000 }, async () => {
    const [expired = 0, full = 0, small = 0, ends = 0] = await freePorts(4);
    await using refusing = await startBackend(401);
    await using away = await startBackend(503);
    await using server = await scraping({ expired, full, small, ends });
    const start = (
      port: number,
      backend: Backend,
      env: Readonly<Record<string, string>>,
      ...more: string[]
    ): Promise<Collector> =>
      startCollector({
        config: ["base.yaml", "agent.yaml", "backends/otlp.yaml", ...more],
        env: { OTEL_EXPORTER_OTLP_ENDPOINT: backend.url, JOBTRAIL_COLLECTOR_METRICS_PORT: `${port}`, ...env },
      });
    // A key that has expired; a backend that is away, with a small queue; too little memory; one that ends.
    await using first = await start(expired, refusing, {}, ageLimit);
    await using second = await start(full, away, { JOBTRAIL_COLLECTOR_QUEUE_BYTES: "262144" }, notWaiting);
    await using third = await start(small, away, { JOBTRAIL_COLLECTOR_MEMORY_MIB: "1" });
    const begun = performance.now();
    await using fourth = await start(ends, away, {});
    const startSeconds = (performance.now() - begun) / 1000;
    for (let again = 0; again < 2; again++) {
      // A restart is seen where the uptime falls, so it runs for longer than a start takes here.
      const before = await uptime(server.url, ends, (seconds) => seconds >= 2 + 3 * startSeconds);
      await fourth.kill();
      await fourth.start();
      await uptime(server.url, ends, (seconds) => seconds < before);
    }
    await fourth.kill();
    const wanted = [
      "CollectorAbsent ends",
      `CollectorLosesTelemetry ${expired} otlp_http/traces`,
      `CollectorQueueFilling ${full} otlp_http/logs`,
      `CollectorQueueFull ${full} otlp_http/logs`,
      `CollectorRecordsTooOld ${expired}`,
      `CollectorRefusesRecords ${full}`,
      `CollectorRefusesRecords ${small}`,
      `CollectorRestarts ${ends}`,
      "JobRecordsRefused",
    ];
    const seen = new Set<string>();
    let n = 0;
    await vi.waitFor(
      async () => {
        await sendRecords(first.http, [recordOf(n++), recordOf(n++, { time: twoHoursAgo() })]);
        await sendSpans(first.http, [{ traceId: (n++).toString(16).padStart(32, "b") }]);
        await sendRecords(second.http, [recordOf(n++, { body: "x".repeat(60_000) })]);
        await sendRecords(third.http, [recordOf(n++)]);
        for (const each of await firingOf(server.url)) seen.add(each);
        expect([...seen].toSorted()).toEqual(expect.arrayContaining(wanted));
      },
      { timeout: 120_000, interval: 300 },
    );
    expect([...seen].toSorted()).toEqual(wanted.toSorted());
    const reddened = new Set(red(ofCollectors(await shown(server.url))));
    expect([...reddened].toSorted()).toEqual([
      "collector: Did not fit",
      "collector: Fullest queue",
      "collector: Refused",
      "collector: Spans lost",
      "collector: Too old",
    ]);
  });
});

/** Waits until Prometheus has seen an uptime of a Collector, and gives it. */
const uptime = (url: string, port: number, holds: (seconds: number) => boolean): Promise<number> =>
  vi.waitFor(async () => {
    const [sample] = await queried(url, `otelcol_process_uptime{instance="127.0.0.1:${port}"}`);
    const seconds = sample?.value ?? Number.NaN;
    expect(holds(seconds)).toBe(true);
    return seconds;
  }, waiting);

/** What is firing: the alert, and the Collector's port and exporter, or the name that it is scraped under. */
async function firingOf(url: string): Promise<string[]> {
  const response = await fetch(`${url}/api/v1/alerts`);
  const { data } = (await response.json()) as Alerts;
  return data.alerts
    .filter(({ state }) => state === "firing")
    .map(({ labels: { alertname, instance, exporter, job } }) =>
      [alertname, instance?.split(":")[1], exporter, instance === undefined ? job : undefined]
        .filter((each) => each !== undefined)
        .join(" "),
    );
}

interface Alerts {
  readonly data: {
    readonly alerts: readonly { readonly state: string; readonly labels: Readonly<Record<string, string>> }[];
  };
}

it.skipIf(absence !== undefined && !absence.fails)(
  "the shipped prometheus.yml is one that Prometheus takes, with the exported rules beside it",
  async () => {
    using folder = temporary();
    mkdirSync(join(folder.path, "rules"));
    const shipped = readFileSync(join(collectors, "deploy/prometheus/prometheus.yml"), "utf8");
    writeFileSync(join(folder.path, "prometheus.yml"), shipped);
    writeFileSync(join(folder.path, "rules/jobtrail.yaml"), rules);
    expect(await run(["check", "config", join(folder.path, "prometheus.yml")])).toBe("");
    const [job] = (parse(shipped) as { scrape_configs: [{ static_configs: [{ targets: string[] }] }] }).scrape_configs;
    expect(job.static_configs[0].targets).toEqual(["127.0.0.1:18888"]);
  },
);
