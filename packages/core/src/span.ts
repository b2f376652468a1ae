import {
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  isSpanContextValid,
  trace,
} from "@opentelemetry/api";
import type { AttributeValue, Attributes, Context, HrTime, Link, Span, SpanContext, Tracer } from "@opentelemetry/api";
import type { Definition } from "./definition.ts";
import type { JobEvent } from "./event.ts";
import { rowOf, textLimit } from "./normalise.ts";
import { cut } from "./redact.ts";

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
      return tracer.startSpan(name, { kind: SpanKind.PRODUCER, attributes, startTime }, parent);
    },
    run({ definition, started, parent, links, by }) {
      const queue = definition.attributes["job.queue.name"];
      return tracer.startSpan(
        runName(definition, by),
        {
          kind: queue === undefined ? SpanKind.INTERNAL : SpanKind.CONSUMER,
          attributes: runAttributes(definition, started),
          links: linksTo(links),
          ...(started.time !== undefined && { startTime: started.time }),
        },
        parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent),
      );
    },
  };
}

function runName({ attributes }: Definition, by: "queue" | "name"): string {
  const queue = attributes["job.queue.name"];
  if (queue === undefined) return `run ${attributes["job.name"] ?? attributes["job.schedule.id"] ?? "job"}`;
  return `process ${by === "name" ? (attributes["job.name"] ?? queue) : queue}`;
}

function runAttributes(definition: Definition, { attributes, own }: JobEvent): Attributes {
  const all: Attributes = { ...definition.span };
  for (const key in own) all[key] = short(own[key]);
  for (const key in attributes) if (rowOf(key)?.on.includes("S") === true) all[key] = short(attributes[key as "job.id"]);
  if (definition.attributes["job.queue.name"] === undefined) return all;
  all["messaging.operation.name"] = "process";
  all["messaging.operation.type"] = "process";
  if (attributes["job.id"] !== undefined) all["messaging.message.id"] = attributes["job.id"];
  const size = attributes["job.batch.size"];
  if (size !== undefined) all["messaging.batch.message_count"] = size;
  return all;
}

/** The SDK sets no limit to texts by itself. */
const short = (value: AttributeValue | undefined): AttributeValue | undefined =>
  typeof value === "string" ? cut(value, textLimit) : value;

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
