import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseSamples } from "./samples.ts";
import type { Sample } from "./samples.ts";

/** The folder of the configurations. */
export const folder: string = join(import.meta.dirname, "../../collector");

/** The path of a Collector: `JOBTRAIL_OTELCOL`, else the one that was built here; absent where there is none. */
export function otelcol(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env["JOBTRAIL_OTELCOL"]) return env["JOBTRAIL_OTELCOL"];
  const built = execFileSync(join(folder, "build.sh"), ["--path"], { encoding: "utf8" }).trim();
  return existsSync(built) ? built : undefined;
}

/** What is said where there is none. */
export const missing = "There is no Collector here. Run: pnpm collector:build";

/** How a Collector is started. */
export interface Setup {
  /** Files of `collector/` by their path in it, files by their whole path, or texts that begin with `yaml:`. */
  readonly config: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Further arguments, such as `--set=exporters::kafka::timeout=1s`. */
  readonly args?: readonly string[];
  /** Its data folder, where that is to outlive it; by default one of its own. */
  readonly data?: string;
}

/** A Collector that runs as a process of its own, on free ports of the loopback interface. */
export interface Collector extends AsyncDisposable {
  /** Where it takes OTLP over HTTP: for `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly http: string;
  /** Where it takes OTLP over gRPC: host and port. */
  readonly grpc: string;
  /** The health check's address. */
  readonly health: string;
  /** Holds `queue/` and `second-sink/`. */
  readonly data: string;
  /** The process, undefined while none runs. */
  readonly pid: number | undefined;
  /** What it has written to its log since the first start. */
  log(): string;
  /** Its own metrics, now. */
  metrics(): Promise<readonly Sample[]>;
  /** Looks at its own metrics until something holds. @throws Error after the deadline, with the metrics whose names match `of`. */
  waitForMetrics(holds: (samples: readonly Sample[]) => boolean, of: RegExp, deadlineMs?: number): Promise<void>;
  /** Starts it again, on the same ports with the same data, with an environment that may differ. */
  start(env?: Readonly<Record<string, string>>): Promise<void>;
  /** Ends it in order, and waits for that. @returns the exit code. */
  stop(signal?: "SIGTERM" | "SIGINT"): Promise<number | null>;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
}

/** Starts a Collector and waits until it is ready. @throws Error where it ends before that, with its log. */
export async function startCollector(setup: Setup): Promise<Collector> {
  const program = otelcol();
  if (program === undefined) throw new Error(missing);
  const owned = setup.data === undefined ? mkdtempSync(join(tmpdir(), "jobtrail-collector-")) : undefined;
  const data = setup.data ?? owned ?? "";
  const [http, grpc, health, own] = await freePorts(4);
  const ports = {
    JOBTRAIL_COLLECTOR_HTTP: `127.0.0.1:${http}`,
    JOBTRAIL_COLLECTOR_GRPC: `127.0.0.1:${grpc}`,
    JOBTRAIL_COLLECTOR_HEALTH: `127.0.0.1:${health}`,
    JOBTRAIL_COLLECTOR_METRICS_PORT: `${own}`,
    JOBTRAIL_COLLECTOR_DATA: data,
  };
  const args = [...setup.config.flatMap((each) => ["--config", source(each)]), ...(setup.args ?? [])];
  let log = "";
  let child: ChildProcess | undefined;
  const metrics = async (): Promise<readonly Sample[]> =>
    parseSamples(await (await fetch(`http://127.0.0.1:${own}/metrics`)).text());
  const start = async (more: Readonly<Record<string, string>> = {}): Promise<void> => {
    const env = { PATH: process.env["PATH"], ...ports, ...setup.env, ...more };
    child = spawn(program, args, { cwd: data, env, stdio: ["ignore", "ignore", "pipe"] });
    await ready(child, (text) => (log += text));
    if (!(await fetch(`http://127.0.0.1:${health}`)).ok) throw new Error(`The health check says no. Its log:\n${log}`);
  };
  const stop = async (signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> => {
    const code = child === undefined ? null : await ended(child, signal);
    child = undefined;
    return code;
  };
  await start();
  return {
    http: `http://127.0.0.1:${http}`,
    grpc: `127.0.0.1:${grpc}`,
    health: `http://127.0.0.1:${health}`,
    data,
    get pid() {
      return child?.pid;
    },
    log: () => log,
    metrics,
    waitForMetrics: (holds, of, deadlineMs = 20_000) => untilHolds(metrics, holds, of, deadlineMs),
    start,
    stop,
    kill: async () => void (await stop("SIGKILL")),
    async [Symbol.asyncDispose]() {
      await stop("SIGKILL");
      if (owned !== undefined) rmSync(owned, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** A configuration that sends all three signals to one OTLP endpoint, as a backend's overlay does. */
export const backendAt = (url: string): string => `yaml:
exporters:
  otlp_http/logs: {endpoint: "${url}"}
  otlp_http/traces: {endpoint: "${url}"}
  otlp_http/metrics: {endpoint: "${url}"}
service:
  pipelines:
    logs/backend: {exporters: [otlp_http/logs]}
    traces/backend: {exporters: [otlp_http/traces]}
    metrics/backend: {exporters: [otlp_http/metrics]}
`;

/** A configuration as `--config` takes it. */
export const source = (config: string): string => (/^yaml:|^\//.test(config) ? config : join(folder, config));

/**
 * Ports of the loopback interface that are free now, all of them at once, so that they differ. They lie below those
 * that the system gives to whoever asks for any: while a program is ended and started again, or a backend is away,
 * no stranger gets its port and answers in its place.
 */
export async function freePorts(count: number): Promise<number[]> {
  const probes = new Map<number, Server>();
  while (probes.size < count) {
    const port = lowestPort + Math.floor(Math.random() * (highestPort - lowestPort));
    const probe = probes.has(port) ? undefined : await listening(port);
    if (probe !== undefined) probes.set(port, probe);
  }
  await Promise.all([...probes.values()].map((probe) => new Promise((resolve) => probe.close(resolve))));
  return [...probes.keys()];
}

const lowestPort = 20_000;
const highestPort = 32_000;

const listening = (port: number): Promise<Server | undefined> =>
  new Promise((resolve) => {
    const probe = createServer().once("error", () => resolve(undefined));
    probe.listen(port, "127.0.0.1", () => resolve(probe));
  });

const startDeadlineMs = 30_000;

/** Waits until a Collector says that it is ready; hands on its log until it ends. */
function ready(child: ChildProcess, write: (text: string) => void): Promise<void> {
  const orphaned = (): boolean => child.kill("SIGKILL");
  process.once("exit", orphaned);
  child.once("exit", () => process.removeListener("exit", orphaned));
  return new Promise((resolve, reject) => {
    let said = "";
    const timer = globalThis.setTimeout(() => {
      child.kill("SIGKILL");
      over(`was not ready after ${startDeadlineMs} ms`);
    }, startDeadlineMs);
    const over = (what: string): void => {
      clearTimeout(timer);
      reject(new Error(`The Collector ${what}. Its log:\n${said}`));
    };
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      write(text);
      said += text;
      if (!said.includes("Everything is ready")) return;
      said = "";
      clearTimeout(timer);
      resolve();
    });
    child.once("error", (error) => over(`could not be started: ${error.message}`));
    // Its last words may come after its end.
    child.once("close", (code, signal) => over(`ended with ${signal ?? code}`));
  });
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = new Promise((resolve) => child.once("close", resolve));
    child.kill(signal);
    await gone;
  }
  return child.exitCode;
}

async function untilHolds(
  metrics: () => Promise<readonly Sample[]>,
  holds: (samples: readonly Sample[]) => boolean,
  of: RegExp,
  deadlineMs: number,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const samples = await metrics();
    if (holds(samples)) return;
    if (performance.now() > deadline)
      throw new Error(
        `Not within ${deadlineMs} ms. Its metrics:\n${samples
          .filter(({ name }) => of.test(name))
          .map(({ name, labels, value }) => `${name} ${JSON.stringify(labels)} ${value}`)
          .join("\n")}`,
      );
    await setTimeout(pauseMs);
  }
}

/** Its metrics can only be asked for. */
const pauseMs = 50;
