import { isRefusal, refuse } from "@jobtrail/core/event";
import type { HrTime } from "@opentelemetry/api";
import type { Json, Reading, Schema } from "@jobtrail/schemas";
import { concealed } from "./conceal.ts";
import type { Piece } from "./piece.ts";
import { other, rejected } from "./reader.ts";
import type { Item, Reader } from "./reader.ts";
import { typed } from "./table.ts";

/** Reads records of a documented schema. */
export function recordReader<R extends object>(schema: Schema<R>, how: Reading, seen: HrTime): Reader {
  const oneOf = (input: Json): Item => {
    const record = schema.parse(input, how);
    if (isRefusal(record)) {
      const value = valueOf(input);
      return value !== undefined && schema.isOther(value) ? other : rejected(record, concealed(value, schema));
    }
    return schema.isOther(asJson(record)) ? other : { kind: "told", events: schema.read(record, seen) };
  };
  /** A text as the value in it: an item of a list is a value already, and may be a text itself. */
  const valueOf = (input: Json): Json | undefined => {
    if (typeof input !== "string") return input;
    const listed = schema.list(input, how);
    return isRefusal(listed) ? undefined : listed[0];
  };
  const allIn = (text: string): readonly Item[] => {
    if (!mayList.test(text)) return [oneOf(text)];
    const listed = schema.list(text, how);
    return isRefusal(listed)
      ? [rejected(listed)]
      : listed.map((each) => oneOf(typeof each === "string" ? [each] : each));
  };
  return {
    name: schema.name,
    read(piece) {
      if (piece.fault !== undefined) return [rejected(piece.fault)];
      if (piece.bare !== undefined) return afterList(piece, piece.bare, schema, how);
      if (piece.row === undefined) return allIn(piece.text);
      const item = oneOf(piece.text);
      return item.kind !== "rejected" ? [item] : [again(item, oneOf(typed(piece.row, schema)))];
    },
  };
}

// Neither a list nor an answer that holds one, nor the text of a page, begins or goes on otherwise.
const mayList = /^[^{]|"(?:data|object)"\s*:\s*\[/;

const asJson = (record: object): Json => record as Json;

/** What is said of a row that cannot be read in either way is what was wrong with the better one. */
const again = (asText: Item, asTyped: Item): Item => (asTyped.kind === "rejected" ? asText : asTyped);

/** What an answer says after a list that was too long to be kept would have been a part of each record. */
function afterList<R>({ text }: Piece, bare: string, schema: Schema<R>, how: Reading): readonly Item[] {
  const isSame = JSON.stringify(schema.list(text, how)) === JSON.stringify(schema.list(bare, how));
  if (isSame) return [];
  const reason = refuse("record", "a long list to be the last thing that an answer says", undefined);
  return [rejected({ ...reason, found: "fields after it, which its records lack now" })];
}
