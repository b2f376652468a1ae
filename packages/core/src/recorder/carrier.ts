import { createTraceState, isSpanContextValid } from "@opentelemetry/api";
import type { SpanContext } from "@opentelemetry/api";
import { named } from "../ambient.ts";
import type { Asked } from "../ambient.ts";

/**
 * What travels with a job: W3C `traceparent` and `tracestate` of the span that queued it, and who
 * asked for whom. A flat object of strings, so that every system has a place for it.
 */
export type Carrier = Readonly<Record<string, string>>;

const asking = "jobtrail";

/** The carrier of a span and of who asks; empty where there is neither. */
export function inject(span: SpanContext | undefined, by: Asked): Record<string, string> {
  const carrier: Record<string, string> = {};
  if (span !== undefined && isSpanContextValid(span)) {
    const flags = span.traceFlags.toString(16).padStart(2, "0");
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
  const value = typeof stored === "string" ? parse(stored) : stored;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  for (const name in value)
    if (typeof (value as Record<string, unknown>)[name] !== "string")
      return Object.fromEntries(Object.entries(value).filter(([, each]) => typeof each === "string"));
  // What a host keeps may change later; what was parsed here is ours.
  return value === stored ? { ...(value as Carrier) } : (value as Carrier);
}

function spanOf(parent: unknown, state: unknown): SpanContext | undefined {
  const match = typeof parent === "string" ? /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})/.exec(parent) : null;
  if (match === null) return undefined;
  const span: SpanContext = {
    traceId: match[1] ?? "",
    spanId: match[2] ?? "",
    traceFlags: Number.parseInt(match[3] ?? "0", 16) & 1,
    isRemote: true,
    ...(typeof state === "string" && state !== "" && { traceState: createTraceState(state) }),
  };
  return isSpanContextValid(span) ? span : undefined;
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
