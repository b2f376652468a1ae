import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultConfig, usual, writeAlerts } from "@jobtrail/dashboards";
import type { AlertConfig, Naming } from "@jobtrail/dashboards";
import { startPostgres, startReceiver, startRedis } from "@jobtrail/testing";
import type { Receiver, Running } from "@jobtrail/testing";
import { Queue } from "bullmq";
import { stringify } from "yaml";
import { freePorts, startCollector } from "../../collector/otelcol.ts";
import { startPrometheus } from "../../collector/prometheus.ts";
import { startObserver } from "./observer.ts";

/** Real jobs, watched by register, through a gateway Collector into Prometheus; records and spans also into a receiver. */
export interface Stack extends AsyncDisposable {
  /** Where Prometheus listens. */
  readonly prometheus: string;
  readonly receiver: Receiver;
  /** Breaks what can break: jobs fail, a worker and a scheduler die, a queue that nobody works on grows. */
  breakIt(): Promise<void>;
}

/** Thresholds that a test can wait for. */
export const quick: AlertConfig = {
  ...defaultConfig,
  absentAfter: "20s",
  memory: "10m",
  recent: "40s",
  defaults: {
    ...defaultConfig.defaults,
    stuckAfter: "10m",
    queueAge: "30s",
    backlogMinimum: 20,
    backlogFor: "15s",
    missedAfter: "8s",
    notMovingFor: "30s",
  },
};

/** Which Prometheus is fed, and how. */
export interface Feed {
  readonly naming: Naming;
  /** Starts it with a configuration. */
  start(config: Readonly<Record<string, unknown>>): Promise<Running>;
  /** The Collector's overlay that writes to it. */
  readonly backend: string;
  /** Where processes send their metrics to; by default to the Collector. */
  direct?(prometheus: Running): Readonly<Record<string, string>>;
}

/** Debian's Prometheus by remote write. */
const remoteWrite: Feed = {
  naming: usual,
  start: (config) => startPrometheus(stringify(config)),
  backend: "backends/prometheus-remote-write.yaml",
};

/** Starts all of it. */
export async function startStack(feed: Feed = remoteWrite): Promise<Stack> {
  const stack = new AsyncDisposableStack();
  const redis = stack.use(await startRedis());
  const postgres = stack.use(await startPostgres());
  const receiver = stack.use(await startReceiver());
  const [metricsPort = 0] = await freePorts(1);
  const prometheus = stack.use(await feed.start(prometheusConfig(stack, metricsPort, feed.naming)));
  const collector = stack.use(
    await startCollector({
      config: ["base.yaml", "gateway.yaml", feed.backend, toReceiver(receiver.url)],
      env: {
        ...prometheus.env,
        JOBTRAIL_COLLECTOR_METRICS_PORT: `${metricsPort}`,
        JOBTRAIL_COLLECTOR_DECISION_WAIT: "2s",
      },
    }),
  );
  stack.use(startObserver(redis.url, collector.http, ["mail", "images", "reports"]));
  const exporting = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.http, ...feed.direct?.(prometheus) };
  const start = (program: string, service: string, ...args: readonly string[]): ChildProcess =>
    processOf(stack, program, args, { OTEL_SERVICE_NAME: service, ...exporting });
  const mailer = start("mailer.ts", "mailer", redis.url);
  start("orders.ts", "orders", postgres.url);
  const scheduler = start("scheduler.ts", "scheduler");
  return {
    prometheus: prometheus.url,
    receiver,
    async breakIt() {
      scheduler.kill("SIGKILL");
      mailer.send("fail");
      const doomed = start("doomed.ts", "mailer", redis.url);
      await once(doomed, "message");
      doomed.kill("SIGKILL");
      mailer.send("rescue");
      growing(stack, redis.url);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Jobs that come to a queue that nobody works on. */
function growing(stack: AsyncDisposableStack, url: string): void {
  const reports = new Queue("reports", { connection: { url } });
  const timer = setInterval(() => void reports.add("report", {}).catch(() => undefined), 200);
  stack.defer(() => {
    clearInterval(timer);
    return reports.close();
  });
}

function processOf(
  stack: AsyncDisposableStack,
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): ChildProcess {
  const child = fork(join(import.meta.dirname, program), args, {
    execArgv: ["--conditions=@jobtrail/source", "--import", "@jobtrail/register"],
    cwd: import.meta.dirname,
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      OTEL_RESOURCE_ATTRIBUTES: "service.namespace=shop,service.version=1.2.3,deployment.environment.name=test",
      OTEL_METRIC_EXPORT_INTERVAL: "1000",
      ...env,
    },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  stack.defer(async () => {
    const gone = child.exitCode === null && child.signalCode === null ? once(child, "close") : undefined;
    child.kill("SIGKILL");
    await gone;
  });
  return child;
}

/** Logs and spans go to the receiver; metrics to Prometheus. */
const toReceiver = (url: string): string => `yaml:
exporters:
  otlp_http/logs: {endpoint: "${url}"}
  otlp_http/traces: {endpoint: "${url}"}
service:
  pipelines:
    logs/backend: {exporters: [otlp_http/logs]}
    traces/backend: {exporters: [otlp_http/traces]}
`;

/** Prometheus with the alerts, looked at each second and not held back, and the Collector's own metrics. */
function prometheusConfig(
  stack: AsyncDisposableStack,
  metricsPort: number,
  naming: Naming,
): Readonly<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), "jobtrail-rules-"));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "rules.yaml");
  const { groups } = writeAlerts("prometheus", quick, { naming }) as {
    readonly groups: readonly { readonly rules: readonly object[] }[];
  };
  const soon = groups.map((group) => ({
    ...group,
    interval: "1s",
    rules: group.rules.map((rule) => ({ ...rule, for: "3s" })),
  }));
  writeFileSync(file, stringify({ groups: soon }, { lineWidth: 0 }));
  return {
    global: { scrape_interval: "1s", evaluation_interval: "1s" },
    rule_files: [file],
    scrape_configs: [{ job_name: "collector", static_configs: [{ targets: [`127.0.0.1:${metricsPort}`] }] }],
  };
}
