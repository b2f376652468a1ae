import type { Field } from "../../../packages/schemas/src/index.ts";
import { colon, comma, listOfObjects, quote, refuse } from "./json.ts";
import { at, concat, escaped, matches, replace, set, text, when } from "./ottl.ts";
import type { Statement } from "./ottl.ts";
import { onForms, raw } from "./table.ts";
import type { Entry, Table } from "./table.ts";

const years = "(?:197[1-9]|19[89]\\d|2[01]\\d\\d)";
const leapYears = "(?:19(?:7[26]|8[048]|9[26])|2[01](?:0[48]|[2468][048]|[13579][26])|2000)";
const days = [
  `${years}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))`,
  `${leapYears}-02-29`,
].join("|");
const hours = "(?:[01]\\d|2[0-3]):[0-5]\\d";

/** A time with a zone, of a year whose nanoseconds the Collector can count, as a regular expression. */
export const iso = `(?:${days})T${hours}:[0-5]\\d(?:\\.\\d+)?(?:Z|[+-]${hours})`;

/** By which character the canonical text of a type's values can begin; null is always allowed. */
const begins: Readonly<Partial<Record<Field["type"], string>>> = {
  text: quote,
  time: quote,
  number: "-0-9",
  boolean: "tf",
  scalar: `-0-9${quote}`,
};

/** What a table's members must be, besides what is said of single ones. */
export const checked = (table: Table): Statement[] =>
  table.levels.flatMap((level) => {
    const members = at("lines");
    const here = table.entries.filter((entry) => entry.level === level);
    const groups = Map.groupBy(here, ({ forms }) => forms.join());
    return when(`${at("raw", level)} != nil`, [
      set(members, concat(text(comma), `ToKeyValueString(${at("raw", level)}, ${text(colon)}, ${text(comma)})`)),
      ...[...groups.values()].flatMap((entries) =>
        onForms(entries[0] as Entry, table, [...typesOf(entries, members), ...timesOf(entries, members)]),
      ),
    ]);
  });

function typesOf(entries: readonly Entry[], members: string): Statement[] {
  const beginOf = ({ field }: Entry): string | undefined => (field === undefined ? "{" : begins[field.type]);
  const groups = Map.groupBy(entries, beginOf);
  return [...groups].flatMap(([begin, of]) =>
    begin === undefined
      ? []
      : [refuse(`not of the documented type: one of ${namesOf(of)}`, matches(members, `${linesOf(of)}[^${begin}n]`))],
  );
}

function timesOf(entries: readonly Entry[], members: string): Statement[] {
  const times = entries.filter(({ field }) => field?.type === "time");
  if (times.length === 0) return [];
  return [
    replace(members, `${linesOf(times)}(?:${quote}(?:${iso})?${quote}|null)`, ""),
    refuse(`no time of the years 1971 to 2199 with a zone: one of ${namesOf(times)}`, matches(members, linesOf(times))),
  ];
}

const linesOf = (entries: readonly Entry[]): string =>
  `${comma}(?:${entries.map(({ key }) => escaped(key)).join("|")})${colon}`;

const namesOf = (entries: readonly Entry[]): string => entries.map(({ key }) => key).join(", ");

/** Refuses what is no list of objects whose members are of these types. */
export const checkedList = (
  level: string,
  key: string,
  types: readonly (readonly [begin: string, keys: readonly string[]])[],
): Statement[] => {
  const list = raw(level, key);
  const reason = `not of the documented type: ${key}`;
  return when(`${list} != nil and ${list} != "null"`, [
    refuse(reason, `not ${matches(list, `^${listOfObjects}$`)}`),
    ...types.map(([begin, keys]) =>
      refuse(reason, matches(list, `${quote}(?:${keys.join("|")})${quote}:[^${begin}n]`)),
    ),
  ]);
};
