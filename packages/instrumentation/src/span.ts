import { AsyncLocalStorage } from "node:async_hooks";
import { ROOT_CONTEXT, createContextKey, trace } from "@opentelemetry/api";
import type { Span } from "@opentelemetry/api";
import { activeSpan, contexts, extract, tell } from "@jobtrail/core/recorder";
import type { Carrier } from "@jobtrail/core/recorder";

/** The span that was active when a library began to make a span of its own. */
const outside = new AsyncLocalStorage<{ readonly span: Span | undefined }>();

/** Makes a call in which the library may make a span of its own, which stands for ours then. */
export const adopting = (go: () => unknown): unknown => outside.run({ span: activeSpan() }, go);

/**
 * The span that the library made since `adopting`, or since another span was active.
 * @param carried what travelled with the job: without an SDK a stand-in repeats the span in it.
 */
export function adopted(carried?: Carrier, since?: { readonly span: Span | undefined }): Span | undefined {
  const before = since ?? outside.getStore();
  const span = activeSpan();
  if (before === undefined || span === undefined || span === before.span) return undefined;
  if (span.isRecording()) return span;
  // Without an SDK the API gives a span that repeats its parent's context. One that a sampler left out has its own.
  const { spanId } = span.spanContext();
  const parents = [before.span?.spanContext().spanId, extract(carried).span?.spanId];
  return trace.isSpanContextValid(span.spanContext()) && !parents.includes(spanId) ? span : undefined;
}

// The key by which the SDK and every instrumentation know calls that want no span of their own.
const suppressed = ROOT_CONTEXT.setValue(createContextKey("OpenTelemetry SDK Context Key SUPPRESS_TRACING"), true);

/** Reads from the library's store for ourselves: without spans, and without ever rejecting. */
export async function reading<T>(cause: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await contexts.with(suppressed, work);
  } catch (error) {
    tell(cause, error);
    return undefined;
  }
}
