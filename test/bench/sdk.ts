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

/** A number from OpenTelemetry's variables, which the SDK's own start would read. */
const setting = (name: string, absent: number): number => Number(process.env[name] ?? absent);

/** Starts tracing as an app would; gives how to end it. */
export function startTraces(): () => Promise<void> {
  const exporter = new OTLPTraceExporter();
  const provider = new TracerProvider({
    resource,
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        maxQueueSize: setting("OTEL_BSP_MAX_QUEUE_SIZE", 2048),
        scheduledDelayMillis: setting("OTEL_BSP_SCHEDULE_DELAY", 5000),
      }),
    ],
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
    processors: [
      new BatchLogRecordProcessor({
        exporter,
        maxQueueSize: setting("OTEL_BLRP_MAX_QUEUE_SIZE", 2048),
        scheduledDelayMillis: setting("OTEL_BLRP_SCHEDULE_DELAY", 1000),
      }),
    ],
  });
  const meter = new MeterProvider({
    resource,
    readers: [
      new PeriodicExportingMetricReader({
        exporter: new OTLPMetricExporter(),
        exportIntervalMillis: setting("OTEL_METRIC_EXPORT_INTERVAL", 60_000),
        exportTimeoutMillis: setting("OTEL_METRIC_EXPORT_TIMEOUT", 30_000),
      }),
    ],
  });
  logs.setGlobalLoggerProvider(logger);
  metrics.setGlobalMeterProvider(meter);
  return async () => {
    await Promise.all([logger.shutdown(), meter.shutdown()]);
  };
}
