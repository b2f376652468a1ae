import { ROOT_CONTEXT, SeverityNumber, SpanKind, context, logs, metrics, propagation, trace } from "@opentelemetry/api";
import type { Attributes, Context } from "@opentelemetry/api";
import { startLogsAndMetrics, startTraces } from "./sdk.ts";
import type { Variant } from "./variant.ts";

/**
 * The telemetry of a job as an app would write it by hand if it wants no more than this: two linked spans, three
 * records, four points, with few attributes (`hand.ts` has all of Jobtrail's).
 */
export function open(): Variant {
  const ends = [startTraces(), startLogsAndMetrics()];
  const [tracer, meter] = [trace.getTracer("plain"), metrics.getMeter("plain")];
  const duration = meter.createHistogram("job.run.duration", { unit: "s" });
  const wait = meter.createHistogram("job.run.wait", { unit: "s" });
  const active = meter.createUpDownCounter("job.run.active");
  const point = { "job.system.name": "bullmq", "job.queue.name": "mail", "job.name": "welcome" };

  return {
    async add(queue, name, data) {
      const span = tracer.startSpan(`add ${queue.name}`, { kind: SpanKind.PRODUCER, attributes: of("0") });
      const sending = trace.setSpan(context.active(), span);
      const carrier = {};
      propagation.inject(sending, carrier);
      const job = await queue.add(name, data, { telemetry: { metadata: JSON.stringify(carrier) } });
      record("job.queued", `${name} ${job.id} queued on ${queue.name}`, sending, of(job.id ?? ""));
      span.end();
      return job;
    },

    async work(job, work) {
      const carrier = JSON.parse(job.opts.telemetry?.metadata ?? "{}") as object;
      const from = trace.getSpanContext(propagation.extract(ROOT_CONTEXT, carrier));
      const id = job.id ?? "";
      const span = tracer.startSpan(
        `process ${job.queueName}`,
        {
          root: true,
          kind: SpanKind.CONSUMER,
          links: from === undefined ? [] : [{ context: from }],
          attributes: of(id),
        },
        ROOT_CONTEXT,
      );
      const running = trace.setSpan(ROOT_CONTEXT, span);
      const start = performance.now();
      const waited = (Date.now() - job.timestamp) / 1000;
      record("job.run.started", `${job.name} ${id} started`, running, of(id, { "job.run.wait": waited }));
      wait.record(waited, point);
      active.add(1, point);
      return context.with(running, async () => {
        const result = await work();
        const took = (performance.now() - start) / 1000;
        const outcome = { "job.run.result": "success", "job.run.final": true };
        duration.record(took, { ...point, ...outcome });
        active.add(-1, point);
        const ended = of(id, { ...outcome, "job.run.duration": took });
        record("job.run.ended", `${job.name} ${id} ended: success`, running, ended);
        span.end();
        return result;
      });
    },

    async end() {
      await Promise.all(ends.map((end) => end()));
    },
  };

  function of(id: string, more: Attributes = {}): Attributes {
    return {
      ...point,
      "job.id": id,
      "job.run.attempt": 1,
      "job.state": "waiting",
      "job.record.source": "hook",
      "log.record.uid": `${id}-some-unique-id-0123`,
      "job.namespace": "bull",
      ...more,
    };
  }
}

function record(eventName: string, body: string, within: Context, attributes: Attributes): void {
  logs.getLogger("plain").emit({
    eventName,
    severityNumber: SeverityNumber.INFO,
    timestamp: Date.now(),
    body,
    attributes,
    context: within,
  });
}
