import { isEventName, isRefusal, refuse } from "@jobtrail/core/event";
import type { Refusal } from "@jobtrail/core/event";
import { answerError, parseJson, schemas } from "@jobtrail/schemas";
import type { Reading, Schema } from "@jobtrail/schemas";
import type { HrTime } from "@opentelemetry/api";
import { eventReader, otlpReader } from "./event.ts";
import type { Segment } from "./segment.ts";
import { rejected } from "./reader.ts";
import type { Item, Reader } from "./reader.ts";
import { recordReader, recordsIn } from "./record.ts";
import { columnsOf } from "./table.ts";

/** How many records an input is recognised by, and after how many that cannot be read none is looked for any more. */
const enough = 20;
const tooMany = 1000;

/** Whether an input can be recognised by its first segments, if it ever can. */
export const isEnough = (segments: readonly Segment[]): boolean =>
  segments.length >= tooMany || segments.filter(isReadable).length >= enough;

const isReadable = ({ fault, bare }: Segment): boolean => fault === undefined && bare === undefined;

/** The reader of an input by its first records, or in one sentence why there is none. */
export function recognised(segments: readonly Segment[], how: Reading, seen: HrTime): Reader | string {
  const some = segments.filter(isReadable).slice(0, enough);
  const [first] = segments;
  if (some.length === 0)
    return `line ${first?.line ?? 1} holds ${first?.fault?.found ?? "nothing"}; expected ${first?.fault?.expected ?? "a record"}`;
  const named = some.map(({ text }) => namedIn(text)).find((reader) => reader !== undefined);
  if (named !== undefined) return named;
  return some.every((segment) => errorIn(segment) !== undefined) ? errorReader : likest(some, how, seen);
}

/** The reader of the schema that records are most like. */
function likest(some: readonly Segment[], how: Reading, seen: HrTime): Reader | string {
  const tried = Object.values(schemas).map((schema) => tryOn(schema, some, how));
  const [best, next] = tried.toSorted((a, b) => b.score - a.score);
  if (best === undefined || best.score <= 0)
    return commonReason(tried) ?? `no schema reads it: ${tried.map(reasonOf).join("; ")}`;
  if (next !== undefined && next.score === best.score)
    return `its records may be of ${best.schema.name} and of ${next.schema.name}`;
  return recordReader(best.schema, how, seen);
}

/** Events and OTLP say themselves what they are. */
function namedIn(text: string): Reader | undefined {
  if (/^\{\s*"resource(?:Logs|Spans|Metrics)"\s*:/.test(text)) return otlpReader;
  if (!text.includes('"seen"') || !text.includes('"attributes"')) return undefined;
  const names = [...text.matchAll(/"name"\s*:\s*"(job\.[a-z_.]+)"/g)];
  return names.some(([, name]) => isEventName(name)) ? eventReader : undefined;
}

interface Tried {
  readonly schema: Schema<object>;
  /** How many fields the schema documents, less those that it does not. */
  readonly score: number;
  /** Why the first record that is not of the schema is none. */
  readonly refusal?: Refusal;
}

/** What is no JSON is so for every schema. */
function commonReason(tried: readonly Tried[]): string | undefined {
  const reasons = new Set(
    tried.map(({ refusal: { path, expected, found } = noRefusal }) => `${path} is ${found}; expected ${expected}`),
  );
  return reasons.size === 1 && tried[0]?.refusal !== undefined ? [...reasons][0] : undefined;
}

const noRefusal = refuse("record", "a record", undefined);

const reasonOf = ({ schema, refusal }: Tried): string =>
  `${schema.name} ${refusal === undefined ? "documents few of its fields" : `wants ${refusal.expected} at ${refusal.path}, found ${refusal.found}`}`;

function tryOn(schema: Schema<object>, segments: readonly Segment[], how: Reading): Tried {
  let score = 0;
  let refusal: Refusal | undefined;
  for (const { record, value } of segments.flatMap((segment) => recordsIn(segment, schema, how))) {
    if (value !== undefined && schema.isOther(value)) score += 1;
    else if (isRefusal(record)) refusal ??= record;
    else score += likeness(record, schema) - (isOdd(record, schema) ? 1 : 0);
  }
  return { schema, score, ...(refusal !== undefined && { refusal }) };
}

/** Whether a schema finds something in a record that its document does not list, such as another schema's status. */
const isOdd = (record: object, schema: Schema<object>): boolean =>
  schema.read(record, [0, 0]).some(({ attributes }) => attributes["job.record.anomaly"] !== undefined);

/** Reads answers that are errors, where there is nothing else. */
export const errorReader: Reader = {
  name: "errors",
  read: ({ fault }) => [rejected(fault ?? refuse("record", "a record", undefined))],
};

/** What a reader finds in a segment; what it cannot read may be an answer that is an error. */
export function itemsIn(segment: Segment, reader: Reader): readonly Item[] {
  const items = reader.read(segment);
  if (!items.some(({ kind }) => kind === "rejected")) return items;
  const text = errorIn(segment);
  return text === undefined ? items : [{ kind: "error", text, events: [] }];
}

function errorIn({ text, row, fault }: Segment): string | undefined {
  if (row !== undefined || fault !== undefined) return undefined;
  const parsed = parseJson(text);
  return isRefusal(parsed) ? undefined : answerError(parsed.value);
}

/** The fields of a record that one form of a schema documents, less those that it does not, by the form that has most. */
function likeness(record: object, { forms }: Schema<object>): number {
  const keys = Object.keys(record).filter((key) => key !== "jobtrail");
  return Math.max(
    ...forms.map(({ fields }) => {
      const known = new Set(columnsOf({ forms: [{ fields }] }));
      const isKnown = keys.filter((key) => known.has(key)).length;
      return isKnown - 2 * (keys.length - isKnown);
    }),
  );
}
