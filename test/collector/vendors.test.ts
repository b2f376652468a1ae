import type { Received, Signal } from "@jobtrail/otlp";
import { expect } from "vitest";
import { stackOf } from "../../packages/cli/src/collector/stack.ts";
import type { Stack } from "../../packages/cli/src/collector/stack.ts";
import { startBackend } from "./backend.ts";
import { startCollector, collectorTest as test } from "./collector.ts";
import type { Collector } from "./collector.ts";
import { sumOf } from "./samples.ts";
import { recordsIn, secondSinkOf } from "./second-sink.ts";
import { recordOf, uidOf, uidsOf } from "./traffic.ts";
import { statusOf } from "./vendor/row.ts";
import type { Vendor } from "./vendor/row.ts";
import { vendors } from "./vendor/rows.ts";
import { deltas, logs, metrics, points, pointsIn, recordsOf, spansIn, traces } from "./vendor/sample.ts";
import type { Sample } from "./vendor/sample.ts";
import { send, startStack } from "./vendor/stack.ts";
import { startStandIn } from "./vendor/standin.ts";
import type { StandIn } from "./vendor/standin.ts";

const takes = (vendor: Vendor, signal: Signal): boolean => signal in vendor.ways;

test.for(vendors)("$backend takes what its overlay sends, and refuses none of it", async (vendor) => {
  const stack = stackOf("agent", [vendor.backend]);
  expect(stack.backends.flatMap(({ takes }) => takes).toSorted()).toEqual(Object.keys(vendor.ways).toSorted());
  await using standIn = await startStandIn(vendor);
  await using collector = await startStack(stack, vendor, standIn);
  const nowMs = Date.now();
  const { all, fresh } = recordsOf(vendor.oldestHours, nowMs);
  const spans = traces(3, "short", nowMs);
  const points = [metrics(2, nowMs, nowMs + 1000), metrics(5, nowMs, nowMs + 2000)];
  const requests = vendor.widestHours === undefined ? [logs(all)] : all.map((record) => logs([record]));
  for (const sample of [...requests, spans, ...points]) await send(collector, sample);

  const isIn = ({ records, spans, points, series, refused }: StandIn): boolean =>
    refused.length > 0 ||
    ((records.length >= fresh.length || !takes(vendor, "logs")) &&
      (spans.length >= 3 || !takes(vendor, "traces")) &&
      (points.length >= 8 || series.length > 0 || !takes(vendor, "metrics")));
  await standIn.until(isIn);
  expect(standIn.refused).toEqual([]);
  expect(byUid(standIn.records)).toEqual(takes(vendor, "logs") ? fresh : []);
  expect(standIn.spans).toEqual(takes(vendor, "traces") ? spansIn(spans) : []);
  expect(standIn.points).toEqual(expectedPoints(vendor, stack, points));
  expect(await sunk(collector)).toEqual(uidsOf(all));
  const filtered = sumOf(await collector.metrics(), "otelcol_processor_filter_logs_filtered");
  expect(filtered).toBe(all.length - fresh.length);
});

test("a remote write brings each series under its name in Prometheus, cumulative", async () => {
  const vendor = vendors.find(({ protocol }) => protocol === "remoteWrite") ?? expect.unreachable();
  await using standIn = await startStandIn(vendor);
  await using collector = await startStack(stackOf("agent", [vendor.backend]), vendor, standIn);
  const nowMs = Date.now();
  for (const jobs of [2, 5]) await send(collector, metrics(jobs, nowMs, nowMs + 1000 * jobs));
  const values = (): Record<string, number> =>
    Object.fromEntries(
      standIn.series.map(({ name, labels: { le, job_queue_name } }) => [
        [name, job_queue_name, le].filter(Boolean).join(" "),
        standIn.series.findLast((each) => each.name === name && each.labels["le"] === le)?.value ?? Number.NaN,
      ]),
    );
  await standIn.until(() => values()["job_run_items_total email"] === 15);
  expect(standIn.refused).toEqual([]);
  expect(values()).toMatchInlineSnapshot(`
    {
      "job_queue_size email": 7,
      "job_run_active email": 5,
      "job_run_duration_seconds_bucket email +Inf": 5,
      "job_run_duration_seconds_bucket email 0.5": 5,
      "job_run_duration_seconds_bucket email 10": 5,
      "job_run_duration_seconds_count email": 5,
      "job_run_duration_seconds_sum email": 1.25,
      "job_run_items_total email": 15,
    }
  `);
});

test.for([
  { signal: "logs", over: "exporters::otlp_http/logs::logs_endpoint=https://otlp.datadoghq.com/v2/logs", status: 404 },
  { signal: "logs", over: "exporters::otlp_http/logs::compression=zstd", status: 415 },
  { signal: "logs", over: "processors::filter/too_old::log_conditions=[]", status: 400 },
  { signal: "traces", over: "exporters::otlp_http/traces::headers::dd-api-key=not", status: 403 },
  { signal: "metrics", over: "service::pipelines::metrics/backend::processors=[]", status: 400 },
])("Datadog would refuse $signal of an overlay with $over", async ({ signal, over, status }) => {
  const vendor = vendors.find(({ backend }) => backend === "datadog") ?? expect.unreachable();
  await using standIn = await startStandIn(vendor);
  await using collector = await startStack(stackOf("agent", [vendor.backend]), vendor, standIn, [over]);
  const nowMs = Date.now();
  const { all } = recordsOf(vendor.oldestHours, nowMs);
  const samples = [logs(all), traces(1, "short", nowMs), metrics(1, nowMs, nowMs + 1000)];
  for (const sample of samples.filter((each) => each.signal === signal)) await send(collector, sample);
  await standIn.until(({ refused }) => refused.length > 0);
  expect(standIn.refused.map((verdict) => verdict.status)).toEqual([status]);
});

test("a record's event name is an attribute too, where a backend may not keep the name itself", async () => {
  await using backend = await startBackend();
  await using collector = await startCollector({
    config: stackOf("agent", ["loki"]).files,
    env: { LOKI_ADDR: backend.url },
  });
  await send(collector, logs([recordOf(1)]));
  await collector.waitForMetrics(() => backend.requests.length > 0, /sent_log_records/);
  // What reads OTLP takes the attribute for the name again, so that only the bytes tell.
  const text = Buffer.from(backend.requests[0]?.body ?? "").toString("latin1");
  expect(text.match(/job\.run\.ended[^]{1,4}event\.name/g)?.length).toBe(1);
});

const ofLoki = vendors.filter(({ metadata }) => metadata !== undefined);

test.for(ofLoki)("$backend gets a record whose rest is larger than its metadata may be", async (vendor) => {
  await using standIn = await startStandIn(vendor);
  await using collector = await startStack(stackOf("agent", [vendor.backend]), vendor, standIn);
  const many = Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`field.${n}`, `value ${n}`]));
  const sent = [
    recordOf(1, { attributes: { "job.record.rest": restOf(2000) } }),
    recordOf(2, { attributes: { "job.record.rest": restOf(500) } }),
    recordOf(3, { attributes: { "job.record.rest": restOf(10) } }),
    recordOf(4, { attributes: many }),
    recordOf(5, { attributes: { text: "x".repeat(100_000) } }),
  ];
  await send(collector, logs(sent));
  await standIn.until(({ records, refused }) => records.length >= sent.length || refused.length > 0);
  expect(standIn.refused).toEqual([]);
  const [first, second, third, fourth, fifth] = byUid(standIn.records).map(({ record }) => record);
  expect(first).toMatchObject({ body: sent[0]?.record.body, attributes: { "job.record.cut": ["job.record.rest"] } });
  expect(second?.body).toBe(`${String(sent[1]?.record.body)}\n${restOf(500)}`);
  expect([first, second].map((record) => record?.attributes["job.record.rest"])).toEqual([undefined, undefined]);
  expect(third?.attributes["job.record.rest"]).toBe(restOf(10));
  expect(fourth?.attributes).toMatchObject({ "log.record.uid": uidOf(4), "job.id": "4", "job.run.result": "success" });
  expect(String(fifth?.attributes["text"]).length).toBe(32_768);
});

/** What a Qlik run with so many blocks has beyond what has a name of its own: with 2,000 it is 248 kB. */
const restOf = (blocks: number): string =>
  JSON.stringify({
    blocks: Array.from({ length: blocks }, (_, n) => ({
      blockId: `block-${n}`.padEnd(36, "0"),
      name: "Copy rows to the warehouse",
      type: "EndpointBlock",
      status: "finished",
    })),
  });

test("Dynatrace is sent no span that it would lose, and each is counted", async () => {
  const vendor = vendors.find(({ backend }) => backend === "dynatrace") ?? expect.unreachable();
  await using standIn = await startStandIn(vendor);
  await using collector = await startStack(stackOf("agent", [vendor.backend]), vendor, standIn);
  const nowMs = Date.now();
  await send(collector, traces(2, "late", nowMs - 61 * 60_000));
  await send(collector, traces(3, "fresh", nowMs - 50 * 60_000, 2));
  await standIn.until(({ spans, refused }) => spans.length >= 3 || refused.length > 0);
  expect({ refused: standIn.refused, spans: standIn.spans.length }).toEqual({ refused: [], spans: 3 });
  expect(sumOf(await collector.metrics(), "otelcol_processor_filter_spans_filtered")).toBe(2);
});

/** Each signal of a vendor whose requests have a limit that this many items of 1 kB are beyond. */
const many = 20_000;
const limited = vendors.flatMap((vendor) =>
  Object.entries(vendor.ways)
    .filter(([, { largest = Infinity }]) => largest < many * 1000)
    .map(([signal]) => ({ vendor, signal: signal as Signal, backend: vendor.backend })),
);

test.for(limited)("$backend gets much at once in requests for $signal that it takes", async ({ vendor, signal }) => {
  await using standIn = await startStandIn(vendor);
  await using collector = await startStack(stackOf("agent", [vendor.backend]), vendor, standIn);
  for (const half of [0, 1]) await send(collector, muchOf[signal](half));
  await standIn.until(({ records, spans, points, refused }) => {
    return records.length + spans.length + points.length >= many || refused.length > 0;
  });
  expect(standIn.refused).toEqual([]);
  expect(Math.max(...standIn.sizes[signal])).toBeLessThanOrEqual(vendor.ways[signal]?.largest ?? 0);
  expect(standIn.sizes[signal].reduce((sum, size) => sum + size, 0)).toBeGreaterThan(many * 1000);
  const ids = [
    ...uidsOf(standIn.records),
    ...standIn.spans.map(({ attributes }) => attributes["job.id"]),
    ...standIn.points.map(({ attributes }) => attributes["job.queue.name"]),
  ];
  expect([new Set(ids).size, ids.length]).toEqual([many, many]);
});

const secret = vendors.filter(({ secret }) => secret !== undefined);

test.for(secret)("$backend refuses a wrong secret, which is counted, and no record is lost", async (vendor) => {
  await using standIn = await startStandIn(vendor);
  await using collector = await startStack(stackOf("agent", [vendor.backend]), vendor, standIn);
  standIn.revoke();
  const nowMs = Date.now();
  for (const sample of [logs([recordOf(1)]), traces(1, "short", nowMs), metrics(1, nowMs, nowMs + 1000)])
    await send(collector, sample);
  const signals = Object.keys(vendor.ways) as Signal[];
  const line = `responded with HTTP Status Code ${statusOf(vendor, "wrongSecret")}`;
  await collector.waitForMetrics(
    (samples) =>
      collector.log().includes(line) &&
      signals.every(
        (signal) => sumOf(samples, failedNames[signal], { exporter: `otlp_http/${signal}` }) === counts[signal],
      ),
    /send_failed/,
  );
  expect([...standIn.records, ...standIn.spans, ...standIn.points]).toEqual([]);
  expect(standIn.refused.map(({ status, signal }) => ({ status, signal })).toSorted(bySignal)).toEqual(
    signals.map((signal) => ({ status: statusOf(vendor, "wrongSecret"), signal })).toSorted(bySignal),
  );
  expect(await sunk(collector)).toEqual([uidOf(1)]);
});

/** How many records, spans and points are sent with a wrong secret, and what counts those that were refused. */
const counts: Readonly<Record<Signal, number>> = { logs: 1, traces: 1, metrics: 4 };
const failedNames: Readonly<Record<Signal, string>> = {
  logs: "otelcol_exporter_send_failed_log_records",
  traces: "otelcol_exporter_send_failed_spans",
  metrics: "otelcol_exporter_send_failed_metric_points",
};

const bySignal = (a: { signal: Signal | undefined }, b: { signal: Signal | undefined }): number =>
  `${a.signal}`.localeCompare(`${b.signal}`);

/** Half of so many items of 1 kB as one request; made once, because that takes longer than to send it. */
const text = "job ".repeat(250);
const muchOf: Readonly<Record<Signal, (half: number) => Sample>> = {
  logs: once((half) =>
    logs(Array.from({ length: many / 2 }, (_, n) => recordOf((half * many) / 2 + n, { body: text }))),
  ),
  traces: once((half) => traces(many / 2, text, Date.now(), (half * many) / 2)),
  metrics: once((half) => points(many / 2, text, Date.now(), (half * many) / 2)),
};

function once(make: (half: number) => Sample): (half: number) => Sample {
  const made = new Map<number, Sample>();
  return (half) => {
    const sample = made.get(half) ?? make(half);
    made.set(half, sample);
    return sample;
  };
}

const byUid = (records: readonly Received[]): Received[] =>
  records.toSorted((a, b) => (uidsOf([a])[0] ?? "").localeCompare(uidsOf([b])[0] ?? ""));

function expectedPoints(vendor: Vendor, { files }: Stack, samples: readonly Sample[]): unknown {
  if (!takes(vendor, "metrics") || vendor.protocol === "remoteWrite") return [];
  const sent = samples.flatMap(pointsIn);
  return files.includes("fragments/delta-metrics.yaml") ? deltas(sent) : sent;
}

/** The uids of what the second sink holds. */
async function sunk(collector: Collector): Promise<string[]> {
  const uids: string[] = [];
  for await (const records of recordsIn(secondSinkOf(collector))) uids.push(...uidsOf(records));
  return uids;
}
