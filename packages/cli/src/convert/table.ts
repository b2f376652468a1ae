import type { Field } from "@jobtrail/schemas";

/** What is needed of a schema to read its tables. */
export interface Tables {
  readonly forms: readonly { readonly fields: readonly Pick<Field, "name" | "type">[] }[];
}

/** The columns that tables of a schema's records have: the first steps of its fields. */
export const columnsOf = ({ forms }: Tables): readonly string[] =>
  forms.flatMap(({ fields }) => fields.map(({ name }) => stepOf(name)));

const stepOf = (name: string): string => /^[^.[]+/.exec(name)?.[0] ?? name;

const textTypes: ReadonlySet<string> = new Set(["text", "time"]);

/**
 * The JSON of a row in which the cells of numbers, lists and objects are what they say rather than texts, and
 * empty cells are absent: how `--format csv` writes records.
 */
export function typed(row: Readonly<Record<string, string>>, { forms }: Tables): string {
  const texts = new Set(
    forms
      .flatMap(({ fields }) => fields.filter(({ name, type }) => textTypes.has(type) && stepOf(name) === name))
      .map(({ name }) => name),
  );
  const members = Object.entries(row)
    .filter(([, cell]) => cell !== "")
    .map(([name, cell]) => `${JSON.stringify(name)}:${!texts.has(name) && isJson(cell) ? cell : JSON.stringify(cell)}`);
  return `{${members.join(",")}}`;
}

function isJson(cell: string): boolean {
  try {
    JSON.parse(cell);
    return true;
  } catch {
    return false;
  }
}
