import { asText, objectOf, quote, restored } from "./json.ts";
import { at, concat, escaped, replace, set, text, when } from "./ottl.ts";
import type { Statement } from "./ottl.ts";
import { levelAt, onForms, raw, top } from "./table.ts";
import type { Entry, Table } from "./table.ts";
import { valueOf } from "./take.ts";

/** What is left of one of a record's objects, as canonical text; nothing where all of it is in attributes. */
export const restOf = (level: string): string => at("rest", level);

/** What no attribute holds exactly of a record's objects: fields in the order of the table, then the others. */
export const rested = (table: Table, layout?: (table: Table) => readonly Statement[]): Statement[] => [
  set(at("rest"), "{}"),
  ...table.levels.flatMap((level) => [
    ...(level === top && layout !== undefined ? layout(table) : []),
    ...when(`${at("raw", level)} != nil`, restedAt(table, level)),
  ]),
];

function restedAt(table: Table, level: string): Statement[] {
  const entries = table.entries.filter((entry) => entry.level === level);
  const left = at("left", level);
  const rest = restOf(level);
  return [
    set(left, "{}"),
    ...entries.flatMap((entry) => onForms(entry, table, leftOf(entry))),
    ...objectOf(rest, left, othersOf(level)),
    { run: `delete_key(${at("rest")}, ${text(level)})`, where: `${rest} == "{}" and ${at("members", level)} != ""` },
  ];
}

const leftOf = ({ level, key, field }: Entry): Statement[] => {
  const left = at("left", level, key);
  if (field !== undefined) return [set(left, raw(level, key), `${valueOf(field.attribute)} == nil`)];
  return [set(left, raw(level, key), `${raw(level, key)} == "null"`), set(left, restOf(levelAt(level, key)))];
};

/** The canonical texts of an object's members that its form does not list. */
export const othersOf = (level: string): string => at("others", level);

/** The members that the record's form does not list, in their order. */
export const others = (table: Table): Statement[] =>
  table.levels.flatMap((level) => {
    const groups = Map.groupBy(
      table.entries.filter((entry) => entry.level === level),
      ({ forms }) => forms.join(),
    );
    return when(`${at("raw", level)} != nil`, [
      set(othersOf(level), at("members", level)),
      ...[...groups.values()].flatMap((entries) =>
        onForms(entries[0] as Entry, table, [
          replace(othersOf(level), `"(?:${entries.map(({ key }) => escaped(key)).join("|")})":"[^"]*",`, ""),
        ]),
      ),
      replace(othersOf(level), '"([^"]*)":"([^"]*)",', `${quote}$\{1}${quote}:$\{2},`),
    ]);
  });

/** What is left of the whole record: as JSON, and as the canonical text of a text, or of null. */
export const restText: readonly Statement[] = [
  set(at("rest said"), text("null")),
  ...when(`${restOf(top)} != nil`, [
    set(at("rest said"), restOf(top)),
    ...asText.map(([code, instead]) => replace(at("rest said"), code, instead)),
    set(at("rest said"), concat(text(quote), at("rest said"), text(quote))),
    ...restored(restOf(top)),
  ]),
];
