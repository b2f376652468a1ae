import type { BatchLimits } from "./pile.ts";

/** What of a span is kept. */
export interface SpanLimits {
  readonly attributes: number;
  /** The most characters of a text. */
  readonly length: number;
  readonly events: number;
  readonly links: number;
  readonly attributesPerEvent: number;
  readonly attributesPerLink: number;
}

/** The limits of spans, by OpenTelemetry's variables; those of spans win over those of all attributes. */
export function spanLimitsIn(env: NodeJS.ProcessEnv): SpanLimits {
  return {
    attributes: limitIn(env, ["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"], 128),
    length: limitIn(env, ["OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"], Infinity),
    events: limitIn(env, ["OTEL_SPAN_EVENT_COUNT_LIMIT"], 128),
    links: limitIn(env, ["OTEL_SPAN_LINK_COUNT_LIMIT"], 128),
    attributesPerEvent: limitIn(env, ["OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT"], 128),
    attributesPerLink: limitIn(env, ["OTEL_LINK_ATTRIBUTE_COUNT_LIMIT"], 128),
  };
}

/** A whole number from zero; what is none counts as absent, as OpenTelemetry asks. */
function limitIn(env: NodeJS.ProcessEnv, names: readonly string[], absent: number): number {
  for (const name of names) {
    const text = env[name]?.trim() ?? "";
    if (/^\d+$/.test(text)) return Number(text);
  }
  return absent;
}

/**
 * The limits of a batch, by OpenTelemetry's variables. Its usual 2,048 kept items are fewer than
 * one bulk call can make; encoded, the ones kept here are some 25 MB.
 */
export function batchLimitsIn(env: NodeJS.ProcessEnv, prefix: "OTEL_BLRP" | "OTEL_BSP", delayMs: number): BatchLimits {
  const kept = numberIn(env, `${prefix}_MAX_QUEUE_SIZE`, 32_768);
  return {
    kept,
    perRequest: Math.min(kept, numberIn(env, `${prefix}_MAX_EXPORT_BATCH_SIZE`, 512)),
    delayMs: numberIn(env, `${prefix}_SCHEDULE_DELAY`, delayMs),
  };
}

/** A number above zero from a variable; what is none counts as absent, as OpenTelemetry asks. */
export function numberIn(env: NodeJS.ProcessEnv, name: string, absent: number): number {
  const value = Number(env[name]);
  return value > 0 ? value : absent;
}
