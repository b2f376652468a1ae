import { SpanStatusCode } from "@opentelemetry/api";
import type { Link, Span, SpanContext } from "@opentelemetry/api";
import type { Entry } from "../event/entry.ts";
import type { JobError } from "../event/event.ts";
import { keyOf } from "../event/key.ts";
import type { Key } from "../event/key.ts";
import { Layer, layerOf, objectOf } from "../event/layer.ts";
import { now } from "../event/time.ts";
import { fit, fits, textLimit } from "../event/value.ts";
import { tell } from "../guard.ts";
import { isValid } from "./carrier.ts";
import type { Draft } from "./compose.ts";

/** How another span is related to a run's span. */
export interface Related {
  readonly span: SpanContext;
  readonly as: "producer" | "previous_run" | "scheduled_by";
}

/** The attributes that a run's span begins with, besides those of its definition. */
export function runLayer({ known: { definition }, layer, momentary, own, fits: fitting }: Draft): Layer {
  const all = new Layer();
  if (own !== undefined) putOwn(all, own);
  putAll(all, layer, fitting);
  putAll(all, momentary, fitting);
  // Where all fits, nothing stands twice.
  const single = fitting ? all : layerOf(objectOf([all]));
  if (definition.attributes["job.queue.name"] === undefined) return single;
  copy(single, idKey, messageKey);
  copy(single, sizeKey, countKey);
  return single;
}

/** Takes what spans have of a run; it has been fitted where all of the record fits. */
function putAll(to: Layer, { keys, values }: Layer, isFitted: boolean): void {
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as Key;
    if (!key.isOnSpan || key.isConstant) continue;
    const value = isFitted ? values[i] : fittedAlone(key, values[i]);
    if (value !== undefined) to.put(key, value);
  }
}

/** The system's own names that can be sent. */
function putOwn(to: Layer, { keys, values }: Layer): void {
  keys.forEach((key, i) => {
    const value = key.row === undefined && !key.isSpecial ? fittedAlone(key, values[i]) : undefined;
    if (value !== undefined) to.put(key, value);
  });
}

/** Fits a value by itself, since a record's limits are not a span's: the SDK sets none to texts, and throws where a value's own getter does. */
const fittedAlone = (key: Key, value: unknown): unknown =>
  fits(key, value) ? value : fit(value, key.row, textLimit, key.name, new Set());

function copy(layer: Layer, from: Key, to: Key): void {
  const value = layer.get(from);
  if (value !== undefined) layer.put(to, value);
}

const idKey = keyOf("job.id");
const sizeKey = keyOf("job.batch.size");
const messageKey = keyOf("messaging.message.id");
const countKey = keyOf("messaging.batch.message_count");

/** A relation to a span, where there is one. */
export const related = (span: SpanContext | undefined, as: Related["as"]): Related[] =>
  span === undefined ? [] : [{ span, as }];

/** Links to other spans, each saying what it is. */
export const linksTo = (related: readonly Related[]): Link[] =>
  related.filter(({ span }) => isValid(span)).map(({ span, as }) => ({ context: span, attributes: linkTypes[as] }));

/** Adds a link to another span, where there is one. */
export function addLink(links: Link[], span: SpanContext | undefined, as: Related["as"]): void {
  if (span !== undefined && isValid(span)) links.push({ context: span, attributes: linkTypes[as] });
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
  const result = ended.value(resultKey) as string | undefined;
  const final = ended.value(finalKey) as boolean | undefined;
  if (result !== undefined) span.setAttribute("job.run.result", result);
  if (final !== undefined) span.setAttribute("job.run.final", final);
  if (error === undefined) return;
  span.setAttribute("error.type", error.type);
  if (retriedStatus === "error" || final !== false)
    span.setStatus({ code: SpanStatusCode.ERROR, ...(error.message !== undefined && { message: error.message }) });
}

const resultKey = keyOf("job.run.result");
const finalKey = keyOf("job.run.final");

/** Ends a span now, with the error where there was one. */
export function close(span: Span, error: JobError | undefined): void {
  try {
    if (error !== undefined) fail(span, error);
    span.end(now());
  } catch (thrown) {
    tell("span end", thrown);
  }
}

function fail(span: Span, { type, message }: JobError): void {
  span.setAttribute("error.type", type);
  span.setStatus({ code: SpanStatusCode.ERROR, ...(message !== undefined && { message }) });
}
