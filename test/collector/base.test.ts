import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isRefusal } from "@jobtrail/core/event";
import { decodeLogs } from "@jobtrail/otlp";
import { startReceiver } from "@jobtrail/testing";
import { expect } from "vitest";
import { startBackend } from "./backend.ts";
import { backendAt, startCollector, collectorTest as test } from "./collector.ts";
import type { Collector } from "./collector.ts";
import { sumOf } from "./samples.ts";
import { recordOf, sendRecords, uidOf, uidsOf } from "./traffic.ts";

/** What the second sink holds: the uids of all its files, oldest file first. */
const secondSink = ({ data }: Collector): string[] =>
  globSync("second-sink/*.jsonl", { cwd: data })
    .sort()
    .flatMap((path) => readFileSync(join(data, path), "utf8").trimEnd().split("\n"))
    .flatMap((line) => {
      const decoded = decodeLogs(Buffer.from(line), "json");
      if (isRefusal(decoded)) throw new Error(`Not OTLP: ${line.slice(0, 200)}`);
      return uidsOf(decoded.records);
    });

test("base alone keeps every record in the second sink, and sends none anywhere", async () => {
  await using collector = await startCollector({ config: ["base.yaml"] });
  expect(await sendRecords(collector.http, [recordOf(1), recordOf(2)])).toBe(200);
  expect(secondSink(collector)).toEqual([uidOf(1), uidOf(2)]);
  const metrics = await collector.metrics();
  expect(sumOf(metrics, "otelcol_exporter_sent_log_records")).toBe(2);
  expect(sumOf(metrics, "otelcol_exporter_sent_log_records", { exporter: "file/second_sink" })).toBe(2);
  expect(await collector.stop()).toBe(0);
});

test("a record goes to the backend and to the second sink, as it was sent", async () => {
  await using receiver = await startReceiver();
  await using collector = await startCollector({ config: ["base.yaml", "agent.yaml", backendAt(receiver.url)] });
  const sent = recordOf(7, { attributes: { "job.run.warnings": ["late", "slow"], "job.run.duration": 0.25 } });
  expect(await sendRecords(collector.http, [sent])).toBe(200);
  await receiver.waitFor(({ records }) => records().length > 0);
  expect(receiver.records()).toEqual([sent]);
  expect(secondSink(collector)).toEqual([uidOf(7)]);
});

test("what a backend does not take because of its age is counted and stays in the second sink", async () => {
  await using receiver = await startReceiver();
  const hourAgo = "log.time_unix_nano < UnixNano(Now()) - 3600000000000";
  const limit = `yaml:processors::filter/too_old::log_conditions: ['${hourAgo}']`;
  await using collector = await startCollector({ config: ["base.yaml", backendAt(receiver.url), limit] });
  const old = Math.floor(Date.now() / 1000) - 7200;
  expect(await sendRecords(collector.http, [recordOf(1, { time: [old, 0] }), recordOf(2)])).toBe(200);
  await receiver.waitFor(({ records }) => records().length > 0);
  expect(uidsOf(receiver.records())).toEqual([uidOf(2)]);
  expect(secondSink(collector)).toEqual([uidOf(1), uidOf(2)]);
  expect(sumOf(await collector.metrics(), "otelcol_processor_filter_logs_filtered")).toBe(1);
});

test("a large request reaches the backend in batches of at most 4 MiB", async () => {
  await using backend = await startBackend();
  await using collector = await startCollector({ config: ["base.yaml", backendAt(backend.url)] });
  const text = "x".repeat(200_000);
  const records = Array.from({ length: 60 }, (_, n) => recordOf(n, { body: text }));
  expect(await sendRecords(collector.http, records)).toBe(200);
  await collector.waitForMetrics(
    (samples) => sumOf(samples, "otelcol_exporter_sent_log_records", { exporter: "otlp_http/logs" }) === 60,
    /sent_log|send_failed/,
  );
  const sizes = backend.requests.map(({ body }) => body.length);
  expect(sizes.length).toBeGreaterThan(2);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(4 * 1024 * 1024);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(60 * text.length);
});

test("what a backend refuses for good is counted as failed, and stays in the second sink", async () => {
  await using backend = await startBackend(401);
  await using collector = await startCollector({ config: ["base.yaml", backendAt(backend.url)] });
  expect(await sendRecords(collector.http, [recordOf(1)])).toBe(200);
  const failed = { exporter: "otlp_http/logs" };
  await collector.waitForMetrics(
    (samples) => sumOf(samples, "otelcol_exporter_send_failed_log_records", failed) === 1,
    /sent_log|send_failed/,
  );
  expect(backend.requests.length).toBe(1);
  expect(secondSink(collector)).toEqual([uidOf(1)]);
});

test("the second sink begins a new file when one is full, and keeps the old ones over a crash", async () => {
  await using collector = await startCollector({
    config: ["base.yaml"],
    env: { JOBTRAIL_COLLECTOR_SECOND_SINK_MIB: "1" },
  });
  const send = async (n: number): Promise<void> =>
    expect(await sendRecords(collector.http, [recordOf(n, { body: "x".repeat(400_000) })])).toBe(200);
  for (const n of [1, 2, 3]) await send(n);
  await collector.kill();
  await collector.start();
  for (const n of [4, 5, 6]) await send(n);
  expect(globSync("second-sink/*.jsonl", { cwd: collector.data }).length).toBeGreaterThan(2);
  expect(secondSink(collector).sort()).toEqual([1, 2, 3, 4, 5, 6].map(uidOf));
});

test("a Collector without memory refuses before it writes anything, so that a sender tries again", async () => {
  await using collector = await startCollector({ config: ["base.yaml"], env: { JOBTRAIL_COLLECTOR_MEMORY_MIB: "1" } });
  await collector.waitForMetrics(() => collector.log().includes("Refusing data"), /memory/);
  expect(await sendRecords(collector.http, [recordOf(1)])).toBe(503);
  expect(secondSink(collector)).toEqual([]);
});

test("a second sink that cannot be written refuses the sender, even where the backend has taken the record", async () => {
  await using receiver = await startReceiver();
  await using collector = await startCollector({ config: ["base.yaml", backendAt(receiver.url)] });
  const sink = join(collector.data, "second-sink");
  rmSync(sink, { recursive: true });
  writeFileSync(sink, "a file where a folder has to be");
  expect(await sendRecords(collector.http, [recordOf(1)])).toBe(503);
  await receiver.waitFor(({ records }) => records().length > 0);
  rmSync(sink);
  expect(await sendRecords(collector.http, [recordOf(1)])).toBe(200);
  expect(secondSink(collector)).toEqual([uidOf(1)]);
});

test("a second Collector on the same ports says which address is in use", async () => {
  await using first = await startCollector({ config: ["base.yaml"] });
  const taken = { JOBTRAIL_COLLECTOR_HTTP: first.http.replace("http://", "") };
  await expect(startCollector({ config: ["base.yaml"], env: taken })).rejects.toThrow(
    `listen tcp ${taken.JOBTRAIL_COLLECTOR_HTTP}: bind: address already in use`,
  );
});

test("a second Collector on the same data folder says that its queue is locked", async () => {
  await using receiver = await startReceiver();
  const config = ["base.yaml", backendAt(receiver.url)];
  await using first = await startCollector({ config });
  await expect(startCollector({ config, data: first.data })).rejects.toThrow(
    /Error: .* failed to start "otlp_http\/\w+" exporter: timeout/,
  );
});

test("a data folder that cannot be made is named in the error", async () => {
  const setup = { config: ["base.yaml"], env: { JOBTRAIL_COLLECTOR_DATA: "/proc/none" } };
  await expect(startCollector(setup)).rejects.toThrow(
    'Error: failed to build extensions: failed to create extension "file_storage/queue": mkdir /proc/none: no such file or directory',
  );
});
