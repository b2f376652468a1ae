import { ROOT_CONTEXT, trace } from "@opentelemetry/api";
import type { Logger } from "@opentelemetry/api";
import type { JobEvent } from "./event.ts";
import { toRecord } from "./record.ts";

/** Writes records: the only place where one is handed on. */
export type LogWriter = (event: JobEvent) => void;

/** Records written by a logger; without one, none. */
export function logWriter(logger: Logger | undefined): LogWriter {
  if (logger === undefined) return () => undefined;
  return (event) => {
    const { eventName, time, observed, severity, body, attributes, span } = toRecord(event);
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
