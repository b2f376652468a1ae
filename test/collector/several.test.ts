import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { decodeLogs } from "@jobtrail/otlp";
import type { Received } from "@jobtrail/otlp";
import { isRefusal } from "@jobtrail/core/event";
import { expect } from "vitest";
import { write } from "../../packages/cli/src/collector/document.ts";
import { configText } from "../../packages/cli/src/collector/print.ts";
import { stackOf } from "../../packages/cli/src/collector/stack.ts";
import { jobtrail, temporary } from "../../packages/cli/test/command.ts";
import { startBackend } from "./backend.ts";
import type { Backend } from "./backend.ts";
import { startCollector, collectorTest as test } from "./collector.ts";
import type { Collector } from "./collector.ts";
import { freePorts } from "./otelcol.ts";
import { sumOf } from "./samples.ts";
import { recordsIn, secondSinkOf } from "./second-sink.ts";
import { deliver, recordOf, sendRecords, sendSpans, uidOf, uidsOf } from "./traffic.ts";

const stack = stackOf("agent", ["otlp", "victoria-logs"], ["resend"]);
const exporters = { first: "otlp_http/logs", second: "otlp_http/victoria-logs_logs" };

const requests = 20;
const perRequest = 25;
const all = Array.from({ length: requests * perRequest }, (_, n) => uidOf(n));

/** The uids that a backend was sent while it took what it was sent. */
const uidsAt = ({ requests }: Pick<Backend, "requests">): string[] =>
  requests.flatMap(({ body }) => {
    const decoded = decodeLogs(body, "protobuf");
    return isRefusal(decoded) ? [] : uidsOf(decoded.records);
  });

const unique = (backend: Backend): string[] => [...new Set(uidsAt(backend))].toSorted();

async function start(first: string, second: string, env: Readonly<Record<string, string>> = {}): Promise<Collector> {
  const ports = await freePorts(3);
  const own = Object.fromEntries(
    ["", "_OTLP", "_VICTORIA_LOGS"].map((name, i) => [`JOBTRAIL_COLLECTOR_RESEND${name}`, `127.0.0.1:${ports[i]}`]),
  );
  const config = [...stack.files, ...(stack.overlay === undefined ? [] : [`yaml:${write(stack.overlay)}`])];
  return startCollector({
    config,
    env: { ...own, OTEL_EXPORTER_OTLP_ENDPOINT: first, VICTORIALOGS_URL: second, ...env },
  });
}

async function sendAll({ http }: Collector): Promise<void> {
  for (let i = 0; i < requests; i++)
    await deliver(
      http,
      Array.from({ length: perRequest }, (_, n) => recordOf(i * perRequest + n)),
    );
}

const sent = (collector: Collector, exporter: string): Promise<void> =>
  collector.waitForMetrics(
    (samples) => sumOf(samples, "otelcol_exporter_sent_log_records", { exporter }) === all.length,
    /sent_log_records|send_failed/,
  );

test.for(["first", "second"] as const)(
  "the %s of two backends is down, and the other has all at once",
  async (which) => {
    await using well = await startBackend();
    const [port = 0] = await freePorts(1);
    const away = `http://127.0.0.1:${port}`;
    const [first, second] = which === "first" ? [away, well.url] : [well.url, away];
    await using collector = await start(first, second);
    await sendAll(collector);
    await sent(collector, which === "first" ? exporters.second : exporters.first);
    expect(unique(well)).toEqual(all);
    await using back = await startBackend(200, { port });
    await sent(collector, exporters[which]);
    expect(unique(back)).toEqual(all);
    expect(uidsAt(well).length).toBe(all.length);
  },
);

test("one of two backends refuses, and nothing is lost at the other", async () => {
  await using well = await startBackend();
  await using refusing = await startBackend(401);
  await using collector = await start(well.url, refusing.url);
  await sendAll(collector);
  await sent(collector, exporters.first);
  const failed = { exporter: exporters.second };
  await collector.waitForMetrics(
    (samples) => sumOf(samples, "otelcol_exporter_send_failed_log_records", failed) === all.length,
    /send_failed/,
  );
  expect(unique(well)).toEqual(all);
  expect(
    sumOf(await collector.metrics(), "otelcol_exporter_send_failed_log_records", { exporter: exporters.first }),
  ).toBe(0);
});

test("one of two backends is slow, and the other does not wait for it", async () => {
  await using well = await startBackend();
  await using slow = await startBackend(200, { delayMs: 20_000 });
  await using collector = await start(well.url, slow.url);
  await sendAll(collector);
  await sent(collector, exporters.first);
  expect(unique(well)).toEqual(all);
  expect(sumOf(await collector.metrics(), "otelcol_exporter_sent_log_records", { exporter: exporters.second })).toBe(0);
  slow.delayMs = 0;
  await collector.kill();
  await collector.start({ VICTORIALOGS_URL: slow.url });
  await collector.waitForMetrics(() => unique(slow).length === all.length, /sent_log_records/);
  expect(unique(slow)).toEqual(all);
});

/** A queue as small as it may be, and records of which a few fill it. */
const small = { JOBTRAIL_COLLECTOR_QUEUE_BYTES: "262144" };
const large = (n: number): Received => recordOf(n, { body: "x".repeat(20_000) });

test.for(["first", "second"] as const)(
  "the queue of the %s of two backends is full: senders and the other do not wait, and a resend brings the rest",
  { timeout: 60_000 },
  async (which) => {
    await using well = await startBackend();
    const [port = 0, resend = 0] = await freePorts(2);
    const away = `http://127.0.0.1:${port}`;
    const [first, second] = which === "first" ? [away, well.url] : [well.url, away];
    const name = which === "first" ? "otlp" : "victoria-logs";
    const receiver = `JOBTRAIL_COLLECTOR_RESEND_${which === "first" ? "OTLP" : "VICTORIA_LOGS"}`;
    const every = Array.from({ length: 30 }, (_, n) => uidOf(n));
    await using collector = await start(first, second, { ...small, [receiver]: `127.0.0.1:${resend}` });
    // Each request is sent once: nobody has to repeat it. Ten of them fit into a queue.
    for (let n = 0; n < every.length; n++) {
      expect(await sendRecords(collector.http, [large(n)])).toBe(200);
      if (n % 10 === 9) await collector.waitForMetrics(() => unique(well).length === n + 1, /log_records/);
    }
    expect(uidsAt(well).toSorted()).toEqual(every);
    const dropped = sumOf(await collector.metrics(), "otelcol_exporter_enqueue_failed_log_records", {
      exporter: exporters[which],
    });
    expect(dropped).toBeGreaterThan(0);
    await using back = await startBackend(200, { port });
    await collector.waitForMetrics(() => unique(back).length === every.length - dropped, /sent_log_records/);
    await collector.kill();
    await collector.start({ JOBTRAIL_COLLECTOR_QUEUE_BYTES: "100000000" });
    using folder = temporary();
    const config = join(folder.path, "collector.yaml");
    writeFileSync(config, configText(stack));
    const args = ["collector", "resend", secondSinkOf(collector), "--backend", name, "--config", config];
    await using command = jobtrail(args, { [receiver]: `127.0.0.1:${resend}` });
    expect(await command.ended).toMatchObject({
      code: 0,
      err: expect.stringContaining(`Sent 30 records of 1 files to ${name}, http://127.0.0.1:${resend}`) as string,
    });
    await collector.waitForMetrics(() => unique(back).length === every.length, /sent_log_records/);
    expect(uidsAt(well)).toHaveLength(every.length);
  },
);

test("a kill under load leaves every acknowledged record in the second sink, and at each backend but the last few requests", async () => {
  await using first = await startBackend();
  await using second = await startBackend();
  await using collector = await start(first.url, second.url);
  const acknowledged: string[] = [];
  const over = new AbortController();
  let next = 0;
  const send = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const from = next;
      next += perRequest;
      const records = Array.from({ length: perRequest }, (_, n) => recordOf(from + n));
      const status = await sendRecords(collector.http, records).catch(() => 0);
      if (status === 200) acknowledged.push(...uidsOf(records));
    }
  };
  const senders = [send(), send(), send(), send()];
  await collector.waitForMetrics(() => acknowledged.length > 1000, /log_records/);
  await collector.kill();
  over.abort();
  await Promise.all(senders);
  const sunk = new Set<string>();
  for await (const records of recordsIn(secondSinkOf(collector))) for (const uid of uidsOf(records)) sunk.add(uid);
  expect(acknowledged.filter((uid) => !sunk.has(uid))).toEqual([]);
  await collector.start();
  // One request in each place of the channel before a queue, which has as many as there are cores, and one on its way.
  const fewest = acknowledged.length - (availableParallelism() + 1) * perRequest;
  const arrived = (backend: Backend): number => {
    const all = new Set(uidsAt(backend));
    return acknowledged.filter((uid) => all.has(uid)).length;
  };
  await collector.waitForMetrics(() => Math.min(arrived(first), arrived(second)) >= fewest, /log_records/);
});

test("one sampler stands before two backends for traces, and both have what it keeps", async () => {
  await using first = await startBackend();
  await using second = await startBackend();
  const { files, overlay } = stackOf("gateway", ["otlp", "tempo"]);
  await using collector = await startCollector({
    config: [...files, ...(overlay === undefined ? [] : [`yaml:${write(overlay)}`])],
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: first.url, TEMPO_OTLP_URL: second.url, JOBTRAIL_COLLECTOR_DECISION_WAIT: "1s" },
  });
  expect(await sendSpans(collector.http, [{ traceId: "a".repeat(32), error: true }])).toBe(200);
  const paths = (backend: Backend): string[] =>
    backend.requests.map(({ path }) => path).filter((path) => path.endsWith("/traces"));
  await collector.waitForMetrics(() => paths(first).length > 0 && paths(second).length > 0, /sent_spans|send_failed/);
  expect([paths(first).length, paths(second).length]).toEqual([1, 1]);
});
