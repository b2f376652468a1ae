import { spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  copyFileSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startReceiver } from "@jobtrail/testing";
import { afterAll, beforeAll, describe, expect, test as plainTest } from "vitest";
import { diskFaults } from "../../packages/cli/src/collector/disk.ts";
import { inspectQueue } from "../../packages/cli/src/collector/queue.ts";
import { stackOf } from "../../packages/cli/src/collector/stack.ts";
import { startBackend } from "./backend.ts";
import { backendAt, otelcol, startCollector, collectorTest as test } from "./collector.ts";
import { sumOf } from "./samples.ts";
import { deliver, recordOf, uidsOf } from "./traffic.ts";

const place = mkdtempSync(join(tmpdir(), "jobtrail-queue-"));
const name = "exporter_otlp_http_logs_logs";
const whole = join(place, name);
const pageBytes = 4096;
const body = "x".repeat(2000);

beforeAll(async () => {
  if (otelcol() === undefined) return;
  await using backend = await startBackend(503);
  await using collector = await startCollector({ config: ["base.yaml", "agent.yaml", backendAt(backend.url)] });
  for (let i = 0; i < 20; i++)
    await deliver(
      collector.http,
      Array.from({ length: 100 }, (_, n) => recordOf(i * 100 + n, { body })),
    );
  await collector.kill();
  copyFileSync(join(collector.data, "queue", name), whole);
}, 60_000);
afterAll(() => rmSync(place, { recursive: true }));

/** Numbers that look like chance, and are the same each time. */
const numbers = (seed: number) => (): number => (seed = (seed * 48_271) % 2_147_483_647);

const zeros = (bytes: Buffer, from: number, to: number): Buffer => bytes.fill(0, from, to);

/** Writes over pages, from a third of the file that is in use on. */
function junk(bytes: Buffer, seed: number): Buffer {
  const next = numbers(seed);
  const first = pageBytes * (2 + (next() % 1000));
  for (let i = first; i < first + 300 * pageBytes && i < bytes.length; i++) bytes[i] = next() % 256;
  return bytes;
}

const damages: readonly (readonly [what: string, change: (bytes: Buffer) => Buffer])[] = [
  ["nothing", (bytes) => bytes],
  ["the first page", (bytes) => zeros(bytes, 0, pageBytes)],
  ["the second page", (bytes) => zeros(bytes, pageBytes, 2 * pageBytes)],
  ["both first pages", (bytes) => zeros(bytes, 0, 2 * pageBytes)],
  ["all after the first kilobytes", (bytes) => bytes.subarray(0, 20_000)],
  ["all but three bytes", (bytes) => bytes.subarray(0, 3)],
  ["all of it, which is text now", () => Buffer.from("no queue at all\n".repeat(2000))],
  ...[1, 2, 3, 4, 5, 6].map((seed) => [`300 pages (${seed})`, (bytes: Buffer) => junk(bytes, seed)] as const),
];

describe("the check says what a Collector does with a queue's file that has lost", () => {
  test.each(damages)("%s", async (_, change) => {
    const data = mkdtempSync(join(place, "data-"));
    await using collector = await startCollector({ config: ["base.yaml"], data });
    await collector.kill();
    writeFileSync(join(data, "queue", name), change(readFileSync(whole)));
    const faults = diskFaults(stackOf("agent", ["loki"]).config, { JOBTRAIL_COLLECTOR_DATA: data }, 0);
    await using backend = await startBackend(503);
    const starts = await startCollector({ config: ["base.yaml", "agent.yaml", backendAt(backend.url)], data }).then(
      async (started) => {
        await started.kill();
        return true;
      },
      () => false,
    );
    expect(faults.map((fault) => fault.slice(0, fault.indexOf(" is damaged (")))).toEqual(
      starts ? [] : [join(data, "queue", name)],
    );
  });
});

test("what a queue holds is counted by its pages in use, not by the size of its file", () => {
  const { liveBytes, damage } = inspectQueue(whole);
  expect(damage).toBeUndefined();
  expect(liveBytes).toBeGreaterThan(2000 * body.length);
  expect(liveBytes).toBeLessThan(readFileSync(whole).length);
});

plainTest("a file that was never written to is no damaged one", () => {
  const path = join(place, "empty");
  writeFileSync(path, "");
  expect(inspectQueue(path)).toEqual({ liveBytes: 0 });
});

test("a damaged file is named with what to do, and one of an exporter that the stack has not is left alone", async () => {
  const data = mkdtempSync(join(place, "data-"));
  await using collector = await startCollector({ config: ["base.yaml"], data });
  await collector.kill();
  const file = join(data, "queue", name);
  writeFileSync(file, "no queue at all");
  const faults = (backend: string): string[] =>
    diskFaults(stackOf("agent", [backend]).config, { JOBTRAIL_COLLECTOR_DATA: data }, 0);
  expect(faults("loki")).toEqual([
    `${file} is damaged (neither of its two first pages is whole): no Collector starts with it. Move it away (mv ${file} ${file}.damaged), start, then send its records again with \`jobtrail collector resend\`.`,
  ]);
  renameSync(file, join(data, "queue", "exporter_otlp_http_before_logs"));
  expect(faults("loki")).toEqual([]);
});

const mounted = (folder: string): boolean =>
  spawnSync("mount", ["-t", "tmpfs", "-o", "size=40m", "tmpfs", folder]).status === 0;

test("a start on a full disk drops what was being sent, and the check refuses that start", async ({ skip }) => {
  const data = mkdtempSync(join(place, "small-"));
  if (!mounted(data)) skip("No disk can be mounted here: it takes the rights of root");
  try {
    await using silent = await startSilent();
    await using receiver = await startReceiver();
    const config = ["base.yaml", "agent.yaml", backendAt("${env:BACKEND_URL}")];
    const env = { BACKEND_URL: silent.url };
    await using collector = await startCollector({ config, env, data });
    const records = Array.from({ length: 4000 }, (_, n) => recordOf(n, { body }));
    for (let i = 0; i < records.length; i += 500) await deliver(collector.http, records.slice(i, i + 500));
    await silent.asked;
    await collector.kill();
    fill(join(data, "filler"));
    expect(diskFaults(stackOf("agent", ["loki"]).config, { JOBTRAIL_COLLECTOR_DATA: data }, 256)).toEqual([
      expect.stringMatching(/ has no space left\. | has \d MiB free; expected 2\d\d MiB/),
    ]);
    await collector.start({ BACKEND_URL: receiver.url });
    await collector.waitForMetrics((samples) => sumOf(samples, "otelcol_exporter_queue_size") === 0, /queue_size/);
    const delivered = new Set(uidsOf(receiver.records())).size;
    expect(delivered).toBeLessThan(records.length);
  } finally {
    spawnSync("umount", ["-l", data]);
  }
});

/** A backend that takes requests and never answers. */
async function startSilent(): Promise<AsyncDisposable & { readonly url: string; readonly asked: Promise<unknown> }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: once(server, "request"),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Writes until the disk takes no more. */
function fill(path: string): void {
  const file = openSync(path, "w");
  for (let size = 1 << 20; size >= 512; size /= 2) while (takes(file, Buffer.alloc(size)));
  closeSync(file);
}

function takes(file: number, bytes: Buffer): boolean {
  try {
    return writeSync(file, bytes) > 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") return false;
    throw error;
  }
}
