import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Sent } from "./answer.ts";
import { complaintIn } from "./binary.ts";
import type { Destination } from "./destination.ts";
import { urlOf } from "./direct.ts";
import { write } from "./document.ts";
import { failure } from "../errors.ts";
import { reduced } from "./reduction.ts";
import { partlyTaken, post } from "./reply.ts";
import { sampleFrom } from "./sample.ts";
import { redactor } from "./secret.ts";
import type { Stack } from "./stack.ts";
import type { Environment } from "./variable.ts";

/** How long a Collector may take to start, and to end. */
const startMs = 20_000;
const stopMs = 5000;

/**
 * Sends a test job through a Collector with the stack's exporters, their authenticators and the processors
 * before them, but without a queue: a Collector with queues answers 200 as soon as a record is in its queue, long before
 * the backend has it. So the real exporter is tested, whatever its protocol, and a running Collector is not touched: no port,
 * no folder, no offset in Kafka.
 */
export async function sendThrough(
  otelcol: string,
  stack: Stack,
  destinations: readonly Destination[],
  env: Environment,
): Promise<Sent> {
  const ports = new Map<Destination, number>();
  for (const each of destinations) ports.set(each, await freePort());
  const redact = redactor(stack.config, env);
  const collector = run(otelcol, write(reduced(stack, ports)), env);
  const isReady = await collector.isReady();
  // Made only now: the delta processor drops a first point that is older than the Collector's start.
  const sample = sampleFrom(Date.now());
  const outcomes = isReady
    ? await Promise.all(
        [...ports].map(([each, port]) => post(port, each.signal, sample, urlOf(each, stack.config, env))),
      )
    : [];
  const log = await collector.end();
  if (!isReady) {
    const reason = `${otelcol} did not start: ${complaintIn(redact(log))}`;
    throw failure("JOBTRAIL_COLLECTOR_UNUSABLE", { reason });
  }
  return {
    uid: sample.uid,
    outcomes: outcomes.map((outcome, i) => {
      const part = partlyTaken(log, destinations[i]);
      return part === undefined ? outcome : { ...outcome, answer: part };
    }),
  };
}

interface Running {
  readonly isReady: () => Promise<boolean>;
  /** Ends it, and returns its log. */
  readonly end: () => Promise<string>;
}

/** Runs a Collector in a temporary folder, which is removed when it ends. */
function run(otelcol: string, config: string, env: Environment): Running {
  const folder = mkdtempSync(join(tmpdir(), "jobtrail-test-"));
  const file = join(folder, "test.yaml");
  writeFileSync(file, config);
  const child = spawn(otelcol, ["--config", file], { env, stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(child, "close").catch(() => undefined);
  let heard = "";
  child.stderr.on("data", (chunk: Buffer) => (heard += chunk.toString()));
  const isReady = async (): Promise<boolean> => {
    const late = AbortSignal.timeout(startMs);
    while (!heard.includes("Everything is ready")) {
      if (late.aborted || child.exitCode !== null || child.signalCode !== null) return false;
      await Promise.race([once(child.stderr, "data", { signal: late }).catch(() => undefined), ended]);
    }
    return true;
  };
  const end = async (): Promise<string> => {
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), stopMs);
    await ended;
    clearTimeout(late);
    rmSync(folder, { recursive: true, force: true });
    return heard;
  };
  return { isReady, end };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
