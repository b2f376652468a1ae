import { ROOT_CONTEXT, trace } from "@opentelemetry/api";
import type { Logger } from "@opentelemetry/api";
import type { JobEvent } from "../event/event.ts";
import { toRecord } from "../event/record.ts";
import type { Rendered } from "./render.ts";

/** Writes records: the only place where one is handed on. `before` is what its run has told until then. */
export type LogWriter = (event: JobEvent, before?: readonly JobEvent[]) => void;

/** Records written by a logger; without one, none. */
export function logWriter(logger: Logger | undefined, rendered: Rendered = toRecord): LogWriter {
  if (logger === undefined) return () => undefined;
  return (event, before = none) => {
    const { eventName, time, observed, severity, body, attributes, span } = rendered(event, before);
    logger.emit({
      ...(eventName !== undefined && { eventName }),
      ...(time !== undefined && { timestamp: time }),
      observedTimestamp: observed,
      severityNumber: severity,
      body,
      attributes,
      context: span === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, span),
    });
  };
}

const none: readonly JobEvent[] = [];
