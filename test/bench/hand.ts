import { createHash, randomBytes } from "node:crypto";
import { ROOT_CONTEXT, SeverityNumber, SpanKind, context, logs, metrics, propagation, trace } from "@opentelemetry/api";
import type { Attributes, Link, Span } from "@opentelemetry/api";
import type { Job } from "bullmq";
import { startLogsAndMetrics, startTraces } from "./sdk.ts";
import type { Variant } from "./variant.ts";

const explicitBucketBoundaries = [
  0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400,
];

interface Run {
  readonly span: Span;
  readonly start: number;
  end?: number;
  readonly attributes: Attributes;
}

/**
 * The telemetry that Jobtrail emits for a job, written into the app by hand with the OpenTelemetry API: two spans,
 * three records and four points, with the same names and attributes. A test holds the two together.
 */
export function open(): Variant {
  const ends = [startTraces(), startLogsAndMetrics()];
  const tracer = trace.getTracer("bench");
  const meter = metrics.getMeter("bench");
  const advice = { explicitBucketBoundaries };
  const wait = meter.createHistogram("job.run.wait", { unit: "s", advice });
  const duration = meter.createHistogram("job.run.duration", { unit: "s", advice });
  const active = meter.createUpDownCounter("job.run.active", { unit: "{run}" });
  const runs = new WeakMap<Job, Run>();

  return {
    async add(queue, name, data) {
      const attributes = { ...definitionOf(queue.name, name), ...messaging(queue.name, "add", "send") };
      const span = tracer.startSpan(`add ${queue.name}`, { kind: SpanKind.PRODUCER, attributes });
      const sending = trace.setSpan(context.active(), span);
      const carrier = {};
      propagation.inject(sending, carrier);
      const job = await context.with(sending, () =>
        queue.add(name, data, { telemetry: { metadata: JSON.stringify(carrier) } }),
      );
      record("job.queued", span, job.timestamp, `${name} was queued (job ${job.id})`, {
        "job.actor.type": "service",
        "job.actor.id": "bench",
        ...jobOf(job),
        "job.state": "waiting",
      });
      span.end();
      return job;
    },

    async work(job, work) {
      const start = Date.now();
      const attributes = runOf(job, start);
      const span = tracer.startSpan(
        `process ${job.queueName}`,
        {
          kind: SpanKind.CONSUMER,
          startTime: start,
          links: linksOf(job),
          attributes: {
            ...attributes,
            ...messaging(job.queueName, "process", "process"),
            "messaging.message.id": job.id ?? "",
          },
        },
        ROOT_CONTEXT,
      );
      const run: Run = { span, start, attributes };
      runs.set(job, run);
      record("job.run.started", span, start, `${job.name} started (job ${job.id})`, {
        ...attributes,
        "job.created_at": new Date(job.timestamp).toISOString(),
      });
      active.add(1, pointOf(job));
      wait.record(Number(attributes["job.run.wait"]), pointOf(job));
      try {
        return await context.with(trace.setSpan(context.active(), span), work);
      } finally {
        run.end = Date.now();
      }
    },

    // The outcome is known when Redis has answered, which is after the work.
    watch(worker) {
      worker.on("completed", (job) => {
        const run = runs.get(job);
        if (run === undefined) return;
        const { span, start, end = Date.now(), attributes } = run;
        const seconds = (end - start) / 1000;
        const outcome = { "job.run.result": "success", "job.run.final": true };
        record("job.run.ended", span, end, `${job.name} succeeded after ${seconds} s (job ${job.id})`, {
          ...attributes,
          "job.created_at": new Date(job.timestamp).toISOString(),
          "job.run.duration": seconds,
          ...outcome,
          "job.state": "completed",
          "job.status.native": "completed",
        });
        active.add(-1, pointOf(job));
        duration.record(seconds, { ...pointOf(job), ...outcome });
        span.setAttributes(outcome);
        span.end(end);
      });
    },

    async end() {
      await Promise.all(ends.map((end) => end()));
    },
  };
}

const definitionOf = (queue: string, name: string): Attributes => ({
  "job.system.name": "bullmq",
  "job.namespace": "bull/0",
  "job.queue.name": queue,
  "job.name": name,
});

const messaging = (queue: string, name: string, type: string): Attributes => ({
  "messaging.system.name": "bullmq",
  "messaging.destination.name": queue,
  "messaging.operation.name": name,
  "messaging.operation.type": type,
});

const jobOf = (job: Job): Attributes => ({
  ...definitionOf(job.queueName, job.name),
  "job.id": job.id ?? "",
  "job.uid": uidOf(job),
  "job.max_attempts": job.opts.attempts ?? 1,
  "job.trigger.type": "api",
});

const uidOf = (job: Job): string =>
  createHash("sha256").update(`bullmq/bull/0/${job.queueName}/${job.id}/${job.timestamp}`).digest("hex").slice(0, 32);

function runOf(job: Job, start: number): Attributes {
  const attributes = jobOf(job);
  return {
    ...attributes,
    "job.run.uid": `${String(attributes["job.uid"])}-${job.processedOn}.${job.attemptsStarted}`,
    "job.run.number": job.attemptsStarted,
    "job.run.attempt": job.attemptsMade + 1,
    "job.run.wait": (start - job.timestamp) / 1000,
  };
}

const pointOf = (job: Job): Attributes => ({
  "job.system.name": "bullmq",
  "job.queue.name": job.queueName,
  "job.name": job.name,
});

function linksOf(job: Job): Link[] {
  const carrier = JSON.parse(job.opts.telemetry?.metadata ?? "{}") as object;
  const producer = trace.getSpanContext(propagation.extract(ROOT_CONTEXT, carrier));
  return producer === undefined ? [] : [{ context: producer, attributes: { "job.link.type": "producer" } }];
}

const instance = randomBytes(8).toString("hex");
let sequence = 0;

function record(eventName: string, span: Span, timestamp: number, body: string, attributes: Attributes): void {
  sequence += 1;
  logs.getLogger("bench").emit({
    eventName,
    timestamp,
    severityNumber: SeverityNumber.INFO,
    body,
    context: trace.setSpan(ROOT_CONTEXT, span),
    attributes: {
      ...attributes,
      "job.record.source": "hook",
      "job.event.sequence": sequence,
      "log.record.uid": `${instance}-${sequence.toString(36)}`,
    },
  });
}
