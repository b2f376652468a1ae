import { isRefusal, refuse } from "@jobtrail/core/event";
import type { Refusal } from "@jobtrail/core/event";
import type { HrTime } from "@opentelemetry/api";
import { answerError } from "@jobtrail/schemas";
import type { Json, Reading, Schema } from "@jobtrail/schemas";
import { carriedBy, mayCarryText, pathOfRecord } from "./carrier.ts";
import { redactedRecord } from "./redact.ts";
import type { Segment } from "./segment.ts";
import { other, rejected } from "./reader.ts";
import type { Item, Reader } from "./reader.ts";
import { typed } from "./table.ts";

/** A record as its schema reads it, or why it does not; the value is absent where there is no JSON. */
export interface Found<R> {
  readonly record: R | Refusal;
  readonly value?: Json;
}

/** Finds the records of a schema in a segment of an input, also where something carries them. */
export function recordsIn<R extends object>(segment: Segment, schema: Schema<R>, how: Reading): readonly Found<R>[] {
  const { text, row } = segment;
  if (row !== undefined) return [rowIn(text, row, schema, how)];
  const carries = mayCarryText(text);
  if (!carries && !mayList.test(text)) return foundIn(text, schema, how, carries);
  const listed = schema.list(text, how);
  if (isRefusal(listed)) return [{ record: listed }];
  return listed.flatMap((each) => foundIn(isPlainText(each) ? [each] : each, schema, how, carries));
}

/** An item of a list is a value already; one that is a text may be JSON text. */
const isPlainText = (value: Json): boolean => typeof value === "string" && !/^\s*["[{]/.test(value);

// Neither a list nor an answer that holds one, nor the text of a page, begins or goes on otherwise.
const mayList = /^[^{]|"(?:data|object)"\s*:\s*\[/;

/** The cells of a row are texts, or what they say as JSON. What is said of a row that is neither is what was wrong with the texts. */
function rowIn<R extends object>(
  text: string,
  row: Readonly<Record<string, string>>,
  schema: Schema<R>,
  how: Reading,
): Found<R> {
  const [asText] = foundIn(text, schema, how, false);
  if (asText !== undefined && !isRefusal(asText.record)) return asText;
  const [asTyped] = foundIn(typed(row, schema), schema, how, false);
  return asTyped !== undefined && !isRefusal(asTyped.record) ? asTyped : (asText ?? { record: noRecord });
}

const noRecord = refuse("record", "a record", undefined);

function foundIn<R extends object>(
  input: Json,
  schema: Schema<R>,
  how: Reading,
  carries: boolean,
): readonly Found<R>[] {
  const one = (value: Json): Found<R> => ({
    record: schema.parse(typeof value === "string" ? [value] : value, how),
    value,
  });
  const accepts = (value: Json): boolean => schema.isOther(value) || isOfJob(one(value).record, schema);
  // A text that carries a record may be read as a record of its own: a message with an id in it.
  const first = carries ? carried(input) : undefined;
  if (first !== undefined) return first;
  const record = typeof input === "string" ? schema.parse(input, how) : one(input).record;
  if (!isRefusal(record)) return [{ record, value: asJson(record) }];
  const value = valueOf(input, schema, how);
  if (value !== undefined && schema.isOther(value)) return [{ record, value }];
  const path = carried(value) ?? pathOfRecord(value, accepts);
  if (typeof path === "object") return path;
  return [
    { record: path === undefined ? record : seenAt(record, schema.name, path), ...(value !== undefined && { value }) },
  ];

  function carried(from: Json | undefined): readonly Found<R>[] | undefined {
    return carriedBy(from, accepts)?.map(one);
  }
}

const seenAt = (refusal: Refusal, name: string, path: string): Refusal => ({
  ...refusal,
  found: `${refusal.found}; a record of ${name} stands at ${path}`,
});

/** Whether a record belongs to a job: an answer that is an error does not. */
const isOfJob = <R extends object>(record: R | Refusal, schema: Schema<R>): boolean =>
  !isRefusal(record) && schema.read(record, [0, 0]).some(({ attributes }) => attributes["job.uid"] !== undefined);

/** A text as the value in it. */
function valueOf<R>(input: Json, schema: Schema<R>, how: Reading): Json | undefined {
  if (typeof input !== "string") return input;
  const listed = schema.list(input, how);
  return isRefusal(listed) ? undefined : listed[0];
}

/** Reads records of a documented schema. */
export function recordReader<R extends object>(schema: Schema<R>, how: Reading, seen: HrTime): Reader {
  const itemOf = ({ record, value }: Found<R>): Item => {
    if (value !== undefined && schema.isOther(value)) return other;
    if (isRefusal(record)) return rejected(record, redactedRecord(value, schema));
    const events = schema.read(record, seen);
    // A schema that documents answers that are errors reads them as a gap: what was asked for was not learned.
    const error = events.find(({ name }) => name === "job.log.gap")?.error;
    return error === undefined
      ? { kind: "events", events }
      : { kind: "error", text: answerError(asJson(record)) ?? error.message ?? error.type, events };
  };
  return {
    name: schema.name,
    read(segment) {
      if (segment.fault !== undefined) return [rejected(segment.fault)];
      if (segment.bare !== undefined) return afterList(segment, segment.bare, schema, how);
      return recordsIn(segment, schema, how).map(itemOf);
    },
  };
}

const asJson = (record: object): Json => record as Json;

/** What an answer says after a list that was too long to be kept would have been a part of each record. */
function afterList<R>({ text }: Segment, bare: string, schema: Schema<R>, how: Reading): readonly Item[] {
  const isSame = JSON.stringify(schema.list(text, how)) === JSON.stringify(schema.list(bare, how));
  if (isSame) return [];
  const reason = refuse("record", "a long list to be the last thing that an answer says", undefined);
  return [rejected({ ...reason, found: "fields after it, which its records lack now" })];
}
