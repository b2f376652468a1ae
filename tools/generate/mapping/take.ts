import { rowOf } from "../../../packages/core/src/event/key.ts";
import type { Field } from "../../../packages/schemas/src/index.ts";
import { asText, colon, comma, objectOf, quote, refuse, restoredAll } from "./json.ts";
import { at, concat, matches, replace, replaceAll, set, text, when } from "./ottl.ts";
import type { Statement } from "./ottl.ts";
import { onForms, parsed, raw, top } from "./table.ts";
import type { Entry, Table } from "./table.ts";

const values = at("values");
const units = at("units");

/** What an attribute will be. */
export const valueOf = (attribute: string): string => at("values", attribute);

/** The values of a table's fields by their attributes, in the order of its fields. */
export const taken = (table: Table): Statement[] => [
  set(values, "{}"),
  ...table.entries.flatMap((entry) => {
    const { field, level } = entry;
    if (field === undefined) return [];
    const statements = onForms(entry, table, valuesOf(entry, field));
    return level === top ? statements : when(`${at("raw", level)} != nil`, statements);
  }),
  ...restoredAll(values),
];

function valuesOf({ level, key }: Entry, { attribute, type }: Field): Statement[] {
  const value = valueOf(attribute);
  const from = raw(level, key);
  switch (type) {
    case "number":
      return numbersOf(value, from, key);
    case "json":
      return [set(value, from, `${from} != "null"`)];
    case "scalar":
      return [set(value, parsed(level, key), `not ${isNumber(from)}`), ...numbersOf(value, from, key)];
    default:
      return [set(value, parsed(level, key))];
  }
}

const isNumber = (from: string): string => matches(from, "^[-0-9]");

const integer = String.raw`^(?:0|-?[1-9]\d{0,14}|-?[1-8]\d{15})$`;
const decimal = String.raw`^-?(?:0|[1-9]\d*)\.\d*[1-9]$`;
const tiny = String.raw`^-?0\.0{6}`;
const unusual = String.raw`^-0$|\.\d*0$|E|e\d`;

/**
 * Numbers become attributes where the usual text of a double is the text that was sent: surely so up to fifteen
 * digits, surely not where it is written in another way. Between the two nothing here can tell.
 */
const numbersOf = (value: string, from: string, key: string): Statement[] => [
  set(value, `Int(${from})`, matches(from, integer)),
  ...when(`${matches(from, decimal)} and not ${matches(from, tiny)}`, [
    set(value, `Double(${from})`, `Len(${from}) <= 16`),
  ]),
  refuse(
    `a number with so many digits that a double may not hold it: ${key}`,
    `${isNumber(from)} and ${value} == nil and not ${matches(from, `${unusual}|${tiny}`)}`,
  ),
];

/**
 * Leaves to the rest what no attribute holds: more than 1024 characters, and among the registry's names an empty text.
 * Lengths are those of JavaScript, in units of UTF-16.
 * @param own what the system's own names begin with.
 */
export const fitted = (own: string): Statement[] => {
  const unfit = at("unfit");
  const names = concat(text("^(?:-"), unfit, text(")$"));
  return [
    set(units, values),
    replaceAll(units, String.raw`[\x{10000}-\x{10FFFF}]`, "aa"),
    replaceAll(units, String.raw`[^\x00-\x7F]|"`, "a"),
    set(unfit, concat(`ToKeyValueString(${units}, ${text(colon)}, ${text(comma)})`, text(comma))),
    replace(unfit, `[^${colon}${comma}]+${colon}[^${comma}]{1,1000}[^${comma}]{0,24}${comma}`, ""),
    replace(unfit, `${own}\\.[^${colon}${comma}]+${colon}${comma}`, ""),
    replace(unfit, `([^${colon}${comma}]*)${colon}[^${comma}]*${comma}`, "|$1"),
    replace(unfit, comma, ""),
    { run: `delete_matching_keys(${values}, ${names})`, where: `${unfit} != ""` },
    { run: `delete_matching_keys(${units}, ${names})`, where: `${unfit} != ""` },
    refuse("its fields take more room than attributes may", `Len(ToKeyValueString(${units}, "=", ";")) > 5400`),
  ];
};

/** What the attributes say, as canonical texts of two objects: the registry's names, and the system's own. */
export const said = (table: Table): Statement[] => {
  const fields = table.entries.flatMap(({ field }) => field ?? []);
  const whole = [...new Set(fields.filter(({ type }) => type === "json").map((field) => field.attribute))];
  const known = [...new Set(fields.map((field) => field.attribute))].filter((name) => rowOf(name) !== undefined);
  return [
    set(at("said"), "{}"),
    ...table.entries.flatMap((entry) => saidOf(entry, table)),
    set(at("texts"), at("said")),
    { run: `keep_keys(${at("texts")}, [${whole.map(text).join(", ")}])` },
    ...asText.map(([code, instead]) => replaceAll(at("texts"), code, instead)),
    ...whole.map((name) =>
      set(at("said", name), concat(text(quote), at("texts", name), text(quote)), `${at("texts", name)} != nil`),
    ),
    set(at("said of own"), at("said")),
    { run: `keep_keys(${at("said")}, [${known.map(text).join(", ")}])` },
    { run: `delete_matching_keys(${at("said of own")}, ${text(`^(?:${known.join("|")})$`)})` },
    ...["said", "said of own"].flatMap((name) => objectOf(at(name), at(name), text(""))),
  ];
};

const saidOf = (entry: Entry, table: Table): readonly Statement[] => {
  const { field, level, key } = entry;
  if (field === undefined) return [];
  const { attribute } = field;
  return onForms(entry, table, [set(at("said", attribute), raw(level, key), `${valueOf(attribute)} != nil`)]);
};
