import type { Field, Form } from "../../../packages/schemas/src/index.ts";
import { treeOf } from "../../../packages/schemas/src/tree.ts";
import type { Node } from "../../../packages/schemas/src/tree.ts";
import { at, isOneOf, when } from "./ottl.ts";
import type { Statement } from "./ottl.ts";

/** What of a form is told in its table. */
export type Listed = Pick<Form<object>, "name" | "fields">;

/** A field or an object of a record's forms, in one of its objects. */
export interface Entry {
  readonly key: string;
  /** The object that it stands in: its keys joined by points, `record` for the record itself. */
  readonly level: string;
  /** The forms that have it. */
  readonly forms: readonly string[];
  /** Absent where it is an object whose members have entries of their own. */
  readonly field?: Field;
}

/** The entries of forms, and which forms there are. */
export interface Table {
  readonly forms: readonly string[];
  readonly entries: readonly Entry[];
  /** The objects, each after those that are in it. */
  readonly levels: readonly string[];
}

/** The name of the object at a key of another one. */
export const levelAt = (level: string, key: string): string => (level === top ? key : `${level}.${key}`);

/** The name of the record itself. */
export const top = "record";

/** The entries of some forms, in an order that is each form's own; told once where forms have the same. */
export function tableOf(forms: readonly Listed[]): Table {
  const entries = forms.map((form) => entriesOf(form.name, treeOf(form.fields), top, form.fields)).reduce(merged);
  const levels = new Set(entries.filter(({ field }) => field === undefined).map((e) => levelAt(e.level, e.key)));
  return {
    forms: forms.map(({ name }) => name),
    entries,
    levels: [...[...levels].sort((a, b) => b.split(".").length - a.split(".").length), top],
  };
}

function entriesOf(form: string, { children }: Node, level: string, fields: readonly Field[]): Entry[] {
  return [...children].flatMap(([key, node]) => {
    const field = fields.find(({ name }) => name === node.field?.name);
    const entry: Entry = { key, level, forms: [form], ...(field !== undefined && { field }) };
    return field === undefined ? [entry, ...entriesOf(form, node, levelAt(level, key), fields)] : [entry];
  });
}

/** Two lists as one in which each keeps its order. */
function merged(first: readonly Entry[], second: readonly Entry[]): Entry[] {
  const all = [...first];
  let place = 0;
  for (const entry of second) {
    const found = all.findIndex((each, i) => i >= place && isSame(each, entry));
    const known = all[found];
    if (known === undefined) all.splice(place++, 0, entry);
    else {
      all[found] = { ...known, forms: [...known.forms, ...entry.forms] };
      place = found + 1;
    }
  }
  return all;
}

const isSame = (a: Entry, b: Entry): boolean =>
  a.level === b.level &&
  a.key === b.key &&
  a.field?.attribute === b.field?.attribute &&
  a.field?.type === b.field?.type;

/** The form of the record at hand. */
export const form: string = at("form");

/** A condition: the record has one of these forms. Absent where it has in any case. */
const ofForms = ({ forms }: Pick<Entry, "forms">, all: readonly string[]): string | undefined =>
  forms.length === all.length ? undefined : isOneOf(form, forms);

/** Statements for the forms that have an entry. */
export const onForms = (
  entry: Pick<Entry, "forms">,
  table: Table,
  statements: readonly Statement[],
): readonly Statement[] => {
  const condition = ofForms(entry, table.forms);
  return condition === undefined ? statements : when(condition, statements);
};

/** The canonical text of a member. */
export const raw = (level: string, key: string): string => at("raw", level, key);

/** A member as OTTL parses it. */
export const parsed = (level: string, key: string): string =>
  at("parsed", ...(level === top ? [] : level.split(".")), key);
