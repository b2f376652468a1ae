import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { isRefusal } from "@jobtrail/core/event";
import type { LogData, Refusal } from "@jobtrail/core/event";
import { isSpanContextValid } from "@opentelemetry/api";
import type { HrTime, SpanContext } from "@opentelemetry/api";
import { readBody, resource, resourceOf, scope, scopeOf, writeBody } from "./envelope.ts";
import type { Encoding, InstrumentationScope, Resource, WireResource, WireScope } from "./envelope.ts";
import { excerpt } from "./excerpt.ts";
import { attributes, many, one } from "./field.ts";
import type { Attributes } from "./field.ts";
import { flags, id, oneOf, text, time } from "./kind.ts";
import type { Kind } from "./kind.ts";
import { newLimits, spend } from "./limits.ts";
import type { Limits } from "./limits.ts";
import { message } from "./message.ts";
import type { Message } from "./message.ts";
import { endOf } from "./protobuf.ts";
import { refusalOf, Unreadable } from "./unreadable.ts";
import { anyValue } from "./value.ts";

/** A log record as it arrived: with who sent it and the library that made it. */
export interface Received {
  readonly record: LogData;
  readonly resource: Resource;
  readonly scope: InstrumentationScope;
  /** The record's own protobuf, where `decodeLogs` was asked for it: as it was sent, also what no reader knows. */
  readonly bytes?: Uint8Array;
}

/** A log record that cannot be read, and why. */
export interface Refused {
  readonly reason: Refusal;
  /** What could be read of it, as JSON text: cut, secrets replaced. */
  readonly text: string;
}

/** The log records of a request: those that can be read, and those that cannot. */
export interface DecodedLogs {
  readonly records: readonly Received[];
  readonly refused: readonly Refused[];
}

/**
 * Reads an export request for logs, record by record: one that cannot be read leaves the others as they are.
 * A record that does not say when it was observed has its own time there, or `[0, 0]`.
 * @param withBytes whether each record comes with its own protobuf, a view of the body; one that was sent as JSON is encoded.
 * @returns a refusal where the body as a whole cannot be read. Never throws.
 */
export function decodeLogs(body: Uint8Array, encoding: Encoding, withBytes = false): DecodedLogs | Refusal {
  const request = readBody(body, encoding, logsRequest);
  if (isRefusal(request)) return request;
  const decoded = { records: [] as Received[], refused: [] as Refused[] };
  for (const group of request.resourceLogs ?? []) {
    const from = resourceOf(group.resource);
    for (const part of group.scopeLogs ?? []) sort(part, from, decoded, withBytes);
  }
  return decoded;
}

/** Writes an export request for logs. Records in a row that share a resource object and a scope share a group. */
export function encodeLogs(records: readonly Received[], encoding: Encoding): Uint8Array {
  const resourceLogs: WireResourceLogs[] = [];
  let before: Received | undefined;
  for (const each of records) {
    const sameResource = before?.resource === each.resource;
    if (!sameResource) resourceLogs.push({ resource: { attributes: held(each.resource.attributes) }, scopeLogs: [] });
    const groups = resourceLogs.at(-1)?.scopeLogs ?? [];
    if (!sameResource || !sameScope(before?.scope, each.scope))
      groups.push({ scope: { ...each.scope }, logRecords: [] });
    groups.at(-1)?.logRecords?.push({ wire: wireOf(each.record) });
    before = each;
  }
  return writeBody({ resourceLogs }, encoding, logsRequest);
}

/** The protobuf of one log record: what `decodeRecord` reads. */
export function encodeRecord(record: LogData): Uint8Array {
  const writer = new BinaryWriter();
  logRecord.writeFields(writer, wireOf(record));
  return writer.finish();
}

/** Reads the protobuf of one log record; a refusal where it is none. Never throws. */
export function decodeRecord(bytes: Uint8Array): LogData | Refusal {
  try {
    const wire: WireRecord = {};
    const { fill } = logRecord;
    fill(wire, new BinaryReader(bytes), bytes.length, newLimits());
    return recordOf(wire);
  } catch (error) {
    return refusalOf(error);
  }
}

function sort(
  { scope: wireScope, logRecords = [] }: WireScopeLogs,
  from: Resource,
  { records, refused }: { readonly records: Received[]; readonly refused: Refused[] },
  withBytes: boolean,
): void {
  const by = scopeOf(wireScope);
  for (const { wire, fault, bytes } of logRecords) {
    const record = recordOf(wire);
    if (fault === undefined)
      records.push({
        record,
        resource: from,
        scope: by,
        ...(withBytes && { bytes: bytes ?? encodeRecord(record) }),
      });
    else refused.push({ reason: fault, text: excerpt({ ...record, resource: from.attributes }) });
  }
}

interface WireRecord {
  timeUnixNano?: HrTime;
  observedTimeUnixNano?: HrTime;
  severityNumber?: number;
  body?: unknown;
  attributes?: Attributes;
  flags?: number;
  traceId?: string;
  spanId?: string;
  eventName?: string;
}

/** A record on the wire, or what could be read of it and why no more. */
interface Line {
  readonly wire: WireRecord;
  readonly fault?: Refusal;
  /** As it stands in a protobuf body. */
  readonly bytes?: Uint8Array;
}

interface WireScopeLogs {
  scope?: WireScope;
  logRecords?: Line[];
}

interface WireResourceLogs {
  resource?: WireResource;
  scopeLogs?: WireScopeLogs[];
}

interface WireLogs {
  resourceLogs?: WireResourceLogs[];
}

const severities = [
  "SEVERITY_NUMBER_UNSPECIFIED",
  ...["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"].flatMap((level) =>
    ["", "2", "3", "4"].map((step) => `SEVERITY_NUMBER_${level}${step}`),
  ),
];

const outlineFields = {
  timeUnixNano: one(1, time),
  observedTimeUnixNano: one(11, time),
  severityNumber: one(2, oneOf(severities)),
  flags: one(8, flags),
  traceId: one(9, id),
  spanId: one(10, id),
  eventName: one(12, text),
};

/** What is still looked for in a record that cannot be read. */
const outline = message<Omit<WireRecord, "body" | "attributes">>(outlineFields);

const logRecord = message<WireRecord>({ ...outlineFields, body: one(5, anyValue), attributes: attributes(6) });

const line: Kind<Line> = {
  wire: WireType.LengthDelimited,
  read(reader, limits) {
    const before = reader.pos;
    const end = endOf(reader);
    const start = reader.pos;
    const found = tried(limits, (wire, table) => {
      reader.pos = start;
      table.fill(wire, reader, end, limits);
    });
    reader.pos = before;
    return { ...found, bytes: reader.bytes() };
  },
  fromJson: (json, limits) => tried(limits, (wire, table) => table.fillFromJson(wire, json, limits)),
  write: (writer, { wire }) => logRecord.write(writer, wire),
  toJson: ({ wire }) => logRecord.toJson(wire),
};

const scopeLogs = message<WireScopeLogs>({ scope: one(1, scope), logRecords: many(2, line) });
const resourceLogs = message<WireResourceLogs>({ resource: one(1, resource), scopeLogs: many(2, scopeLogs) });
const logsRequest = message<WireLogs>({ resourceLogs: many(1, resourceLogs) });

function tried(limits: Limits, fill: (wire: WireRecord, table: Message<WireRecord>) => void): Line {
  spend(limits);
  const wire: WireRecord = {};
  const fault = faultIn(() => fill(wire, logRecord));
  if (fault === undefined) return { wire };
  faultIn(() => fill(wire, outline));
  return { wire, fault };
}

function faultIn(fill: () => void): Refusal | undefined {
  try {
    fill();
    return undefined;
  } catch (error) {
    if (error instanceof Unreadable && error.whole) throw error;
    return refusalOf(error);
  }
}

function recordOf(wire: WireRecord): LogData {
  const happened = known(wire.timeUnixNano);
  const span = spanOf(wire);
  const { eventName, attributes } = named(wire);
  return {
    ...(eventName !== "" && { eventName }),
    ...(happened !== undefined && { time: happened }),
    observed: known(wire.observedTimeUnixNano) ?? happened ?? [0, 0],
    severity: wire.severityNumber ?? 0,
    ...(wire.body !== undefined && wire.body !== null && { body: wire.body }),
    attributes,
    ...(span !== undefined && { span }),
  };
}

/** An event's name, which stood in an attribute before OTLP 1.5. */
function named(wire: WireRecord): Required<Pick<LogData, "eventName" | "attributes">> {
  const attributes = wire.attributes?.values ?? {};
  const { "event.name": older, ...rest } = attributes;
  const eventName = wire.eventName || (typeof older === "string" ? older : "");
  return { eventName, attributes: eventName === older ? rest : attributes };
}

function wireOf({ eventName, time: happened, observed, severity, body, attributes: all, span }: LogData): WireRecord {
  return {
    ...(happened !== undefined && { timeUnixNano: happened }),
    observedTimeUnixNano: observed,
    ...(severity !== 0 && { severityNumber: severity }),
    ...(body !== undefined && { body }),
    attributes: held(all),
    ...(span !== undefined &&
      isSpanContextValid(span) && { flags: span.traceFlags, traceId: span.traceId, spanId: span.spanId }),
    ...(eventName !== undefined && { eventName }),
  };
}

function spanOf({ traceId = "", spanId = "", flags: all = 0 }: WireRecord): SpanContext | undefined {
  const span = { traceId, spanId, traceFlags: all & 0xff };
  return isSpanContextValid(span) ? span : undefined;
}

const known = (at: HrTime | undefined): HrTime | undefined => (at?.[0] === 0 && at[1] === 0 ? undefined : at);

const held = (values: Readonly<Record<string, unknown>>): Attributes => ({ entries: 0, values });

const sameScope = (a: InstrumentationScope | undefined, b: InstrumentationScope): boolean =>
  a?.name === b.name && a.version === b.version;
