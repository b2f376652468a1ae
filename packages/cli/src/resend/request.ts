import { isRefusal } from "@jobtrail/core/event";
import type { Refusal } from "@jobtrail/core/event";
import { decodeLogs, encodeLogs } from "@jobtrail/otlp";
import { z } from "zod";

/** An export request for logs in OTLP JSON. Fields that are not listed are kept unchanged. */
export interface LogsRequest {
  readonly resourceLogs: readonly { readonly scopeLogs?: readonly { readonly logRecords?: readonly Timed[] }[] }[];
}

/** Nanoseconds since 1970, which OTLP JSON writes as text. */
interface Timed {
  readonly timeUnixNano?: string | number;
  readonly observedTimeUnixNano?: string | number;
}

const nanos = z.union([z.string().regex(/^\d+$/), z.number()]).exactOptional();

const record = z.looseObject({ timeUnixNano: nanos, observedTimeUnixNano: nanos });

const scopeLogs = z.looseObject({ logRecords: z.array(record).exactOptional() });

const shape: z.ZodType<LogsRequest> = z.looseObject({
  resourceLogs: z.array(z.looseObject({ scopeLogs: z.array(scopeLogs).exactOptional() })),
});

/**
 * The requests in a line of the second sink; undefined stands for text that is no request. A Collector that was killed
 * while it wrote leaves a part of a request, or one without a line end, and writes on behind it. `{"resourceLogs":`
 * always begins a request: within one its quotes would be escaped.
 */
export function requestsOf(line: string): (LogsRequest | undefined)[] {
  const request = requestOf(line);
  return request !== undefined ? [request] : line.split(/(?=\{"resourceLogs":)/).map(requestOf);
}

function requestOf(line: string): LogsRequest | undefined {
  try {
    return shape.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/** How many records a request has. */
export const countOf = (request: LogsRequest): number =>
  request.resourceLogs
    .flatMap(({ scopeLogs = [] }) => scopeLogs)
    .reduce((sum, { logRecords = [] }) => sum + logRecords.length, 0);

/** Times in milliseconds since 1970: from the first on, before the second. */
export interface Range {
  readonly since?: number;
  readonly until?: number;
}

/** The records of a request that happened within a range; those without a time count from when they were seen. */
export const within = (request: LogsRequest, { since = -Infinity, until = Infinity }: Range): LogsRequest =>
  keep(request, ({ timeUnixNano = 0, observedTimeUnixNano = 0 }) => {
    const ms = (Number(timeUnixNano) || Number(observedTimeUnixNano)) / 1e6;
    return ms >= since && ms < until;
  });

/** Two requests as one. */
export const joined = (one: LogsRequest, other: LogsRequest): LogsRequest => ({
  ...one,
  resourceLogs: [...one.resourceLogs, ...other.resourceLogs],
});

function keep(request: LogsRequest, holds: (each: Timed) => boolean): LogsRequest {
  const resourceLogs = request.resourceLogs.map((group) => ({
    ...group,
    scopeLogs: (group.scopeLogs ?? [])
      .map((scope) => ({ ...scope, logRecords: (scope.logRecords ?? []).filter(holds) }))
      .filter(({ logRecords }) => logRecords.length > 0),
  }));
  return { ...request, resourceLogs: resourceLogs.filter(({ scopeLogs }) => scopeLogs.length > 0) };
}

/** A request in protobuf, and the records that could not be read. */
export interface Encoded {
  readonly body: Uint8Array;
  readonly items: number;
  readonly refused: readonly { readonly text: string; readonly reason: string }[];
}

/** A request in protobuf. */
export function protobufOf(request: LogsRequest): Encoded {
  const text = JSON.stringify(request);
  const decoded = decodeLogs(Buffer.from(text), "json");
  if (isRefusal(decoded)) return { body: new Uint8Array(), items: 0, refused: [{ text, reason: reasonOf(decoded) }] };
  return {
    body: encodeLogs(decoded.records, "protobuf"),
    items: decoded.records.length,
    refused: decoded.refused.map((each) => ({ text: each.text, reason: reasonOf(each.reason) })),
  };
}

/** A request in protobuf as JSON text. */
export function jsonOf(body: Uint8Array): string {
  const decoded = decodeLogs(body, "protobuf");
  return isRefusal(decoded) ? "" : Buffer.from(encodeLogs(decoded.records, "json")).toString();
}

const reasonOf = ({ path, expected, found }: Refusal): string =>
  `a record cannot be read: ${path} is ${found}; expected ${expected}`;
