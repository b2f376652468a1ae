import { execFileSync, spawn } from "node:child_process";
import { existsSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Running, Service } from "@jobtrail/testing";
import { killed, untilSaid } from "./child.ts";
import { freePorts } from "./otelcol.ts";
import type { Sample } from "./samples.ts";

/** Prometheus, as Debian packages it. Where it is not installed its package is unpacked into a cache, for nobody else. */
export const prometheus: Service = {
  name: "prometheus",
  install: "apt-get install prometheus",
  find: () => installed() ?? unpacked(),
  start: () => startPrometheus(),
};

const installed = (): string | undefined =>
  (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, "prometheus"))
    .find((file) => existsSync(file));

function unpacked(): string | undefined {
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "jobtrail");
  const folder = join(cache, "prometheus");
  const program = join(folder, "usr/bin/prometheus");
  if (existsSync(program)) return program;
  mkdirSync(cache, { recursive: true });
  const made = mkdtempSync(join(cache, "prometheus-"));
  const options = { cwd: made, stdio: "ignore" } as const;
  try {
    execFileSync("apt-get", ["download", "prometheus"], options);
    const [archive = ""] = globSync("prometheus_*.deb", { cwd: made });
    execFileSync("dpkg", ["-x", archive, "unpacked"], options);
    renameSync(join(made, "unpacked"), folder);
    return program;
  } catch {
    // No Debian, or not reached: whoever asked says how to get it.
    return undefined;
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

/** Which Prometheus is started, and what it is told besides. */
export interface Build {
  readonly program?: string | undefined;
  readonly args?: readonly string[];
}

/** Starts a Prometheus that takes remote writes, and by default scrapes nothing. @throws Error where there is none or it does not start. */
export async function startPrometheus(
  text = "scrape_configs: []\n",
  { program = prometheus.find(), args = [] }: Build = {},
): Promise<Running> {
  if (program === undefined) throw new Error(`prometheus was not found. Get it with: ${prometheus.install}`);
  const [port] = await freePorts(1);
  const folder = mkdtempSync(join(tmpdir(), "jobtrail-prometheus-"));
  const config = join(folder, "prometheus.yml");
  writeFileSync(config, text);
  const child = spawn(
    program,
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--web.enable-remote-write-receiver",
      ...args,
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const stop = async (): Promise<void> => {
    await killed(child);
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    await untilSaid(child, {
      name: "Prometheus",
      sign: "Server is ready to receive web requests",
      deadlineMs: startDeadlineMs,
    });
  } catch (error) {
    await stop();
    throw error;
  }
  const url = `http://127.0.0.1:${port}`;
  const env = { PROMETHEUS_URL: url, PROMETHEUS_REMOTE_WRITE_URL: `${url}/api/v1/write` };
  return { url, env, [Symbol.asyncDispose]: stop };
}

/** What a query gives now; of a native histogram its count. @throws Error where the query is refused. */
export async function queried(url: string, query: string): Promise<Sample[]> {
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`);
  const { data, error } = (await response.json()) as Answer;
  if (data === undefined) throw new Error(`Prometheus does not take "${query}": ${error}`);
  return data.result.map(({ metric: { __name__: name = "", ...labels }, value, histogram }) => ({
    name,
    labels,
    value: Number(value?.[1] ?? histogram?.[1].count),
  }));
}

interface Answer {
  readonly error?: string;
  readonly data?: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      /** Unix seconds, and the value as text. */
      readonly value?: readonly [number, string];
      /** The same of a native histogram. */
      readonly histogram?: readonly [number, { readonly count: string }];
    }[];
  };
}

const startDeadlineMs = 30_000;
