import { createHash } from "node:crypto";
import { cut, fromRecord, isRefusal, jobUid, toRecord } from "@jobtrail/core/event";
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
}

/** The row of a job event, or why it is none. What is kept is cut to the limits that every record obeys. */
export function recordRowOf(received: Received): RecordRow | Refusal {
  const event = fromRecord(received.record);
  return isRefusal(event) ? event : rowOfEvent(event, received);
}

/** The row of an event, with the resource and scope that it came from. */
export function rowOfEvent(event: JobEvent, from: Omit<Received, "record">): RecordRow {
  const { attributes } = event;
  const job = attributes["job.uid"] ?? null;
  const id = attributes["job.id"];
  const record = toRecord(event);
  const bytes = encode({ ...from, record });
  return {
    uid: attributes["log.record.uid"] ?? digest(bytes),
    job,
    kin: id === undefined ? null : kinOf(attributes["job.system.name"], attributes, id),
    name: event.name,
    time: micros(event.time ?? event.seen),
    trace: event.name.startsWith("job.run.") ? (event.span?.traceId ?? null) : null,
    record: bytes,
  };
}

/** Stands for system, namespace, queue and id: the uid of a job whose system never uses an id again. */
const kinOf = (system: string | undefined, attributes: JobEvent["attributes"], id: string): string =>
  jobUid({ system: system ?? "", namespace: attributes["job.namespace"], queue: attributes["job.queue.name"], id });

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

/** The event of a kept record; nothing where the names have changed since it was kept. */
export function eventOf(record: LogData): JobEvent | undefined {
  const event = fromRecord(record);
  return isRefusal(event) ? undefined : event;
}

/** Microseconds since the Unix epoch. */
export const micros = ([seconds, nanos]: HrTime): number =>
  Math.min(Number.MAX_SAFE_INTEGER, seconds * 1e6 + Math.floor(nanos / 1e3));

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
