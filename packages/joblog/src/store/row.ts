import { createHash } from "node:crypto";
import {
  clampTimes,
  cut,
  fromRecord,
  isRefusal,
  restLimit,
  sizeLimit,
  toRecord,
  uidWithoutCreation,
} from "@jobtrail/core/event";
import type { JobEvent, LogData, Refusal } from "@jobtrail/core/event";
import { decodeLogs, encodeLogs } from "@jobtrail/otlp";
import type { Received } from "@jobtrail/otlp";
import type { HrTime } from "@opentelemetry/api";

/** A job event as the store keeps it. */
export interface RecordRow {
  readonly uid: string;
  readonly job: string | null;
  readonly kin: string | null;
  readonly name: string;
  readonly time: number;
  readonly trace: string | null;
  readonly record: Uint8Array;
  readonly received: number;
}

/** The row of a job event, or why it is none. It is kept as it was received, its body too; a larger one than any that Jobtrail writes is cut. */
export function recordRowOf(given: Received, now: HrTime): RecordRow | Refusal {
  const event = fromRecord(given.record);
  if (isRefusal(event)) return event;
  const bytes = encode(given);
  return rowWith(
    event,
    bytes.byteLength <= largestRecord(event) ? bytes : encode({ ...given, record: toRecord(event) }),
    now,
  );
}

/** A record with its resource; what is left of a foreign record has a limit of its own. */
const largestRecord = ({ attributes }: JobEvent): number =>
  2 * sizeLimit + (attributes["job.record.rest"] === undefined ? 0 : 3 * restLimit);

/** The row of an event, with the resource and scope that it came from. */
export const rowOfEvent = (event: JobEvent, from: Omit<Received, "record">, now: HrTime): RecordRow =>
  rowWith(event, encode({ ...from, record: toRecord(event) }), now);

function rowWith(event: JobEvent, bytes: Uint8Array, now: HrTime): RecordRow {
  const { attributes } = event;
  const { time, seen } = clampTimes(event, now);
  return {
    uid: attributes["log.record.uid"] ?? digest(bytes),
    job: attributes["job.uid"] ?? null,
    kin: uidWithoutCreation(attributes) ?? null,
    name: event.name,
    time: micros(time ?? seen),
    trace: event.name.startsWith("job.run.") ? (event.span?.traceId ?? null) : null,
    record: bytes,
    received: micros(now),
  };
}

/** A log record that is no job event, as the store keeps it. */
export interface LogRow {
  readonly uid: string;
  readonly job: string | null;
  readonly trace: string | null;
  readonly time: number;
  readonly record: Uint8Array;
}

/** The largest log line that is kept, in bytes. */
const largestLog = 64 * 1024;

/** The row of a log record that may belong to a job; nothing where it says neither job nor trace, or is too large. */
export function logRowOf(received: Received): LogRow | undefined {
  const { attributes, span, time, observed } = received.record;
  const job = textIn(attributes, "job.uid") ?? null;
  const trace = span?.traceId ?? null;
  if (job === null && trace === null) return undefined;
  const record = encode(received);
  if (record.byteLength > largestLog) return undefined;
  return {
    uid: textIn(attributes, "log.record.uid") ?? digest(record),
    job,
    trace,
    time: micros(time ?? observed),
    record,
  };
}

/** A row's bytes read again. */
export function readAgain(bytes: Uint8Array): Received {
  const decoded = decodeLogs(bytes, "protobuf");
  const received = isRefusal(decoded) ? undefined : decoded.records[0];
  if (received === undefined) throw new Error(`a kept record of ${bytes.byteLength} bytes holds no log record`);
  return received;
}

/** The event of a kept record, its times clamped by when it was received; nothing where the names have changed since it was kept. */
export function eventOf(record: LogData, received: number): JobEvent | undefined {
  const event = fromRecord(record);
  return isRefusal(event) ? undefined : clampTimes(event, timeOfMicros(received));
}

/** Microseconds since the Unix epoch. */
export const micros = ([seconds, nanos]: HrTime): number =>
  Math.max(0, Math.min(Number.MAX_SAFE_INTEGER, seconds * 1e6 + Math.floor(nanos / 1e3)));

const timeOfMicros = (time: number): HrTime => [Math.floor(time / 1e6), (time % 1e6) * 1000];

/** Each record is kept with its resource, so that it stands alone; a resource of any size must not be kept many times. */
const encode = ({ record, resource, scope }: Received): Uint8Array =>
  encodeLogs([{ record, scope, resource: { attributes: fitting(resource.attributes) } }], "protobuf");

const mostResource = 64;
const longestResource = 1024;

const fitting = (attributes: Received["resource"]["attributes"]): Received["resource"]["attributes"] =>
  Object.fromEntries(
    Object.entries(attributes)
      .filter(([key, value]) => key.length <= 128 && typeof value !== "object")
      .slice(0, mostResource)
      .map(([key, value]) => [key, typeof value === "string" ? cut(value, longestResource) : value]),
  );

const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex").slice(0, 32);

function textIn(attributes: LogData["attributes"], key: string): string | undefined {
  const value = attributes[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}
