import type { InstrumentationScope, Sink } from "@jobtrail/core/recorder";
import { writeObject, tags } from "./attribute.ts";
import { batchLimitsIn, spanLimitsIn } from "./limits.ts";
import { logWriter } from "./logs.ts";
import { metricSettingsIn, Metrics } from "./metrics.ts";
import { Piles } from "./pile.ts";
import type { Chunk, Outbox } from "./pile.ts";
import { samplerIn } from "./sampler.ts";
import { spanStarter } from "./spans.ts";
import { bytesOf } from "./wire.ts";

export { inJson } from "./json.ts";
export { batchLimitsIn, numberIn, spanLimitsIn } from "./limits.ts";
export type { SpanLimits } from "./limits.ts";
export type { Signal } from "./json.ts";
export type { BatchLimits, Chunk, Outbox } from "./pile.ts";

/** Where each signal goes; one without an outbox is not written. */
export interface Outboxes {
  readonly traces?: Outbox | undefined;
  readonly logs?: Outbox | undefined;
  readonly metrics?: Outbox | undefined;
}

/** One signal on its way out. */
export interface Channel {
  /** How much was recorded so far: a number that only grows. */
  added(): number;
  /** Sends what is here now. Whether nothing has to be tried again. */
  flush(): Promise<boolean>;
  /** Takes out what has not been answered, encoded: it takes no promise, so that it works while a process ends. */
  take(): readonly Chunk[];
}

/** A sink that writes OTLP. */
export interface OtlpSink extends Sink {
  readonly channels: { readonly [S in keyof Outboxes]?: Channel };
  /** Sends metrics no more at intervals, because another SDK counts on; the end still says the last of it. */
  retireMetrics(): void;
}

/**
 * A sink that writes OTLP, in protobuf, straight from the layers of records: no SDK stands between. Samplers, span limits,
 * batches and temporality are read from OpenTelemetry's variables.
 * @param resource says what process the telemetry is of.
 */
export function otlpSink(outboxes: Outboxes, resource: object, env: NodeJS.ProcessEnv = process.env): OtlpSink {
  const field = resourceField(resource);
  const logs = outboxes.logs && new Piles("logs", outboxes.logs, batchLimitsIn(env, "OTEL_BLRP", 1000));
  const traces = outboxes.traces && new Piles("traces", outboxes.traces, batchLimitsIn(env, "OTEL_BSP", 5000));
  const metrics = outboxes.metrics && new Metrics(outboxes.metrics, metricSettingsIn(env), field);
  const [sampler, limits] = [samplerIn(env), spanLimitsIn(env)];
  return {
    ...(logs !== undefined && { logs: (scope) => logWriter(logs.open(field, scopeField(scope))) }),
    ...(traces !== undefined && {
      spans: (scope) => spanStarter(traces.open(field, scopeField(scope)), sampler, limits),
    }),
    ...(metrics !== undefined && { metrics: (scope) => metrics.open(scopeField(scope)) }),
    channels: {
      ...(traces !== undefined && { traces: channelOf(traces) }),
      ...(logs !== undefined && { logs: channelOf(logs) }),
      ...(metrics !== undefined && { metrics: channelOf(metrics) }),
    },
    retireMetrics: () => metrics?.retire(),
  };
}

const channelOf = (from: Piles | Metrics): Channel => ({
  added: () => from.added,
  flush: () => from.flush(),
  take: () => from.take(),
});

const resourceField = (attributes: object): Uint8Array =>
  bytesOf((wire) => {
    wire.byte(0x0a);
    wire.message(() => writeObject(wire, tags.resource, attributes));
  });

const scopeField = ({ name, version }: InstrumentationScope): Uint8Array =>
  bytesOf((wire) => {
    wire.byte(0x0a);
    wire.message(() => {
      wire.byte(0x0a);
      wire.string(name);
      wire.byte(0x12);
      wire.string(version);
    });
  });
