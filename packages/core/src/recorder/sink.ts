import { INVALID_SPAN_CONTEXT, trace } from "@opentelemetry/api";
import type { Attributes, Context, HrTime, Link, Span, SpanContext, SpanKind } from "@opentelemetry/api";
import type { MetricName, Settings } from "@jobtrail/conventions";
import type { Entry } from "../event/entry.ts";
import type { Layer } from "../event/layer.ts";
import { tell } from "../guard.ts";

/** The instrumentation that telemetry says it comes from. */
export interface InstrumentationScope {
  readonly name: string;
  readonly version: string;
}

/**
 * Where what was recorded goes. Each signal opens a writer for an instrumentation; one that is absent is not
 * written. An object stands for one destination: another destination is another object.
 */
export interface Sink {
  readonly spans?: ((scope: InstrumentationScope) => StartSpan) | undefined;
  readonly logs?: ((scope: InstrumentationScope) => WriteLog) | undefined;
  readonly metrics?: ((scope: InstrumentationScope) => BindPoint) | undefined;
}

/** What a span begins with. Its layers have no name in common. */
export interface SpanStart {
  readonly name: string;
  readonly kind: SpanKind;
  readonly time: HrTime;
  readonly layers: readonly Layer[];
  readonly links: readonly Link[];
  /** The ids of a span that somebody may write again; new ones where absent. An SDK always makes its own. */
  readonly identity?: { readonly traceId: string; readonly spanId: string } | undefined;
  /** Holds the span that this one is a child of; a root where there is none. */
  readonly parent: Context;
}

/** Starts a span. */
export type StartSpan = (start: SpanStart) => Span;

/** Writes a record. */
export type WriteLog = (entry: Entry) => void;

/** Gives what counts one series of a metric; it exists once something was counted. */
export type BindPoint = (metric: MetricName, attributes: Attributes) => (value: number) => void;

/** The writers of one sink for one instrumentation. */
export interface Writers {
  readonly span: StartSpan;
  readonly log: WriteLog;
  readonly bind: BindPoint;
}

/** A span that records nothing and lets through what it would be a child of. */
export const through = (parent: SpanContext = INVALID_SPAN_CONTEXT): Span => trace.wrapSpanContext(parent);

const nothing = (): void => undefined;

/** Opens the writers of those signals that are wanted. A processor of the host's that throws costs one record of one signal. */
export function open(sink: Sink, scope: InstrumentationScope, wanted: Settings["signals"]): Writers {
  const span = wanted.includes("traces") ? sink.spans?.(scope) : undefined;
  const log = wanted.includes("logs") ? sink.logs?.(scope) : undefined;
  const bind = wanted.includes("metrics") ? sink.metrics?.(scope) : undefined;
  const without: StartSpan = ({ parent }) => through(trace.getSpanContext(parent));
  return {
    span: span === undefined ? without : (start) => started(span, start) ?? without(start),
    log: log === undefined ? nothing : (entry) => written(log, entry),
    bind: bind ?? (() => nothing),
  };
}

function started(start: StartSpan, by: SpanStart): Span | undefined {
  try {
    return start(by);
  } catch (error) {
    tell("span", error);
    return undefined;
  }
}

function written(write: WriteLog, entry: Entry): void {
  try {
    write(entry);
  } catch (error) {
    tell("log record", error);
  }
}
