import type { Span } from "@opentelemetry/api";
import { sdkSink } from "@jobtrail/core/recorder";
import type { Entry, InstrumentationScope, Sink, SpanStart } from "@jobtrail/core/recorder";
import {
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { AggregationTemporality, InstrumentType, MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import type { SpanLimits } from "@opentelemetry/sdk-trace";
import { otlpSink } from "../../src/sink/index.ts";
import type { Chunk, Outbox, OtlpSink, Signal } from "../../src/sink/index.ts";

/** An outbox that keeps what it is given. */
export function keeping(): Outbox & { readonly chunks: Chunk[]; dropped: number } {
  const chunks: Chunk[] = [];
  return {
    chunks,
    dropped: 0,
    items: 0,
    busy: false,
    put: (...more) => void chunks.push(...more),
    replace: (...more) => void chunks.splice(0, chunks.length, ...more),
    drop(items) {
      this.dropped += items;
    },
    flush: () => Promise.resolve(true),
    take: () => chunks.splice(0),
  };
}

const resource = { "service.name": "mailer", "process.pid": 7 };

/** One recorder's telemetry through both sinks at once. */
export interface Both {
  /** Gives each entry and each span to both; a span that it starts is two. */
  readonly sink: () => Sink;
  readonly otlp: OtlpSink;
  /** The requests that the official serializers make of what the SDK was given. */
  sdk(signal: Signal): Promise<Uint8Array | undefined>;
  /** The requests that our sink makes. */
  ours(signal: Signal): Uint8Array | undefined;
}

/** Both sinks side by side. @param spanLimits the SDK's, which ours reads from `env`. */
export function both(env: NodeJS.ProcessEnv = {}, spanLimits: Partial<SpanLimits> = {}): Both {
  const [spans, records] = [new InMemorySpanExporter(), new InMemoryLogRecordExporter()];
  const reader = new Reader(env);
  const shared = { resource: resourceFromAttributes(resource) };
  const providers = {
    tracer: new TracerProvider({
      ...shared,
      spanLimits,
      spanProcessors: [new SimpleSpanProcessor({ exporter: spans })],
    }),
    logger: new LoggerProvider({ ...shared, processors: [new SimpleLogRecordProcessor({ exporter: records })] }),
    meter: new MeterProvider({ ...shared, readers: [reader] }),
  };
  const outboxes = { traces: keeping(), logs: keeping(), metrics: keeping() };
  const otlp = otlpSink(outboxes, resource, env);
  const tee = teeOf(sdkSink(() => providers)(), otlp);
  return {
    sink: () => tee,
    otlp,
    async sdk(signal) {
      if (signal === "traces") return ProtobufTraceSerializer.serializeRequest(spans.getFinishedSpans());
      if (signal === "logs") return ProtobufLogsSerializer.serializeRequest(records.getFinishedLogRecords());
      return ProtobufMetricsSerializer.serializeRequest((await reader.collect()).resourceMetrics);
    },
    ours: (signal) => otlp.channels[signal]?.take()[0]?.body,
  };
}

const teeOf = (first: Sink, second: Sink): Sink => ({
  logs: (scope) => {
    const writers = [first.logs?.(scope), second.logs?.(scope)];
    return (entry: Entry) => writers.forEach((write) => write?.(entry));
  },
  spans: (scope: InstrumentationScope) => {
    const starters = [second.spans?.(scope), first.spans?.(scope)];
    return (start: SpanStart) => together(starters.flatMap((begin) => (begin === undefined ? [] : [begin(start)])));
  },
  metrics: (scope) => {
    const binders = [first.metrics?.(scope), second.metrics?.(scope)];
    return (metric, attributes) => {
      const counts = binders.map((bind) => bind?.(metric, attributes));
      return (value) => counts.forEach((count) => count?.(value));
    };
  },
});

/** Spans as one: whatever is called is called on each, and the first one answers. */
export function together(spans: readonly Span[]): Span {
  const [first] = spans;
  if (first === undefined) throw new Error("no span was started");
  const all: Span = new Proxy(first, {
    get: (_, name) => {
      if (name === "spanContext") return () => first.spanContext();
      return (...args: unknown[]) => {
        const given = spans.map((span) => (span as unknown as Called)[String(name)]?.(...args));
        return given[0] === first ? all : given[0];
      };
    },
  });
  return all;
}

type Called = Readonly<Record<string, (...args: unknown[]) => unknown>>;

class Reader extends MetricReader {
  constructor(env: NodeJS.ProcessEnv) {
    const isDelta = env["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"] === "delta";
    super({
      aggregationTemporalitySelector: (type) =>
        isDelta && (type === InstrumentType.COUNTER || type === InstrumentType.HISTOGRAM)
          ? AggregationTemporality.DELTA
          : AggregationTemporality.CUMULATIVE,
    });
  }
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}
