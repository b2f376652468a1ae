import { fromIso, fromRecord, isEventName, isRefusal, isTime, refuse } from "@jobtrail/core/event";
import type { JobEvent, Refusal } from "@jobtrail/core/event";
import { decodeLogs } from "@jobtrail/otlp";
import { parseJson } from "@jobtrail/schemas";
import type { HrTime, SpanContext } from "@opentelemetry/api";
import { z } from "zod";
import { other, rejected } from "./reader.ts";
import type { Item, Reader } from "./reader.ts";
import { typed } from "./table.ts";
import type { Tables } from "./table.ts";

const time = z.union([
  z.tuple([z.int(), z.int()]).refine(isTime, "a time that can be sent"),
  z.string().transform((text, context): HrTime => {
    const read = fromIso(text);
    if (read === undefined) context.addIssue({ code: "custom", message: "an ISO 8601 time with a zone" });
    return read ?? [0, 0];
  }),
]);

const id = (digits: number): z.ZodString => z.string().regex(new RegExp(`^[\\da-f]{${digits}}$`));

const values = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]));

/** A job event as `--to events` writes it, or as the job log's answers show it: there traces stand by themselves. */
const eventShape = z.object({
  name: z.string().exactOptional(),
  time: time.exactOptional(),
  seen: time,
  attributes: values,
  own: values.exactOptional(),
  error: z
    .object({ type: z.string(), message: z.string().exactOptional(), stack: z.string().exactOptional() })
    .exactOptional(),
  original: z.string().exactOptional(),
  span: z
    .union([id(16), z.object({ traceId: id(32), spanId: id(16), traceFlags: z.int().min(0).max(255) })])
    .exactOptional(),
  trace: id(32).exactOptional(),
});

const listShape = z.object({ events: z.array(z.unknown()) });

/** The event that a JSON value is, or why it is none. */
export function eventIn(value: unknown): JobEvent | Refusal {
  const read = eventShape.safeParse(value);
  if (!read.success) return refusalOf(read.error.issues[0]?.path ?? [], value);
  const { name, time: happened, seen, attributes, own } = read.data;
  const span = spanIn(read.data);
  return fromRecord({
    ...(name !== undefined && { eventName: name }),
    ...(happened !== undefined && { time: happened }),
    observed: seen,
    severity: 0,
    attributes: { ...own, ...attributes, ...textsIn(read.data) },
    ...(span !== undefined && { span }),
  });
}

type Read = z.output<typeof eventShape>;

const expectations: Readonly<Record<string, string>> = {
  name: "a text",
  time: "a time as [seconds, nanoseconds] or as text with a zone",
  seen: "a time as [seconds, nanoseconds] or as text with a zone",
  attributes: "attributes by their names: texts, numbers, true, false or lists of texts",
  own: "attributes by their names: texts, numbers, true, false or lists of texts",
  error: "an object with a type, which may have a message and a stack",
  original: "a text",
  span: "a span's id, or an object with traceId, spanId and traceFlags",
  trace: "a trace's id",
};

/** The refusal names the type of what was found and not its value, which may be a secret. */
function refusalOf(path: readonly PropertyKey[], value: unknown): Refusal {
  const [field] = path;
  const found = path.reduce<unknown>(memberOf, value);
  return {
    ...refuse(path.join(".") || "event", expectations[String(field)] ?? "a job event as an object", undefined),
    found:
      found === undefined
        ? "nothing"
        : found === null
          ? "null"
          : Array.isArray(found)
            ? "a list"
            : `a value of type ${typeof found}`,
  };
}

const memberOf = (value: unknown, key: PropertyKey): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? (value as Record<PropertyKey, unknown>)[key]
    : undefined;

/** What an event has fields for, and a record attributes. */
const textsIn = ({ error, original }: Read): Record<string, string> => ({
  ...(error !== undefined && { "error.type": error.type }),
  ...(error?.message !== undefined && { "exception.message": error.message }),
  ...(error?.stack !== undefined && { "exception.stacktrace": error.stack }),
  ...(original !== undefined && { "log.record.original": original }),
});

function spanIn({ span, trace }: Read): SpanContext | undefined {
  if (typeof span === "object") return span;
  return span === undefined || trace === undefined ? undefined : { traceId: trace, spanId: span, traceFlags: 1 };
}

const itemOf = (event: JobEvent | Refusal): Item =>
  isRefusal(event) ? rejected(event) : { kind: "events", events: [event] };

/** Reads job events as JSON. */
export const eventReader: Reader = {
  name: "events",
  read({ text, fault, bare, row }) {
    if (fault !== undefined) return [rejected(fault)];
    if (bare !== undefined) return [];
    const parsed = parseJson(row === undefined ? text : typed(row, eventTable));
    if (isRefusal(parsed)) return [rejected(parsed)];
    const value = parsed.plain;
    const list = listShape.safeParse(value);
    return (list.success ? list.data.events : [value]).map((each) => itemOf(eventIn(each)));
  },
};

/** Which cells of a table of events are texts whatever stands in them. */
const eventTable: Tables = {
  forms: [{ fields: ["name", "original", "trace"].map((name) => ({ name, type: "text" })) }],
};

/** Reads OTLP as JSON: requests of logs, one after another, as the Collector writes them to a file. */
export const otlpReader: Reader = {
  name: "otlp",
  read({ text, fault, bare }) {
    if (fault !== undefined) return [rejected(fault)];
    if (bare !== undefined || /^\s*\{\s*"resource(?:Spans|Metrics)"/.test(text))
      return bare === undefined ? [other] : [];
    if (!text.includes('"resourceLogs"')) return [rejected(refuse("resourceLogs", "a list", undefined))];
    const decoded = decodeLogs(Buffer.from(text), "json");
    if (isRefusal(decoded)) return [rejected(decoded)];
    return [
      ...decoded.records.map(({ record, ...origin }): Item => {
        if (!isEventName(record.eventName)) return other;
        const item = itemOf(fromRecord(record));
        return item.kind === "events" ? { ...item, origin } : item;
      }),
      ...decoded.refused.map(({ reason, text: record }) => rejected(reason, record)),
    ];
  },
};
