import { metrics } from "@jobtrail/conventions";
import type { MetricName } from "@jobtrail/conventions";
import { outside } from "@jobtrail/dashboards";
import type { OutsideMetricName } from "@jobtrail/dashboards";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { Queue } from "bullmq";

/**
 * Stands in for `jobtrail observe` with what it measures of BullMQ, each second, and with what nothing measures yet.
 */
export function startObserver(redis: string, collector: string, queueNames: readonly string[]): AsyncDisposable {
  const provider = new MeterProvider({
    resource: resourceFromAttributes({
      "service.namespace": "shop",
      "service.name": "observer",
      "service.instance.id": "o1",
    }),
    readers: [
      new PeriodicExportingMetricReader({
        exporter: new OTLPMetricExporter({ url: `${collector}/v1/metrics` }),
        exportIntervalMillis: 1000,
        exportTimeoutMillis: 900,
      }),
    ],
  });
  const meter = provider.getMeter("observer");
  const gauge = (name: OutsideMetricName | MetricName): ReturnType<typeof meter.createObservableGauge> =>
    meter.createObservableGauge(name, { unit: { ...metrics, ...outside }[name].unit });
  const size = gauge("job.queue.size");
  const age = gauge("job.queue.oldest_job.age");
  const started = gauge("job.run.oldest_active.start_time");
  const workers = gauge("job.worker.count");
  const interval = gauge("job.schedule.interval");
  const queues = queueNames.map((name) => new Queue(name, { connection: { url: redis } }));
  meter.addBatchObservableCallback(
    async (result) => {
      result.observe(interval, 1, { "job.system.name": "croner", "job.schedule.id": "nightly" });
      for (const queue of queues) {
        const labels = { "job.system.name": "bullmq", "job.queue.name": queue.name };
        const counts = await queue.getJobCounts("waiting", "active", "delayed", "failed");
        for (const [state, count] of Object.entries(counts))
          result.observe(size, count, { ...labels, "job.state": state });
        const [oldest] = await queue.getWaiting(0, 0);
        result.observe(age, oldest === undefined ? 0 : (Date.now() - oldest.timestamp) / 1000, labels);
        for (const active of await queue.getActive(0, 0))
          result.observe(started, (active.processedOn ?? Date.now()) / 1000, { ...labels, "job.name": active.name });
        result.observe(workers, await queue.getWorkersCount(), labels);
      }
    },
    [size, age, started, workers, interval],
  );
  return {
    async [Symbol.asyncDispose]() {
      await provider.shutdown().catch(() => undefined);
      await Promise.all(queues.map((queue) => queue.close()));
    },
  };
}
