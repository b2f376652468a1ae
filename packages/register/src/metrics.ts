import type { Endpoint } from "@jobtrail/delivery";
import type { MeterProvider } from "@opentelemetry/api";
import { JsonMetricsSerializer, ProtobufMetricsSerializer } from "@opentelemetry/otlp-transformer";
import type { Resource } from "@opentelemetry/resources";
import { AggregationTemporality, InstrumentType, MeterProvider as SdkMeterProvider } from "@opentelemetry/sdk-metrics";
import { outboxTo } from "./channel.ts";
import type { Provided } from "./channel.ts";
import { numberIn } from "@jobtrail/otlp/sink";
import { Reader } from "./reader.ts";
import type { Temporality } from "./reader.ts";

/** Metrics on their way out. */
export interface Metrics extends Provided<MeterProvider> {
  /** Something is being counted now. */
  used(): void;
  /** Sends no more at intervals, because another SDK counts on; the end still says the last of it. */
  retire(): void;
}

/** Sends metrics at intervals. */
export function startMetrics(endpoint: Endpoint, resource: Resource, env: NodeJS.ProcessEnv): Metrics {
  const serializer = endpoint.encoding === "json" ? JsonMetricsSerializer : ProtobufMetricsSerializer;
  const outbox = outboxTo(endpoint, { noun: "metric" });
  const reader = new Reader(outbox, (metrics) => serializer.serializeRequest(metrics), {
    temporality: temporalityIn(env),
    intervalMs: numberIn(env, "OTEL_METRIC_EXPORT_INTERVAL", 60_000),
  });
  return {
    provider: new SdkMeterProvider({ resource, readers: [reader] }),
    outbox,
    added: () => reader.uses,
    prepare: () => reader.keep(),
    flush: () => reader.export(),
    take: () => reader.take(),
    used: () => reader.used(),
    retire: () => reader.retire(),
  };
}

/** What `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE` asks for; a value that goes up and down is always a sum. */
function temporalityIn(env: NodeJS.ProcessEnv): Temporality {
  const since: readonly InstrumentType[] =
    preferences.get(env["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"]?.trim().toLowerCase() ?? "") ?? [];
  return {
    cumulative: since.length === 0,
    of: (instrument) => (since.includes(instrument) ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE),
  };
}

const { COUNTER, HISTOGRAM, OBSERVABLE_COUNTER } = InstrumentType;

const preferences: ReadonlyMap<string, readonly InstrumentType[]> = new Map([
  ["delta", [COUNTER, HISTOGRAM, OBSERVABLE_COUNTER]],
  ["lowmemory", [COUNTER, HISTOGRAM]],
]);
