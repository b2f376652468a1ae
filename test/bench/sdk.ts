import { context, logs, metrics, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-proto";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";

const resource = resourceFromAttributes({ "service.name": "bench" });

// Nothing may be dropped: what is never sent costs less.
const maxQueueSize = 1_000_000;

/** Starts tracing as an app would; gives how to end it. */
export function startTraces(): () => Promise<void> {
  const exporter = new OTLPTraceExporter();
  const provider = new TracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor({ exporter, maxQueueSize })],
  });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  return () => provider.shutdown();
}

/** Starts logs and metrics; gives how to end them. */
export function startLogsAndMetrics(): () => Promise<void> {
  const exporter = new OTLPLogExporter();
  const logger = new LoggerProvider({
    resource,
    processors: [new BatchLogRecordProcessor({ exporter, maxQueueSize })],
  });
  const meter = new MeterProvider({
    resource,
    readers: [new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter() })],
  });
  logs.setGlobalLoggerProvider(logger);
  metrics.setGlobalMeterProvider(meter);
  return async () => {
    await Promise.all([logger.shutdown(), meter.shutdown()]);
  };
}
