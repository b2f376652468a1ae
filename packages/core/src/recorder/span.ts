import {
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  isSpanContextValid,
  trace,
} from "@opentelemetry/api";
import type { Attributes, Context, HrTime, Link, Span, SpanContext, Tracer } from "@opentelemetry/api";
import type { AttributeRow } from "@jobtrail/conventions";
import type { Definition } from "./definition.ts";
import type { JobError, JobEvent } from "../event/event.ts";
import { guard } from "../guard.ts";
import { rowOf, textLimit, valueAt } from "../event/normalise.ts";
import { now } from "../event/time.ts";
import { fit } from "../event/value.ts";

/** How another span is related to a run's span. */
export interface Related {
  readonly span: SpanContext;
  readonly as: "producer" | "previous_run" | "scheduled_by";
}

/** What a run's span begins with. */
export interface RunSpan {
  readonly definition: Definition;
  readonly started: JobEvent;
  /** The span that the run's is a child of; a root where there is none. */
  readonly parent?: SpanContext | undefined;
  readonly links: readonly Related[];
  readonly by: "queue" | "name";
}

/** Turns events into spans: the only place where a span is made. */
export interface SpanWriter {
  enqueue(definition: Definition, verb: string, parent: Context, time: HrTime): Span;
  run(run: RunSpan): Span;
}

const through = (parent: SpanContext = INVALID_SPAN_CONTEXT): Span => trace.wrapSpanContext(parent);

/** Spans made by a tracer; without one, spans that record nothing and let through what they are children of. */
export function spanWriter(tracer: Tracer | undefined): SpanWriter {
  if (tracer === undefined)
    return {
      enqueue: (_definition, _verb, parent) => through(trace.getSpanContext(parent)),
      run: ({ parent }) => through(parent),
    };
  return {
    enqueue(definition, verb, parent, startTime) {
      const name =
        `${verb} ${definition.attributes["job.queue.name"] ?? definition.attributes["job.name"] ?? ""}`.trimEnd();
      const attributes = { ...definition.span, "messaging.operation.name": verb, "messaging.operation.type": "send" };
      const options = { kind: SpanKind.PRODUCER, attributes, startTime };
      return (
        guard("producer span", () => tracer.startSpan(name, options, parent)) ?? through(trace.getSpanContext(parent))
      );
    },
    run({ definition, started, parent, links, by }) {
      const queue = definition.attributes["job.queue.name"];
      const options = {
        kind: queue === undefined ? SpanKind.INTERNAL : SpanKind.CONSUMER,
        attributes: runAttributes(definition, started),
        links: linksTo(links),
        startTime: started.time ?? started.seen,
      };
      const above = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
      return guard("run span", () => tracer.startSpan(runName(definition, by), options, above)) ?? through(parent);
    },
  };
}

function runName({ attributes }: Definition, by: "queue" | "name"): string {
  const queue = attributes["job.queue.name"];
  if (queue === undefined) return `run ${attributes["job.name"] ?? attributes["job.schedule.id"] ?? "job"}`;
  return `process ${by === "name" ? (attributes["job.name"] ?? queue) : queue}`;
}

function runAttributes(definition: Definition, { attributes, own = {} }: JobEvent): Attributes {
  const all: Attributes = { ...definition.span };
  const put = (from: object, key: string, row?: AttributeRow): void => {
    // The SDK sets no limit to texts by itself, and throws where a value's own getter does.
    const value = fit(valueAt(from, key), row, textLimit, key, new Set());
    if (value !== undefined) all[key] = value;
  };
  for (const key in own) put(own, key);
  for (const key in attributes) {
    const row = rowOf(key);
    if (row?.on.includes("S") === true) put(attributes, key, row);
  }
  if (definition.attributes["job.queue.name"] === undefined) return all;
  all["messaging.operation.name"] = "process";
  all["messaging.operation.type"] = "process";
  if (all["job.id"] !== undefined) all["messaging.message.id"] = all["job.id"];
  if (all["job.batch.size"] !== undefined) all["messaging.batch.message_count"] = all["job.batch.size"];
  return all;
}

/** A relation to a span, where there is one. */
export const related = (span: SpanContext | undefined, as: Related["as"]): Related[] =>
  span === undefined ? [] : [{ span, as }];

/** Links to other spans, each saying what it is. */
export const linksTo = (related: readonly Related[]): Link[] =>
  related
    .filter(({ span }) => isSpanContextValid(span))
    .map(({ span, as }) => ({ context: span, attributes: { "job.link.type": as } }));

/** Puts a run's outcome on its span. */
export function outcome(span: Span, { attributes, error }: JobEvent, retriedStatus: "error" | "unset"): void {
  const result = attributes["job.run.result"];
  const final = attributes["job.run.final"];
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
