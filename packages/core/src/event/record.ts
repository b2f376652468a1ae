import { events, type EventName } from "@jobtrail/conventions";
import type { HrTime, SpanContext } from "@opentelemetry/api";
import { refuse } from "./event.ts";
import type { JobEvent, Refusal } from "./event.ts";
import { rowOf } from "./key.ts";
import { normalise } from "./normalise.ts";
import { readingOf, sentenceOf } from "./sentence.ts";
import { severity } from "./severity.ts";

/** An OTLP log record, as this project reads and writes it. */
export interface LogData {
  readonly eventName?: string;
  readonly time?: HrTime;
  /** When it was observed. */
  readonly observed: HrTime;
  /** OTel severity number. */
  readonly severity: number;
  readonly body?: unknown;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly span?: SpanContext;
}

/** The record of an event: the only place where an event becomes an OTLP log record. */
export const toRecord = (event: JobEvent): LogData => fittedRecord(normalise(event));

/** The record of an event that is known to be fitted. */
export function fittedRecord(fitted: JobEvent): LogData {
  const { error, original } = fitted;
  const reading = readingOf(fitted);
  return {
    eventName: fitted.name,
    ...(fitted.time !== undefined && { time: fitted.time }),
    observed: fitted.seen,
    severity: severity(reading),
    body: sentenceOf(reading),
    attributes: {
      ...fitted.attributes,
      ...fitted.own,
      ...(error !== undefined && { "error.type": error.type }),
      ...(error?.message !== undefined && { "exception.message": error.message }),
      ...(error?.stack !== undefined && { "exception.stacktrace": error.stack }),
      ...(original !== undefined && { "log.record.original": original }),
    },
    ...(fitted.span !== undefined && { span: fitted.span }),
  };
}

/** The event of a record, or why it is none. `fromRecord(toRecord(e))` equals `normalise(e)`. */
export function fromRecord(record: LogData): JobEvent | Refusal {
  if (!isEventName(record.eventName)) return refuse("eventName", "the name of a job event", record.eventName);
  const attributes: Record<string, unknown> = {};
  const own: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(record.attributes)) {
    const row = rowOf(key);
    const refusal =
      row?.values === undefined || (typeof value === "string" && row.values.includes(value))
        ? undefined
        : refuse(pathOf(key), `one of ${row.values.join(", ")}`, value);
    if (refusal !== undefined) return refusal;
    (row === undefined ? own : attributes)[key] = value;
  }
  if (record.eventName !== "job.log.gap" && typeof attributes["job.system.name"] !== "string")
    return refuse(pathOf("job.system.name"), "the job system's name", attributes["job.system.name"]);
  return normalise({
    name: record.eventName,
    ...(record.time !== undefined && { time: record.time }),
    seen: record.observed,
    attributes: attributes as unknown as JobEvent["attributes"],
    own,
    ...(record.span !== undefined && { span: record.span }),
  });
}

/** Whether a record is one of ours at all, by its event name. */
export const isEventName = (name: string | undefined): name is EventName =>
  name !== undefined && Object.hasOwn(events, name);

const pathOf = (key: string): string => `attributes[${JSON.stringify(key)}]`;
