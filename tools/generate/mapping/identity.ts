import { quote, restored } from "./json.ts";
import { at, concat, replace, set, text } from "./ottl.ts";
import type { Statement } from "./ottl.ts";
import { form } from "./table.ts";

/** A job's uid, of its system and id; and the uids of its run and of the record, of all that it says. */
export const identified = (schema: string, id: string): Statement[] => [
  set(at("id"), id),
  replace(at("id"), "~", "~0"),
  replace(at("id"), "/", "~1"),
  set(at("uid"), `Substring(SHA256(${concat(text(`${schema}///`), at("id"), text("/"))}), 0, 32)`),
  set(at("record"), listOf(text(schema), form, at("uid"), at("said"), at("said of own"), at("rest said"))),
  ...restored(at("record")),
  set(at("record"), `Substring(SHA256(${at("record")}), 0, 32)`),
];

const listOf = (schema: string, name: string, uid: string, ...others: readonly string[]): string => {
  const texts = [schema, name, uid].flatMap((each) => [text(quote), each, text(`${quote},`)]);
  return concat(text("["), ...texts, ...others.flatMap((each) => [each, text(",")]).slice(0, -1), text("]"));
};
