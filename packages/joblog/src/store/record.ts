import { createHash } from "node:crypto";
import {
  clampTimes,
  fromRecord,
  isRefusal,
  restLimit,
  sizeLimit,
  toRecord,
  uidWithoutCreation,
} from "@jobtrail/core/event";
import type { JobEvent, LogData, Refusal } from "@jobtrail/core/event";
import { decodeRecord, encodeRecord } from "@jobtrail/otlp";
import type { Received } from "@jobtrail/otlp";
import type { HrTime } from "@opentelemetry/api";

/** A job event that is to be kept. */
export interface NewRecord {
  readonly uid: string;
  /** With times that can be relied on. */
  readonly event: JobEvent;
  readonly bytes: Uint8Array;
}

/** A kept record, read again. */
export interface StoredEvent {
  readonly uid: string;
  /** Microseconds since the Unix epoch. */
  readonly time: number;
  /** The day that has it, in whose file its source has this number. */
  readonly day: number;
  readonly source: number;
  readonly event: JobEvent;
}

/**
 * The job event of a record, or why it is none. It is kept as it was received, its body too; one that is larger than
 * any that Jobtrail writes is cut.
 */
export function newRecord(given: Received, received: HrTime): NewRecord | Refusal {
  const event = fromRecord(given.record);
  if (isRefusal(event)) return event;
  const bytes = given.bytes ?? encodeRecord(given.record);
  const kept = bytes.byteLength <= largestRecord(event) ? bytes : encodeRecord(toRecord(event));
  return { uid: event.attributes["log.record.uid"] ?? digest(kept), event: clampTimes(event, received), bytes: kept };
}

/** What is left of a foreign record has a limit of its own. */
const largestRecord = ({ attributes }: JobEvent): number =>
  2 * sizeLimit + (attributes["job.record.rest"] === undefined ? 0 : 3 * restLimit);

/** The event of a kept record; nothing where its bytes are damaged, or the names have changed since it was kept. */
export function eventIn(bytes: Uint8Array, received: number): JobEvent | undefined {
  const record = decodeRecord(bytes);
  const event = isRefusal(record) ? record : fromRecord(record);
  return isRefusal(event) ? undefined : clampTimes(event, timeOfMicros(received));
}

/** The record of an event, as it is kept. */
export const bytesOf = (event: JobEvent): Uint8Array => encodeRecord(toRecord(event));

/** Stands for a record that has no uid: equal bytes are one record. */
export const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex").slice(0, 32);

/** What a record without `job.uid` finds its job by. */
export const identityOf = ({ attributes }: JobEvent): string | undefined => uidWithoutCreation(attributes);

/** When an event happened, or was seen, in microseconds since the Unix epoch. */
export const microsOf = ({ time, seen }: JobEvent): number => micros(time ?? seen);

/** Microseconds since the Unix epoch. */
export const micros = ([seconds, nanos]: HrTime): number =>
  Math.max(0, Math.min(Number.MAX_SAFE_INTEGER, seconds * 1e6 + Math.floor(nanos / 1e3)));

/** A time of microseconds since the Unix epoch. */
export const timeOfMicros = (time: number): HrTime => [Math.floor(time / 1e6), (time % 1e6) * 1000];

/** A trace id as it is kept. */
export const traceBytes = (trace: string): Uint8Array => Buffer.from(trace, "hex");

/** The trace of a run, where an event of it says one. */
export const traceOf = ({ name, span }: JobEvent): string | undefined =>
  name.startsWith("job.run.") ? span?.traceId : undefined;

/** A text attribute that is not empty. */
export function textIn(attributes: LogData["attributes"], key: string): string | undefined {
  const value = attributes[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}
