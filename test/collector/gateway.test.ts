import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buckets, derivedMetrics } from "@jobtrail/conventions";
import { isRefusal } from "@jobtrail/core/event";
import { decodePoints } from "@jobtrail/otlp";
import type { PointData } from "@jobtrail/otlp";
import { startReceiver } from "@jobtrail/testing";
import type { Receiver } from "@jobtrail/testing";
import { expect, test as plainTest, vi } from "vitest";
import { startBackend } from "./backend.ts";
import { backendAt, folder, startCollector, collectorTest as test } from "./collector.ts";
import type { Collector } from "./collector.ts";
import { sumOf } from "./samples.ts";
import { recordOf, sendRecords, sendSpans } from "./traffic.ts";
import type { SpanOf } from "./traffic.ts";

const gateway = (receiver: Receiver): string[] => ["base.yaml", "gateway.yaml", backendAt(receiver.url)];

/** Quick decisions, and none of the traces that have nothing to say. */
const strict = { JOBTRAIL_COLLECTOR_TRACES_KEPT: "0", JOBTRAIL_COLLECTOR_DECISION_WAIT: "1s" };

/** Metrics are exported several times a second. */
const quick = `yaml:
connectors: {span_metrics/jobs: {metrics_flush_interval: 100ms}}
processors: {interval/counters: {interval: 100ms}}
`;

const job = {
  "job.system.name": "bullmq",
  "job.queue.name": "email",
  "job.name": "welcome",
  "job.run.number": 1,
  "job.run.attempt": 1,
};
const succeeded = { ...job, "job.run.result": "success", "job.run.final": true };

const traceId = (n: number): string => n.toString(16).padStart(32, "1");

/** Runs that are worth a trace, by why, and one that is not. */
const runs: Readonly<Record<string, Omit<SpanOf, "traceId">>> = {
  failed: { attributes: { ...job, "job.run.result": "failure", "job.run.final": true }, error: true },
  "failed, without the status": { attributes: { ...job, "job.run.result": "timeout", "job.run.final": false } },
  retried: { attributes: { ...succeeded, "job.run.number": 2, "job.run.attempt": 2 } },
  "run again": { attributes: { ...succeeded, "job.run.number": 2 } },
  lost: { attributes: { ...job, "error.type": "worker_lost" }, error: true },
  slow: { attributes: succeeded, seconds: 61 },
  ordinary: { attributes: succeeded, seconds: 59 },
};

const spans = Object.entries(runs).map(([name, span], n) => ({ traceId: traceId(n), name, ...span }));
const names = spans.map(({ name }) => name);

test("traces of failed, retried, slow and lost runs are kept; all runs are counted before that", async () => {
  await using receiver = await startReceiver();
  const config = [...gateway(receiver), quick];
  await using collector = await startCollector({ config, env: strict });
  const page: SpanOf = { traceId: traceId(99), name: "GET /", attributes: { "http.route": "/" } };
  expect(await sendSpans(collector.http, [...spans, page])).toBe(200);
  await sent(collector, "spans", names.length - 1);
  await sent(collector, "metric_points", 2 * names.length);
  await decided(collector);
  expect(namesOf(receiver)).toEqual(names.filter((name) => name !== "ordinary").sort());
  const points = await receiver.points();
  const calls = points.filter(({ name }) => name === "job.span.calls");
  expect(Object.fromEntries(calls.map(({ attributes, value }) => [attributes["span.name"], value]))).toEqual(
    Object.fromEntries(names.map((name) => [name, 1])),
  );
  expect(
    points.find(({ name, attributes }) => name === "job.span.duration" && attributes["span.name"] === "slow"),
  ).toEqual(
    expect.objectContaining({
      unit: "s",
      sum: 61,
      bounds: buckets,
      temporality: "cumulative",
      resource: { attributes: { "service.name": "shop" } },
      attributes: {
        "service.name": "shop",
        "span.name": "slow",
        "span.kind": "SPAN_KIND_CONSUMER",
        "status.code": "STATUS_CODE_UNSET",
        "collector.instance.id": expect.any(String),
        "job.system.name": "bullmq",
        "job.queue.name": "email",
        "job.name": "welcome",
        "job.run.result": "success",
        "job.run.final": true,
      },
    }),
  );
});

// One write for each trace would be all that a disk can do.
test("traces that are kept are written to the queue many at a time", async () => {
  await using receiver = await startReceiver();
  await using collector = await startCollector({ config: gateway(receiver) });
  const many = Array.from({ length: 500 }, (_, n) => ({ traceId: traceId(n) }));
  expect(await sendSpans(collector.http, many)).toBe(200);
  await sent(collector, "spans", many.length);
  const samples = await collector.metrics();
  const batches = { processor: "batch/sampled" };
  expect(sumOf(samples, "otelcol_processor_batch_batch_send_size_sum", batches)).toBe(many.length);
  expect(sumOf(samples, "otelcol_processor_batch_batch_send_size_count", batches)).toBeLessThan(20);
});

test("a run that fails long after its first spans were dropped is kept, and so is what comes after it", async () => {
  await using receiver = await startReceiver();
  await using collector = await startCollector({ config: gateway(receiver), env: strict });
  const child: SpanOf = { traceId: traceId(1), name: "SELECT", attributes: { "db.system.name": "postgresql" } };
  expect(await sendSpans(collector.http, [child])).toBe(200);
  await decided(collector);
  expect(await sendSpans(collector.http, [{ ...child, name: "run", attributes: job, error: true }])).toBe(200);
  await sent(collector, "spans", 1);
  await decided(collector);
  expect(await sendSpans(collector.http, [{ ...child, name: "late" }])).toBe(200);
  await sent(collector, "spans", 2);
  expect(namesOf(receiver)).toEqual(["late", "run"]);
});

test("no trace is dropped until the gateway is configured to", async () => {
  await using receiver = await startReceiver();
  await using collector = await startCollector({ config: gateway(receiver) });
  expect(await sendSpans(collector.http, spans)).toBe(200);
  await sent(collector, "spans", names.length);
  expect(namesOf(receiver)).toEqual([...names].sort());
});

test("records are counted exactly, however many requests come at once", async () => {
  await using receiver = await startReceiver();
  await using collector = await startCollector({ config: gateway(receiver) });
  const event = (n: number): string => (n % 5 === 0 ? "job.queued" : "job.run.ended");
  const requests = Array.from({ length: 100 }, (_, request) =>
    sendRecords(
      collector.http,
      Array.from({ length: 50 }, (__, n) => recordOf(request * 50 + n, { eventName: event(n) })),
    ),
  );
  expect(new Set(await Promise.all(requests))).toEqual(new Set([200]));
  // Ending in order loses no count: what is not sent then is sent after the next start.
  await collector.stop();
  await collector.start();
  const counts = await vi.waitFor(async () => {
    const points = (await receiver.points()).filter(({ name }) => name === "job.log.records");
    expect(Object.fromEntries(points.map(({ attributes, value }) => [attributes["job.event.name"], value]))).toEqual({
      "job.queued": 1000,
      "job.run.ended": 4000,
    });
    return points;
  }, 20_000);
  expect(counts[0]).toEqual(
    expect.objectContaining({
      unit: "{record}",
      monotonic: true,
      temporality: "cumulative",
      attributes: {
        "job.event.name": expect.any(String),
        "job.system.name": "bullmq",
        "job.queue.name": "email",
        "job.name": "welcome",
        "job.run.result": "success",
        "job.run.final": true,
      },
      resource: {
        attributes: { "service.name": "shop", "signal_to_metrics.service.instance.id": expect.any(String) },
      },
    }),
  );
});

test("with the counts as deltas, a crash loses none", async () => {
  await using backend = await startBackend(503);
  const config = ["base.yaml", "gateway.yaml", "fragments/delta-counters.yaml", backendAt(backend.url)];
  await using collector = await startCollector({ config });
  const sending = Array.from({ length: 20 }, (_, n) =>
    sendRecords(collector.http, [recordOf(2 * n), recordOf(2 * n + 1)]),
  );
  expect(new Set(await Promise.all(sending))).toEqual(new Set([200]));
  await collector.kill();
  const refused = backend.requests.length;
  backend.status = 200;
  await collector.start();
  await vi.waitFor(() => {
    const taken = backend.requests.slice(refused).filter(({ path }) => path === "/v1/metrics");
    const points = taken.flatMap(({ body }) => pointsIn(body)).filter(({ name }) => name === "job.log.records");
    expect(points.every(({ temporality }) => temporality === "delta")).toBe(true);
    expect(points.reduce((sum, { value }) => sum + Number(value), 0)).toBeGreaterThanOrEqual(40);
  }, 20_000);
});

test("the records themselves reach the backend without the counters' label", async () => {
  await using receiver = await startReceiver();
  await using collector = await startCollector({ config: gateway(receiver) });
  const record = recordOf(1);
  expect(await sendRecords(collector.http, [record])).toBe(200);
  await receiver.waitFor(({ records }) => records().length > 0);
  expect(receiver.records()).toEqual([record]);
});

const text = (name: string): string => readFileSync(join(folder, name), "utf8");

plainTest("runs measured from spans have the same buckets as runs measured by the SDK", () => {
  const [, list = ""] = /buckets: \[(.*)\]/.exec(text("gateway.yaml")) ?? [];
  const secondsOf = { ms: 0.001, s: 1, m: 60, h: 3600 } as const;
  const seconds = list.split(", ").map((each) => {
    const [, value, unit] = /^(\d+)(ms|s|m|h)$/.exec(each) ?? [];
    return Number(value) * secondsOf[unit as keyof typeof secondsOf];
  });
  expect(seconds).toEqual(buckets);
});

test("what the gateway derives is what the registry says, and it renames no metric that comes in", async () => {
  await using receiver = await startReceiver();
  const config = [...gateway(receiver), quick];
  await using collector = await startCollector({ config });
  expect(await sendSpans(collector.http, spans)).toBe(200);
  expect(await sendRecords(collector.http, [recordOf(1)])).toBe(200);
  const points = await vi.waitFor(async () => {
    const all = await receiver.points();
    expect(new Set(all.map(({ name }) => name))).toEqual(new Set(Object.keys(derivedMetrics)));
    return all;
  }, 20_000);
  const derived = Object.entries(derivedMetrics).map(([name, row]) => [name, [row.unit, row.attributes.toSorted()]]);
  const found = Object.keys(derivedMetrics).map((name) => [name, shapeOf(points.filter((each) => each.name === name))]);
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(derived));
});

/** A metric's unit, and the names of its attributes that are ours. */
function shapeOf(points: readonly PointData[]): readonly unknown[] {
  const keys = new Set(points.flatMap(({ attributes }) => Object.keys(attributes)));
  return [points[0]?.unit, [...keys].filter((key) => key.startsWith("job.")).toSorted()];
}

function pointsIn(body: Uint8Array): readonly PointData[] {
  const points = decodePoints(body, "protobuf");
  if (isRefusal(points)) throw new Error(`Not OTLP: ${points.expected}`);
  return points;
}

const namesOf = (receiver: Receiver): string[] =>
  receiver
    .spans()
    .map(({ name }) => name)
    .toSorted();

/** Waits until the backend has taken so many. */
const sent = (collector: Collector, what: "spans" | "metric_points", count: number): Promise<void> =>
  collector.waitForMetrics(
    (samples) =>
      sumOf(samples, `otelcol_exporter_sent_${what}`, {
        exporter: what === "spans" ? "otlp_http/traces" : "otlp_http/metrics",
      }) >= count,
    /exporter/,
  );

/** Waits until the sampler holds no trace that waits for a reason to be kept. */
const decided = (collector: Collector): Promise<void> =>
  collector.waitForMetrics(
    (samples) =>
      samples.some(({ name }) => name === "otelcol_processor_tail_sampling_sampling_traces_on_memory") &&
      sumOf(samples, "otelcol_processor_tail_sampling_sampling_traces_on_memory") === 0,
    /tail_sampling/,
  );
