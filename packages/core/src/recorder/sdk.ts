import { ROOT_CONTEXT, trace } from "@opentelemetry/api";
import type { Attributes, HrTime, LoggerProvider, Meter, MeterProvider, TracerProvider } from "@opentelemetry/api";
import { buckets, metrics as rows } from "@jobtrail/conventions";
import type { MetricName } from "@jobtrail/conventions";
import type { Entry } from "../event/entry.ts";
import type { Key } from "../event/key.ts";
import type { Layer } from "../event/layer.ts";
import { globalProviders } from "./providers.ts";
import type { Providers } from "./providers.ts";
import type { BindPoint, InstrumentationScope, Sink, StartSpan, WriteLog } from "./sink.ts";

/**
 * A sink that writes through an OpenTelemetry SDK, by its public API alone.
 * @param providers gives the set to write to; asked at every use, so that it may change.
 */
export function sdkSink(providers: () => Providers): () => Sink {
  let from: Providers | undefined;
  let made: Sink = {};
  return () => {
    const current = providers();
    if (current !== from) made = sinkOf(current);
    from = current;
    return made;
  };
}

/** The sink of the global providers, as they are then. */
export const globalSink = (): (() => Sink) => sdkSink(globalProviders());

const sinkOf = ({ tracer, logger, meter }: Providers): Sink => ({
  spans: (scope) => spansOf(tracer, scope),
  logs: (scope) => logsOf(logger, scope),
  metrics: (scope) => pointsOf(meter, scope),
});

function spansOf(provider: TracerProvider, { name, version }: InstrumentationScope): StartSpan {
  const tracer = provider.getTracer(name, version);
  return (start) => {
    const attributes = valuesOf(start.layers);
    return tracer.startSpan(
      start.name,
      { kind: start.kind, attributes, links: [...start.links], startTime: start.time },
      start.parent,
    );
  };
}

function logsOf(provider: LoggerProvider, { name, version }: InstrumentationScope): WriteLog {
  const logger = provider.getLogger(name, version);
  return (entry) =>
    logger.emit({
      eventName: entry.name,
      timestamp: entry.time ?? unknownTime,
      observedTimestamp: entry.seen,
      severityNumber: entry.severity,
      body: entry.body,
      attributes: attributesOf(entry),
      context:
        entry.context ?? (entry.span === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, entry.span)),
    });
}

/** What the wire says where nobody knows the time; left out, the SDK would say that it is now. */
const unknownTime: HrTime = [0, 0];

/** All attributes of a record in one object. */
function attributesOf({ layers, error, original }: Entry): Attributes {
  const all = valuesOf(layers);
  if (error !== undefined) {
    all["error.type"] = error.type;
    if (error.message !== undefined) all["exception.message"] = error.message;
    if (error.stack !== undefined) all["exception.stacktrace"] = error.stack;
  }
  if (original !== undefined) all["log.record.original"] = original;
  return all;
}

/** The values of all layers by name. Loops by index: an iterator per layer would cost as much as its values. */
function valuesOf(layers: readonly Layer[]): Attributes {
  const all: Attributes = {};
  for (let at = 0; at < layers.length; at++) {
    const { keys, values } = layers[at] as Layer;
    for (let i = 0; i < keys.length; i++) all[(keys[i] as Key).name] = values[i];
  }
  return all;
}

function pointsOf(provider: MeterProvider, { name, version }: InstrumentationScope): BindPoint {
  const meter = provider.getMeter(name, version);
  const made = new Map(Object.keys(rows).map((name) => [name, instrument(meter, name as MetricName)]));
  return (metric, attributes) => {
    const count = made.get(metric);
    return (value) => count?.(value, attributes);
  };
}

function instrument(meter: Meter, name: MetricName): (value: number, attributes: Attributes) => void {
  const { unit, brief: description, instrument: kind } = rows[name];
  const about = { unit, description };
  if (kind === "histogram") {
    const made = meter.createHistogram(name, { ...about, advice: { explicitBucketBoundaries: [...buckets] } });
    return (value, attributes) => made.record(value, attributes);
  }
  if (kind === "gauge") {
    // API 1.8 and older have none.
    const made = meter.createGauge?.(name, about);
    return (value, attributes) => made?.record(value, attributes);
  }
  const made = kind === "counter" ? meter.createCounter(name, about) : meter.createUpDownCounter(name, about);
  return (value, attributes) => made.add(value, attributes);
}
