import { decodeLogs } from "@jobtrail/otlp";
import { isRefusal } from "@jobtrail/core/event";
import { expect } from "vitest";
import { write } from "../../packages/cli/src/collector/document.ts";
import { stackOf } from "../../packages/cli/src/collector/stack.ts";
import { startBackend } from "./backend.ts";
import type { Backend } from "./backend.ts";
import { startCollector, collectorTest as test } from "./collector.ts";
import type { Collector } from "./collector.ts";
import { freePorts } from "./otelcol.ts";
import { sumOf } from "./samples.ts";
import { deliver, recordOf, sendSpans, uidOf, uidsOf } from "./traffic.ts";

const stack = stackOf("agent", ["otlp", "victoria-logs"]);
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

function start(first: string, second: string): Promise<Collector> {
  const config = [...stack.files, ...(stack.overlay === undefined ? [] : [`yaml:${write(stack.overlay)}`])];
  return startCollector({ config, env: { OTEL_EXPORTER_OTLP_ENDPOINT: first, VICTORIALOGS_URL: second } });
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
