import { isRefusal, toRecord } from "@jobtrail/core/event";
import type { Refusal } from "@jobtrail/core/event";
import type { DecodedLogs, Received, Refused } from "@jobtrail/otlp";
import { schemas } from "@jobtrail/schemas";
import type { Schema } from "@jobtrail/schemas";
import type { HrTime } from "@opentelemetry/api";

/**
 * Reads the bodies that a sender has marked with a schema and not read itself: each becomes the records that the
 * schema reads from it. Every other record stays as it is, and so does a body that tells of no job.
 */
export function readForeign({ records, refused }: DecodedLogs, now: HrTime): DecodedLogs {
  const read: Received[] = [];
  const unread: Refused[] = [...refused];
  for (const each of records) {
    const schema = schemaOf(each);
    if (schema === undefined) read.push(each);
    else readBody(each, schema, now, { read, unread });
  }
  return { records: read, refused: unread };
}

/** The schema of a marked body. What Jobtrail itself has written in a schema has the name of its event. */
function schemaOf({ record: { eventName, body, attributes } }: Received): Schema<object> | undefined {
  const name = attributes["job.record.schema"];
  if (eventName !== undefined || body === undefined || typeof name !== "string") return undefined;
  return Object.hasOwn(schemas, name) ? schemas[name] : undefined;
}

interface Found {
  readonly read: Received[];
  readonly unread: Refused[];
}

function readBody(received: Received, schema: Schema<object>, now: HrTime, { read, unread }: Found): void {
  const { record, resource, scope } = received;
  const seen = record.observed[0] === 0 ? now : record.observed;
  const items = itemsOf(textOf(record.body), schema);
  if (isRefusal(items)) return void unread.push(asRefused(items, schema, record.body));
  for (const item of items) {
    const foreign = schema.parse(item);
    if (!isRefusal(foreign))
      read.push(...schema.read(foreign, seen).map((event) => ({ record: toRecord(event), resource, scope })));
    else if (schema.isOther(item)) read.push(received);
    else unread.push(asRefused(foreign, schema, record.body));
  }
}

type Items = Exclude<ReturnType<Schema<object>["list"]>, Refusal>;

/** The records of a body. Azure puts several into one message, as the list `records`. */
function itemsOf(text: string, schema: Schema<object>): Items | Refusal {
  const items = schema.list(text);
  if (isRefusal(items) || items.length !== 1) return items;
  const [only] = items;
  const rows = typeof only === "object" && only !== null && "records" in only ? only.records : undefined;
  return Array.isArray(rows) ? rows : items;
}

function textOf(body: unknown): string {
  if (typeof body === "string") return body;
  if (body instanceof Uint8Array) return new TextDecoder().decode(body);
  return JSON.stringify(body, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
}

/** A body that is not read may hold secrets that only its schema would know: it is not kept. */
const asRefused = (reason: Refusal, { name }: Schema<object>, body: unknown): Refused => ({
  reason: { ...reason, path: reason.path === "" ? "body" : `body.${reason.path}` },
  text: JSON.stringify({ "job.record.schema": name, characters: textOf(body).length }),
});
