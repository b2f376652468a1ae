// What an app of OpenTelemetry's may bring: BullMQ's own tracing, and an end at which everything is sent.
import * as api from "@opentelemetry/api";

// API 1.9 is a CommonJS module, and its logs are kept by a package of their own.
const { logs, metrics, trace } = api.default ?? api;
const olderLogs = globalThis[Symbol.for("io.opentelemetry.js.api.logs")]?.(1);

globalThis.beside = {
  ...(process.env.BULLMQ_OTEL && { telemetry: new (await import("bullmq-otel")).BullMQOtel("shop") }),
  async flush() {
    const providers = [
      trace.getTracerProvider().getDelegate?.(),
      olderLogs ?? logs?.getLoggerProvider(),
      metrics.getMeterProvider(),
    ];
    await Promise.all(providers.map((provider) => provider?.forceFlush?.()));
  },
};
