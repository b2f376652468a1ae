import { isEventName, isRefusal } from "@jobtrail/core/event";
import type { Refusal } from "@jobtrail/core/event";
import { schemas } from "@jobtrail/schemas";
import type { Json, Reading, Schema } from "@jobtrail/schemas";
import type { HrTime } from "@opentelemetry/api";
import { eventReader, otlpReader } from "./event.ts";
import type { Piece } from "./piece.ts";
import type { Reader } from "./reader.ts";
import { recordReader } from "./record.ts";
import { columnsOf, typed } from "./table.ts";

/** How many records an input is recognised by, and after how many that cannot be read none is looked for any more. */
const enough = 20;
const tooMany = 1000;

/** Whether an input can be recognised by its first pieces, if it ever can. */
export const isEnough = (pieces: readonly Piece[]): boolean =>
  pieces.length >= tooMany || pieces.filter(isReadable).length >= enough;

const isReadable = ({ fault, bare }: Piece): boolean => fault === undefined && bare === undefined;

/** The reader of an input by its first records, or in one sentence why there is none. */
export function recognised(pieces: readonly Piece[], how: Reading, seen: HrTime): Reader | string {
  const some = pieces.filter(isReadable).slice(0, enough);
  const [first] = pieces;
  if (some.length === 0)
    return `line ${first?.line ?? 1} holds ${first?.fault?.found ?? "nothing"}; expected ${first?.fault?.expected ?? "a record"}`;
  const named = some.map(({ text }) => namedIn(text)).find((reader) => reader !== undefined);
  if (named !== undefined) return named;
  const tried = Object.values(schemas).map((schema) => tryOn(schema, some, how));
  const [best, next] = tried.toSorted((a, b) => b.score - a.score);
  if (best === undefined || best.score <= 0) return `no schema reads it: ${tried.map(reasonOf).join("; ")}`;
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

const reasonOf = ({ schema, refusal }: Tried): string =>
  `${schema.name} ${refusal === undefined ? "documents few of its fields" : `wants ${refusal.expected} at ${refusal.path}, found ${refusal.found}`}`;

function tryOn(schema: Schema<object>, pieces: readonly Piece[], how: Reading): Tried {
  let score = 0;
  let refusal: Refusal | undefined;
  for (const piece of pieces)
    for (const record of valuesIn(piece, schema, how)) {
      if (isRefusal(record)) refusal ??= record;
      else if (schema.isOther(record as Json)) score += 1;
      else score += likeness(record, schema);
    }
  return { schema, score, ...(refusal !== undefined && { refusal }) };
}

/** The records of a piece as far as the schema reads them; those that it does not are refused. */
function valuesIn({ text, row }: Piece, schema: Schema<object>, how: Reading): readonly (object | Refusal)[] {
  const listed = schema.list(text, how);
  if (isRefusal(listed)) return [listed];
  const parsed = listed.map((each) => (isOther(each, schema) ? (each as object) : schema.parse(each, how)));
  return row !== undefined && parsed.some(isRefusal) ? [schema.parse(typed(row, schema), how)] : parsed;
}

const isOther = (value: Json, schema: Schema<object>): boolean => schema.isOther(value);

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
