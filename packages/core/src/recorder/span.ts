import { SpanStatusCode, isSpanContextValid } from "@opentelemetry/api";
import type { Link, Span, SpanContext } from "@opentelemetry/api";
import type { Entry } from "../event/entry.ts";
import type { JobError } from "../event/event.ts";
import { keyOf } from "../event/key.ts";
import type { Key } from "../event/key.ts";
import { Layer, layerOf, objectOf } from "../event/layer.ts";
import { now } from "../event/time.ts";
import { fit, fits, textLimit } from "../event/value.ts";
import { guard } from "../guard.ts";
import type { Draft } from "./compose.ts";

/** How another span is related to a run's span. */
export interface Related {
  readonly span: SpanContext;
  readonly as: "producer" | "previous_run" | "scheduled_by";
}

/** The attributes that a run's span begins with, besides those of its definition. */
export function runLayer({ known: { definition }, lasting, momentary, own, fits: fitting }: Draft): Layer {
  const all = new Layer();
  if (own !== undefined) putAll(all, own, false);
  putAll(all, lasting, true);
  putAll(all, momentary, true);
  // Where all fits, nothing stands twice.
  const layer = fitting ? all : layerOf(objectOf([all]));
  if (definition.attributes["job.queue.name"] === undefined) return layer;
  copy(layer, "job.id", messageKey);
  copy(layer, "job.batch.size", countKey);
  return layer;
}

/** Fits each by itself, since a record's limits are not a span's: the SDK sets none to texts, and throws where a value's own getter does. */
function putAll(to: Layer, { keys, values }: Layer, isKnown: boolean): void {
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (key === undefined || !(isKnown ? key.isOnSpan && !key.isConstant : isOwn(key))) continue;
    const value = fits(key, values[i]) ? values[i] : fit(values[i], key.row, textLimit, key.name, new Set());
    if (value !== undefined) to.put(key, value);
  }
}

/** Whether a name is the system's own, and can be sent. */
const isOwn = ({ row, isSpecial }: Key): boolean => row === undefined && !isSpecial;

function copy(layer: Layer, from: string, to: Key): void {
  const value = layer.get(from);
  if (value !== undefined) layer.put(to, value);
}

const messageKey = keyOf("messaging.message.id");
const countKey = keyOf("messaging.batch.message_count");

/** A relation to a span, where there is one. */
export const related = (span: SpanContext | undefined, as: Related["as"]): Related[] =>
  span === undefined ? [] : [{ span, as }];

/** Links to other spans, each saying what it is. */
export const linksTo = (related: readonly Related[]): Link[] =>
  related
    .filter(({ span }) => isSpanContextValid(span))
    .map(({ span, as }) => ({ context: span, attributes: linkTypes[as] }));

/** Adds a link to another span, where there is one. */
export function addLink(links: Link[], span: SpanContext | undefined, as: Related["as"]): void {
  if (span !== undefined && isSpanContextValid(span)) links.push({ context: span, attributes: linkTypes[as] });
}

// One object for all links of a kind: a sink may keep what it made of it.
const linkTypes: Readonly<Record<Related["as"], { readonly "job.link.type": string }>> = {
  producer: { "job.link.type": "producer" },
  previous_run: { "job.link.type": "previous_run" },
  scheduled_by: { "job.link.type": "scheduled_by" },
};

/** Puts a run's outcome on its span. */
export function outcome(span: Span, ended: Entry, retriedStatus: "error" | "unset"): void {
  const { error } = ended;
  const result = ended.get("job.run.result");
  const final = ended.get("job.run.final");
  if (result !== undefined) span.setAttribute("job.run.result", result);
  if (final !== undefined) span.setAttribute("job.run.final", final);
  if (error === undefined) return;
  span.setAttribute("error.type", error.type);
  if (retriedStatus === "error" || final !== false)
    span.setStatus({ code: SpanStatusCode.ERROR, ...(error.message !== undefined && { message: error.message }) });
}

/** Ends a span now, with the error where there was one. */
export function close(span: Span, error: JobError | undefined): void {
  guard("span end", () => {
    if (error !== undefined) fail(span, error);
    span.end(now());
  });
}

function fail(span: Span, { type, message }: JobError): void {
  span.setAttribute("error.type", type);
  span.setStatus({ code: SpanStatusCode.ERROR, ...(message !== undefined && { message }) });
}
