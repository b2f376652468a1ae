/** The signals, which are sent separately. */
export type Signal = "traces" | "logs" | "metrics";

/** How a field of protobuf is printed: a message by its own fields, or a kind of value. */
type Kind = "text" | "bytes" | "hex" | "int" | "long" | "bool" | "double" | "fixed32" | "fixed64" | "sfixed64" | Fields;

interface Field {
  readonly name: string;
  readonly kind: Kind;
  readonly repeated?: true;
}

interface Fields {
  readonly [number: number]: Field;
}

const one = (name: string, kind: Kind): Field => ({ name, kind });
const many = (name: string, kind: Kind): Field => ({ name, kind, repeated: true });

const keyValue: Record<number, Field> = { 1: one("key", "text") };
const anyValue: Record<number, Field> = {
  1: one("stringValue", "text"),
  2: one("boolValue", "bool"),
  3: one("intValue", "long"),
  4: one("doubleValue", "double"),
  7: one("bytesValue", "bytes"),
};
anyValue[5] = one("arrayValue", { 1: many("values", anyValue) });
anyValue[6] = one("kvlistValue", { 1: many("values", keyValue) });
keyValue[2] = one("value", anyValue);

const dropped = one("droppedAttributesCount", "int");
const scope = { 1: one("name", "text"), 2: one("version", "text") };
const resource = { 1: many("attributes", keyValue), 2: dropped };

/** A request of a signal: resources, in them scopes, in them items. */
const request = (outer: string, inner: string, items: string, item: Fields): Fields => ({
  1: many(outer, {
    1: one("resource", resource),
    2: many(inner, { 1: one("scope", scope), 2: many(items, item), 3: one("schemaUrl", "text") }),
    3: one("schemaUrl", "text"),
  }),
});

const logRecord: Fields = {
  1: one("timeUnixNano", "fixed64"),
  2: one("severityNumber", "int"),
  3: one("severityText", "text"),
  5: one("body", anyValue),
  6: many("attributes", keyValue),
  7: dropped,
  8: one("flags", "fixed32"),
  9: one("traceId", "hex"),
  10: one("spanId", "hex"),
  11: one("observedTimeUnixNano", "fixed64"),
  12: one("eventName", "text"),
};

const spanEvent = {
  1: one("timeUnixNano", "fixed64"),
  2: one("name", "text"),
  3: many("attributes", keyValue),
  4: dropped,
};

const spanLink = {
  1: one("traceId", "hex"),
  2: one("spanId", "hex"),
  3: one("traceState", "text"),
  4: many("attributes", keyValue),
  5: dropped,
  6: one("flags", "fixed32"),
};

const span: Fields = {
  1: one("traceId", "hex"),
  2: one("spanId", "hex"),
  3: one("traceState", "text"),
  4: one("parentSpanId", "hex"),
  5: one("name", "text"),
  6: one("kind", "int"),
  7: one("startTimeUnixNano", "fixed64"),
  8: one("endTimeUnixNano", "fixed64"),
  9: many("attributes", keyValue),
  10: dropped,
  11: many("events", spanEvent),
  12: one("droppedEventsCount", "int"),
  13: many("links", spanLink),
  14: one("droppedLinksCount", "int"),
  15: one("status", { 2: one("message", "text"), 3: one("code", "int") }),
  16: one("flags", "fixed32"),
};

const times = { 2: one("startTimeUnixNano", "fixed64"), 3: one("timeUnixNano", "fixed64") };
const numberPoint = {
  ...times,
  4: one("asDouble", "double"),
  6: one("asInt", "sfixed64"),
  7: many("attributes", keyValue),
};
const histogramPoint = {
  ...times,
  4: one("count", "fixed64"),
  5: one("sum", "double"),
  6: many("bucketCounts", "fixed64"),
  7: many("explicitBounds", "double"),
  9: many("attributes", keyValue),
  11: one("min", "double"),
  12: one("max", "double"),
};
const temporality = one("aggregationTemporality", "int");

const metric: Fields = {
  1: one("name", "text"),
  2: one("description", "text"),
  3: one("unit", "text"),
  5: one("gauge", { 1: many("dataPoints", numberPoint) }),
  7: one("sum", { 1: many("dataPoints", numberPoint), 2: temporality, 3: one("isMonotonic", "bool") }),
  9: one("histogram", { 1: many("dataPoints", histogramPoint), 2: temporality }),
};

const requests: Readonly<Record<Signal, Fields>> = {
  traces: request("resourceSpans", "scopeSpans", "spans", span),
  logs: request("resourceLogs", "scopeLogs", "logRecords", logRecord),
  metrics: request("resourceMetrics", "scopeMetrics", "metrics", metric),
};

/** A request of ours, in JSON instead of protobuf. */
export function inJson(signal: Signal, body: Uint8Array): Uint8Array {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  return Buffer.from(JSON.stringify(messageIn(bytes, 0, bytes.length, requests[signal])));
}

interface Place {
  readonly bytes: Buffer;
  at: number;
}

function messageIn(bytes: Buffer, from: number, to: number, fields: Fields): Record<string, unknown> {
  const message: Record<string, unknown> = {};
  const place: Place = { bytes, at: from };
  while (place.at < to) {
    const tag = varint(place);
    const field = fields[Math.floor(tag / 8)];
    if (field === undefined) throw new Error(`jobtrail: a request has the unknown field ${Math.floor(tag / 8)}.`);
    const { name, kind, repeated } = field;
    if (repeated !== true) message[name] = valueOf(place, kind);
    else
      ((message[name] ??= []) as unknown[]).push(
        ...(typeof kind === "string" ? packed(place, kind) : [valueOf(place, kind)]),
      );
  }
  return message;
}

function packed(place: Place, kind: Kind): unknown[] {
  const end = varint(place) + place.at;
  const values: unknown[] = [];
  while (place.at < end) values.push(valueOf(place, kind));
  return values;
}

function valueOf(place: Place, kind: Kind): unknown {
  const { bytes } = place;
  if (typeof kind === "object") return part(place, (from, to) => messageIn(bytes, from, to, kind));
  switch (kind) {
    case "text":
      return part(place, (from, to) => bytes.toString("utf8", from, to));
    case "hex":
      return part(place, (from, to) => bytes.toString("hex", from, to));
    case "bytes":
      return part(place, (from, to) => bytes.toString("base64", from, to));
    case "bool":
      return varint(place) === 1;
    case "int":
      return varint(place);
    case "long":
      return String(long(place));
    case "double":
      return number(bytes.readDoubleLE(skip(place, 8)));
    case "fixed32":
      return bytes.readUInt32LE(skip(place, 4));
    case "fixed64":
      return String(bytes.readBigUInt64LE(skip(place, 8)));
    case "sfixed64":
      return String(bytes.readBigInt64LE(skip(place, 8)));
  }
}

/** JSON has no word for these numbers. */
const number = (value: number): number | string =>
  Number.isFinite(value) ? value : Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";

function part<T>(place: Place, read: (from: number, to: number) => T): T {
  const length = varint(place);
  const from = skip(place, length);
  return read(from, from + length);
}

function skip(place: Place, bytes: number): number {
  const from = place.at;
  place.at += bytes;
  return from;
}

function varint(place: Place): number {
  return Number(long(place));
}

function long(place: Place): bigint {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = place.bytes[skip(place, 1)] ?? 0;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asIntN(64, value);
  }
}
