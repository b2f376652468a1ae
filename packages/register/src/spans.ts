import type { Endpoint } from "@jobtrail/delivery";
import { TraceFlags } from "@opentelemetry/api";
import type { TracerProvider } from "@opentelemetry/api";
import { JsonTraceSerializer, ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import type { Resource } from "@opentelemetry/resources";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  TracerProvider as SdkTracerProvider,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace";
import type { ReadableSpan, Sampler, SpanLimits, SpanProcessor } from "@opentelemetry/sdk-trace";
import { Batch } from "./batch.ts";
import { outboxTo } from "./channel.ts";
import type { Provided } from "./channel.ts";
import { batchLimitsIn, spanLimitsIn } from "@jobtrail/otlp/sink";

/** Sends spans. */
export function startSpans(endpoint: Endpoint, resource: Resource, env: NodeJS.ProcessEnv): Provided<TracerProvider> {
  const serializer = endpoint.encoding === "json" ? JsonTraceSerializer : ProtobufTraceSerializer;
  const outbox = outboxTo(endpoint, { noun: "span" });
  const batch = new Batch<ReadableSpan>(outbox, batchLimitsIn(env, "OTEL_BSP", 5000), (spans) =>
    serializer.serializeRequest(spans),
  );
  return {
    provider: new SdkTracerProvider({
      resource,
      sampler: samplerIn(env),
      spanLimits: limitsIn(env),
      spanProcessors: [processorOf(batch)],
    }),
    outbox,
    added: () => batch.added,
    flush: () => batch.flush(),
    take: () => batch.take(),
  };
}

/** The limits of spans, by OpenTelemetry's variables, which only the SDK's own start would read. */
function limitsIn(env: NodeJS.ProcessEnv): SpanLimits {
  const limits = spanLimitsIn(env);
  return {
    attributeCountLimit: limits.attributes,
    attributeValueLengthLimit: limits.length,
    eventCountLimit: limits.events,
    linkCountLimit: limits.links,
    attributePerEventCountLimit: limits.attributesPerEvent,
    attributePerLinkCountLimit: limits.attributesPerLink,
  };
}

const processorOf = (batch: Batch<ReadableSpan>): SpanProcessor => ({
  onStart: () => undefined,
  onEnd(span) {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0) batch.add(span);
  },
  forceFlush: async () => void (await batch.flush()),
  shutdown: async () => void (await batch.flush()),
});

/** The sampler that `OTEL_TRACES_SAMPLER` names; by default every span is kept. */
function samplerIn(env: NodeJS.ProcessEnv): Sampler {
  const share = Number(env["OTEL_TRACES_SAMPLER_ARG"] ?? "1");
  const name = env["OTEL_TRACES_SAMPLER"]?.trim() ?? "";
  const root = (roots.get(name.replace(/^parentbased_/, "")) ?? (() => new AlwaysOnSampler()))(share);
  return name === "" || name.startsWith("parentbased_") ? new ParentBasedSampler({ root }) : root;
}

const roots: ReadonlyMap<string, (share: number) => Sampler> = new Map<string, (share: number) => Sampler>([
  ["always_on", () => new AlwaysOnSampler()],
  ["always_off", () => new AlwaysOffSampler()],
  ["traceidratio", (share) => new TraceIdRatioBasedSampler(share >= 0 && share <= 1 ? share : 1)],
]);
