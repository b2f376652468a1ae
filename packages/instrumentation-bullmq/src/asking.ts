import { AsyncLocalStorage } from "node:async_hooks";
import { context, trace } from "@opentelemetry/api";
import type { Span } from "@opentelemetry/api";
import type { JobError } from "@jobtrail/core/event";
import { guard } from "@jobtrail/core/recorder";
import type { Definition, Enqueue, Recorder } from "@jobtrail/core/recorder";

import { outcome, wrap } from "@jobtrail/instrumentation/adapter";
import type { Undo } from "@jobtrail/instrumentation/adapter";
import type { Place } from "./job.ts";

/** The span that was active when BullMQ began a span of its own. */
const outside = new AsyncLocalStorage<Span | undefined>();

/** Watches `QueueBase#trace`, by which BullMQ makes its own spans where the app gave it a `telemetry` option. */
export const watchTracing = (Class: unknown): Undo =>
  wrap(
    (Class as { prototype: unknown }).prototype,
    "trace",
    (original) =>
      function (this: unknown, ...args) {
        const call = (): unknown => original.apply(this, args as unknown[]);
        return (this as Place).opts?.telemetry === undefined ? call() : outside.run(trace.getActiveSpan(), call);
      },
  );

/**
 * The span that BullMQ made itself for what it does now. A `telemetry` option that is none of
 * OpenTelemetry's makes no span that is active: then the active one is the app's, and none of ours.
 */
export const spanOfBullMQ = (place: Place): Span | undefined =>
  place.opts?.telemetry === undefined ? undefined : otherThan(outside.getStore());

/** The active span, if it is another. */
export function otherThan(span: Span | undefined): Span | undefined {
  const active = trace.getActiveSpan();
  return active === span ? undefined : active;
}

/**
 * Makes a call of the app's that gives jobs to BullMQ, inside its span.
 * @param stored is given what the call returned, when its jobs are stored.
 */
export function ask(
  enqueue: Pick<Enqueue, "end"> & Partial<Pick<Enqueue, "context">>,
  to: Recorder,
  call: () => unknown,
  stored: (value: unknown) => void,
): unknown {
  const failed = (thrown: unknown): void => enqueue.end(to.error(thrown));
  let result: unknown;
  try {
    result = enqueue.context === undefined ? call() : context.with(enqueue.context, call);
  } catch (thrown) {
    guard("bullmq: ask", () => failed(thrown));
    throw thrown;
  }
  const done = (value: unknown): void => {
    enqueue.end();
    stored(value);
  };
  return outcome("bullmq: queued", result, done, failed);
}

/** A call whose jobs BullMQ makes in functions of its own, further in. */
export interface Asking extends Pick<Enqueue, "end"> {
  /** The context of the call's span; absent where BullMQ makes the spans. */
  readonly context?: Enqueue["context"];
  /** What stands for the job that is being made: the call's span, or BullMQ's own of this moment. */
  now(): Enqueue;
}

/** Opens a call. @param traced whether BullMQ makes spans itself: one for the call, and in a flow one for each job. */
export function asking(to: Recorder, definition: Definition, verb: string, traced: boolean): Asking {
  if (!traced) {
    const enqueue = to.enqueue(definition, verb);
    return { context: enqueue.context, now: () => enqueue, end: (error) => enqueue.end(error) };
  }
  const before = trace.getActiveSpan();
  const opened: Enqueue[] = [];
  return {
    now() {
      const enqueue = to.enqueue(definition, verb, otherThan(before));
      opened.push(enqueue);
      return enqueue;
    },
    end: (error?: JobError) => opened.forEach((enqueue) => enqueue.end(error)),
  };
}
