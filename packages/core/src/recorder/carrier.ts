import { createTraceState } from "@opentelemetry/api";
import type { SpanContext } from "@opentelemetry/api";
import { named } from "../ambient.ts";
import type { Asked } from "../ambient.ts";

/**
 * What travels with a job: W3C `traceparent` and `tracestate` of the span that queued it, and who
 * asked for whom. A flat object of strings, so that every system has a place for it.
 */
export type Carrier = Readonly<Record<string, string>>;

const asking = "jobtrail";

const traceIds = /^(?!0{32})[0-9a-f]{32}$/i;
const spanIds = /^(?!0{16})[0-9a-f]{16}$/i;

/** The span that was looked at last: the telemetry of one follows each other. */
let looked: SpanContext | undefined;
let wasValid = false;

/** Whether a span has ids that can be sent: the API's own function, which looks at digit by digit, costs more than a record's text. */
export function isValid(span: SpanContext): boolean {
  if (span === looked) return wasValid;
  wasValid = traceIds.test(span.traceId) && spanIds.test(span.spanId);
  looked = span;
  return wasValid;
}

/** The carrier of a span and of who asks; empty where there is neither. */
export function inject(span: SpanContext | undefined, by: Asked): Record<string, string> {
  const carrier: Record<string, string> = {};
  if (span !== undefined && isValid(span)) {
    const flags = span.traceFlags < 2 ? `0${span.traceFlags}` : span.traceFlags.toString(16).padStart(2, "0");
    carrier["traceparent"] = `00-${span.traceId}-${span.spanId}-${flags}`;
    const state = span.traceState?.serialize();
    if (state !== undefined && state !== "") carrier["tracestate"] = state;
  }
  if (by.actor !== undefined || by.scope !== undefined)
    carrier[asking] = JSON.stringify({ actor: by.actor, scope: by.scope });
  return carrier;
}

/** What a carrier holds; what cannot be read is left out. */
export interface Carried {
  readonly span: SpanContext | undefined;
  readonly by: Asked;
}

/** The span and the asker that a carrier holds. */
export const carried = (carrier: Carrier | undefined): Carried =>
  carrier === undefined
    ? nothing
    : { span: spanOf(carrier["traceparent"], carrier["tracestate"]), by: askedOf(carrier[asking]) };

const nobody: Asked = {};
const nothing: Carried = { span: undefined, by: nobody };

/** The same in one object. */
export function extract(carrier: Carrier | undefined): Asked & { readonly span?: SpanContext } {
  const { span, by } = carried(carrier);
  return { ...(span !== undefined && { span }), ...by };
}

/** A carrier from whatever a store gave back: an object of strings, or its JSON text. */
export function carrierOf(stored: unknown): Carrier | undefined {
  const alone = typeof stored === "string" ? aloneIn(stored) : undefined;
  if (alone !== undefined) return { traceparent: alone };
  const value = typeof stored === "string" ? parse(stored) : stored;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  for (const name in value)
    if (typeof (value as Record<string, unknown>)[name] !== "string")
      return Object.fromEntries(Object.entries(value).filter(([, each]) => typeof each === "string"));
  // What a host keeps may change later; what was parsed here is ours.
  return value === stored ? { ...(value as Carrier) } : (value as Carrier);
}

const opening = '{"traceparent":"';
const closing = '"}';
const parentLength = 55;

/** The text of a `traceparent` that is all there is in a carrier, which is how almost every carrier is; no parser is needed for it. */
function aloneIn(text: string): string | undefined {
  const end = opening.length + parentLength;
  if (text.length !== end + closing.length || !text.startsWith(opening) || !text.endsWith(closing)) return undefined;
  const parent = text.slice(opening.length, end);
  return isParent(parent) ? parent : undefined;
}

/** The text that was checked last: what a carrier was found to hold is read right after. */
let lastParent: string | undefined;

/** Whether a text begins as a `traceparent` does: two, 32, 16 and two lower-case hex digits with a hyphen between them. */
function isParent(text: string): boolean {
  if (text === lastParent) return true;
  if (!parents.test(text)) return false;
  lastParent = text;
  return true;
}

const parents = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}/;

const noTrace = "0".repeat(32);
const noSpan = "0".repeat(16);

function spanOf(parent: unknown, state: unknown): SpanContext | undefined {
  if (typeof parent !== "string" || !isParent(parent)) return undefined;
  const traceId = parent.slice(3, 35);
  const spanId = parent.slice(36, 52);
  if (traceId === noTrace || spanId === noSpan) return undefined;
  const traceFlags = Number.parseInt(parent.slice(53, 55), 16) & 1;
  return typeof state === "string" && state !== ""
    ? { traceId, spanId, traceFlags, isRemote: true, traceState: createTraceState(state) }
    : { traceId, spanId, traceFlags, isRemote: true };
}

function askedOf(text: unknown): Asked {
  if (text === undefined) return nobody;
  const value = typeof text === "string" ? parse(text) : undefined;
  if (typeof value !== "object" || value === null) return {};
  const { actor, scope } = value as { actor?: unknown; scope?: unknown };
  return {
    ...namedAs("actor", actor),
    ...namedAs("scope", scope),
  };
}

function namedAs<K extends "actor" | "scope">(key: K, value: unknown): Asked {
  const known = typeof value === "object" && value !== null ? named(value) : undefined;
  return known === undefined ? {} : { [key]: known };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
