import { isRefusal } from "@jobtrail/core/event";
import type { Refusal } from "@jobtrail/core/event";
import type { HrTime } from "@opentelemetry/api";
import { readBody, resource, resourceOf, scope, scopeOf } from "./envelope.ts";
import type { Encoding, InstrumentationScope, Resource, WireResource, WireScope } from "./envelope.ts";
import { attributes, counted, many, one } from "./field.ts";
import type { Attributes, Field } from "./field.ts";
import { id, oneOf, text, time } from "./kind.ts";
import { message } from "./message.ts";
import type { Message } from "./message.ts";

/** A span's link to another span. */
export interface LinkData {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** A finished span as it arrived. */
export interface SpanData {
  readonly name: string;
  readonly kind: "unspecified" | "internal" | "server" | "client" | "producer" | "consumer";
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly links: readonly LinkData[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly start: HrTime;
  readonly end: HrTime;
  readonly status: { readonly code: "unset" | "ok" | "error"; readonly message?: string };
  readonly resource: Resource;
  readonly scope: InstrumentationScope;
}

/** How many spans an export request holds; a refusal where it cannot be read. The spans themselves are not read. */
export function countSpans(body: Uint8Array, encoding: Encoding): number | Refusal {
  const request = readBody(body, encoding, countRequest);
  if (isRefusal(request)) return request;
  return inScopes(request).reduce((sum, { spans = 0 }) => sum + spans, 0);
}

/** Reads the spans of an export request; a refusal where any part of it cannot be read. */
export function decodeSpans(body: Uint8Array, encoding: Encoding): readonly SpanData[] | Refusal {
  const request = readBody(body, encoding, spanRequest);
  if (isRefusal(request)) return request;
  return (request.resourceSpans ?? []).flatMap((group) =>
    (group.scopeSpans ?? []).flatMap(({ spans = [], scope: by }) =>
      spans.map((each) => spanOf(each, resourceOf(group.resource), scopeOf(by))),
    ),
  );
}

interface WireLink {
  traceId?: string;
  spanId?: string;
  attributes?: Attributes;
}

interface WireSpan {
  traceId?: string;
  spanId?: string;
  parentSpanId?: string;
  name?: string;
  kind?: number;
  startTimeUnixNano?: HrTime;
  endTimeUnixNano?: HrTime;
  attributes?: Attributes;
  links?: WireLink[];
  status?: WireStatus;
}

interface WireStatus {
  message?: string;
  code?: number;
}

interface ScopeSpans<Spans> {
  scope?: WireScope;
  spans?: Spans;
}

interface WireTraces<Spans> {
  resourceSpans?: { resource?: WireResource; scopeSpans?: ScopeSpans<Spans>[] }[];
}

const kinds = ["unspecified", "internal", "server", "client", "producer", "consumer"] as const;
const codes = ["unset", "ok", "error"] as const;

const link = message<WireLink>({ traceId: one(1, id), spanId: one(2, id), attributes: attributes(4) });

const span = message<WireSpan>({
  traceId: one(1, id),
  spanId: one(2, id),
  parentSpanId: one(4, id),
  name: one(5, text),
  kind: one(6, oneOf(kinds.map((kind) => `SPAN_KIND_${kind.toUpperCase()}`))),
  startTimeUnixNano: one(7, time),
  endTimeUnixNano: one(8, time),
  attributes: attributes(9),
  links: many(13, link),
  status: one(
    15,
    message<WireStatus>({
      message: one(2, text),
      code: one(3, oneOf(codes.map((code) => `STATUS_CODE_${code.toUpperCase()}`))),
    }),
  ),
});

const request = <Spans extends {}>(spans: Field<Spans>): Message<WireTraces<Spans>> =>
  message<WireTraces<Spans>>({
    resourceSpans: many(
      1,
      message<NonNullable<WireTraces<Spans>["resourceSpans"]>[number]>({
        resource: one(1, resource),
        scopeSpans: many(2, message<ScopeSpans<Spans>>({ scope: one(1, scope), spans })),
      }),
    ),
  });

const countRequest = request(counted(2));
const spanRequest = request(many(2, span));

const inScopes = <Spans>({ resourceSpans = [] }: WireTraces<Spans>): ScopeSpans<Spans>[] =>
  resourceSpans.flatMap(({ scopeSpans = [] }) => scopeSpans);

function spanOf(wire: WireSpan, from: Resource, by: InstrumentationScope): SpanData {
  const { parentSpanId = "" } = wire;
  return {
    name: wire.name ?? "",
    kind: kinds[wire.kind ?? 0] ?? "unspecified",
    traceId: wire.traceId ?? "",
    spanId: wire.spanId ?? "",
    ...(parentSpanId !== "" && { parentSpanId }),
    links: (wire.links ?? []).map(linkOf),
    attributes: wire.attributes?.values ?? {},
    start: wire.startTimeUnixNano ?? [0, 0],
    end: wire.endTimeUnixNano ?? [0, 0],
    status: statusOf(wire.status),
    resource: from,
    scope: by,
  };
}

const linkOf = ({ traceId = "", spanId = "", attributes: all }: WireLink): LinkData => ({
  traceId,
  spanId,
  attributes: all?.values ?? {},
});

const statusOf = ({ code = 0, message: why = "" }: WireStatus = {}): SpanData["status"] => ({
  code: codes[code] ?? "unset",
  ...(why !== "" && { message: why }),
});
