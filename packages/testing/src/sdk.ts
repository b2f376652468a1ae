import { context, logs, metrics, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-proto";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import type { LogRecordProcessor } from "@opentelemetry/sdk-logs";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import type { SpanProcessor } from "@opentelemetry/sdk-trace";

/**
 * Registers the OpenTelemetry SDK for the whole process, as an app does. Everything is sent at once:
 * a killed process has said what it could.
 * @param throwing is called by one more processor of records and of spans.
 */
export function startSdk(endpoint: string, throwing?: () => never): { shutdown(): Promise<void> } {
  const resource = resourceFromAttributes({ "service.name": "conformance", "process.pid": process.pid });
  const logger = new LoggerProvider({
    resource,
    processors: [
      new SimpleLogRecordProcessor({ exporter: new OTLPLogExporter({ url: `${endpoint}/v1/logs` }) }),
      ...(throwing === undefined ? [] : [logProcessor(throwing)]),
    ],
  });
  const tracer = new TracerProvider({
    resource,
    spanProcessors: [
      new SimpleSpanProcessor({ exporter: new OTLPTraceExporter({ url: `${endpoint}/v1/traces` }) }),
      ...(throwing === undefined ? [] : [spanProcessor(throwing)]),
    ],
  });
  const exporter = new OTLPMetricExporter({ url: `${endpoint}/v1/metrics` });
  const meter = new MeterProvider({ resource, readers: [new PeriodicExportingMetricReader({ exporter })] });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  logs.setGlobalLoggerProvider(logger);
  trace.setGlobalTracerProvider(tracer);
  metrics.setGlobalMeterProvider(meter);
  return {
    async shutdown() {
      await Promise.all([logger.shutdown(), tracer.shutdown(), meter.shutdown()]);
    },
  };
}

const settled = (): Promise<void> => Promise.resolve();

const logProcessor = (throwing: () => never): LogRecordProcessor => ({
  onEmit: throwing,
  forceFlush: settled,
  shutdown: settled,
});

const spanProcessor = (throwing: () => never): SpanProcessor => ({
  onStart: throwing,
  onEnd: throwing,
  forceFlush: settled,
  shutdown: settled,
});
