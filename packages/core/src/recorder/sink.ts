import { guarded } from "../guard.ts";
import { logWriter } from "./log.ts";
import type { LogWriter } from "./log.ts";
import { metricWriter } from "./metric.ts";
import type { MetricWriter } from "./metric.ts";
import type { Chosen } from "./options.ts";
import type { Providers } from "./providers.ts";
import { renderedBy } from "./render.ts";
import { spanWriter } from "./span.ts";
import type { SpanWriter } from "./span.ts";

/** Where what was recorded goes: the three writers of one set of providers. */
export interface Sink {
  readonly spans: SpanWriter;
  readonly log: LogWriter;
  readonly metrics: MetricWriter;
}

/** The instrumentation that telemetry says it comes from. */
export interface InstrumentationScope {
  readonly name: string;
  readonly version: string;
}

/** A sink that writes through an OpenTelemetry SDK. A processor of the host's that throws costs one record of one signal. */
export function sdkSink(
  { name, version }: InstrumentationScope,
  providers: Providers,
  { signals, cardinalityLimit: limit, render, recordAs }: Chosen,
): Sink {
  const log = logWriter(
    signals.includes("logs") ? providers.logger.getLogger(name, version) : undefined,
    render === undefined ? undefined : renderedBy(render, recordAs),
  );
  const metrics = metricWriter(
    signals.includes("metrics") ? providers.meter.getMeter(name, version) : undefined,
    limit,
  );
  return {
    spans: spanWriter(signals.includes("traces") ? providers.tracer.getTracer(name, version) : undefined),
    log: guarded("log record", log),
    metrics: {
      started: guarded("metric of a start", metrics.started),
      ended: guarded("metric of an end", metrics.ended),
      seen: guarded("metric of an event", metrics.seen),
    },
  };
}
