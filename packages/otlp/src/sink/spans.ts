import { TraceFlags, createContextKey, trace } from "@opentelemetry/api";
import type { Context, SpanContext } from "@opentelemetry/api";
import { isValid, keyOf, through } from "@jobtrail/core/recorder";
import type { Layer, StartSpan } from "@jobtrail/core/recorder";
import { tags, writeAttribute, writeLayer } from "./attribute.ts";
import { newSpanId, newTraceId } from "./ids.ts";
import type { SpanLimits } from "./limits.ts";
import type { Pile } from "./pile.ts";
import type { Sampler } from "./sampler.ts";
import { WireSpan } from "./span.ts";
import type { SpanEvent, SpanLink } from "./span.ts";
import type { Wire } from "./wire.ts";

/** The key under which the SDK says that nothing is to be traced. */
const suppressed = createContextKey("OpenTelemetry SDK Context Key SUPPRESS_TRACING");

/** Starts spans that are written to a pile when they end. */
export function spanStarter(pile: Pile, sampler: Sampler, limits: SpanLimits): StartSpan {
  const ended = (span: WireSpan): void => {
    if (span.isSampled) pile.add(writeSpan, span);
  };
  return (start) => {
    if (start.parent.getValue(suppressed) === true) return through();
    const parent = parentIn(start.parent);
    const traceId = parent?.traceId ?? start.identity?.traceId ?? newTraceId();
    const isKept = sampler(parent, traceId);
    const context: SpanContext = {
      traceId,
      spanId: start.identity?.spanId ?? newSpanId(),
      traceFlags: isKept ? TraceFlags.SAMPLED : TraceFlags.NONE,
      ...(parent?.traceState !== undefined && { traceState: parent.traceState }),
    };
    return isKept ? new WireSpan(start, context, parent, limits, ended) : trace.wrapSpanContext(context);
  };
}

function parentIn(context: Context): SpanContext | undefined {
  const parent = trace.getSpanContext(context);
  return parent !== undefined && isValid(parent) ? parent : undefined;
}

/** Writes the fields of a `Span`. */
export function writeSpan(wire: Wire, span: WireSpan): void {
  const { traceId, spanId, traceFlags, traceState } = span.spanContext();
  wire.room(64);
  id(wire, 0x0a, traceId);
  id(wire, 0x12, spanId);
  text(wire, 0x1a, traceState?.serialize());
  if (span.parent !== undefined) id(wire, 0x22, span.parent.spanId);
  text(wire, 0x2a, span.name);
  wire.room(32);
  wire.byte(0x30);
  wire.byte(span.kind + 1);
  wire.byte(0x39);
  wire.time(span.start);
  wire.byte(0x41);
  wire.time(span.finish);
  const { layers, events, links } = span;
  for (let i = 0; i < layers.length; i++) writeLayer(wire, layers[i] as Layer, tags.span);
  if (span.late !== undefined) writeValues(wire, tags.span, span.late);
  const { dropped } = span;
  number(wire, 0x50, dropped.attributes);
  for (let i = 0; i < events.length; i++) writeEvent(wire, events[i] as SpanEvent);
  number(wire, 0x60, dropped.events);
  for (let i = 0; i < links.length; i++) writeLink(wire, links[i] as SpanLink);
  number(wire, 0x70, dropped.links);
  const { code, message } = span.status;
  const status = begin(wire, 0x7a);
  text(wire, 0x12, message);
  number(wire, 0x18, code);
  wire.close(status, 1);
  flags(wire, spanFlagsTag, traceFlags, span.parent?.isRemote);
}

function writeEvent(wire: Wire, { name, time, values, dropped }: SpanEvent): void {
  const start = begin(wire, 0x5a);
  wire.room(16);
  wire.byte(0x09);
  wire.time(time);
  text(wire, 0x12, name);
  writeValues(wire, tags.event, values);
  number(wire, 0x20, dropped);
  wire.close(start, 1);
}

function writeLink(wire: Wire, { context, values, dropped }: SpanLink): void {
  const start = begin(wire, 0x6a);
  wire.room(64);
  id(wire, 0x0a, context.traceId);
  id(wire, 0x12, context.spanId);
  text(wire, 0x1a, context.traceState?.serialize());
  writeValues(wire, tags.link, values);
  number(wire, 0x28, dropped);
  flags(wire, linkFlagsTag, context.traceFlags, context.isRemote);
  wire.close(start, 1);
}

function writeValues(wire: Wire, tag: number, values: ReadonlyMap<string, unknown>): void {
  for (const [name, value] of values) writeAttribute(wire, tag, keyOf(name), value);
}

/** Begins a message within another one. */
function begin(wire: Wire, tag: number): number {
  wire.room(16);
  wire.byte(tag);
  return wire.open();
}

function id(wire: Wire, tag: number, digits: string): void {
  wire.byte(tag);
  wire.byte(digits.length / 2);
  wire.hex(digits);
}

function text(wire: Wire, tag: number, value: string | undefined): void {
  if (value === undefined || value === "") return;
  wire.room(8);
  wire.byte(tag);
  wire.string(value);
}

function number(wire: Wire, tag: number, value: number): void {
  if (value === 0) return;
  wire.room(16);
  wire.byte(tag);
  wire.varint(value);
}

const spanFlagsTag = [0x85, 0x01] as const;
const linkFlagsTag = [0x35] as const;

/** The W3C flags, that it is known whether the parent is of another process, and whether it is. */
function flags(wire: Wire, tag: readonly number[], own: number, isRemote: boolean | undefined): void {
  wire.room(8);
  for (const byte of tag) wire.byte(byte);
  wire.fixed32((own & 0xff) | 0x100 | (isRemote === true ? 0x200 : 0));
}
