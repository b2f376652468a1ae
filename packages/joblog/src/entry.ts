import { toIso } from "@jobtrail/core/event";
import type { KeptRecord } from "./contract.ts";

/** One record as it is shown: a job event, or a log line of a run. Times are ISO 8601 in UTC. */
export interface Entry {
  /** The event's name; absent for a log line. */
  readonly name?: string;
  /** When it happened; absent where the source does not say. */
  readonly time?: string;
  /** When it was learned of. */
  readonly seen: string;
  /** OTel severity number. */
  readonly severity: number;
  readonly text: string;
  /** What in the record cannot be so, such as a time years ahead. */
  readonly anomaly?: string;
  readonly trace?: string;
  readonly span?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
}

/** A record as it is shown. */
export function entryOf({ record, resource, anomaly }: KeptRecord): Entry {
  const { eventName, time, span, body } = record;
  return {
    ...(eventName !== undefined && { name: eventName }),
    ...(time !== undefined && { time: toIso(time) }),
    seen: toIso(record.observed),
    severity: record.severity,
    text: typeof body === "string" ? body : body === undefined ? "" : asJson(body),
    ...(anomaly !== undefined && { anomaly }),
    ...(span !== undefined && { trace: span.traceId, span: span.spanId }),
    attributes: record.attributes,
    resource: resource.attributes,
  };
}

/** JSON text of anything that a record can hold: integers beyond 2^53 as text, bytes in base64. */
export const asJson = (value: unknown, space?: number): string => JSON.stringify(value, readable, space);

const readable = (_key: string, value: unknown): unknown =>
  typeof value === "bigint"
    ? String(value)
    : value instanceof Uint8Array
      ? Buffer.from(value).toString("base64")
      : value;
