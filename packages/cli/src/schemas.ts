import { schemas as all } from "@jobtrail/schemas";
import type { Field, Form, Schema } from "@jobtrail/schemas";
import { Argument, Command } from "commander";

/** `jobtrail schemas`: the schemas that are known, or the fields of one. */
export const schemas = (): Command =>
  new Command("schemas")
    .description("List the schemas of job logs, or the fields of one.")
    .helpOption("-h, --help", "say how it is used")
    .addArgument(new Argument("[name]", "the schema whose fields are shown").choices(Object.keys(all)))
    .addHelpText("after", "\nExamples:\n  $ jobtrail schemas\n  $ jobtrail schemas devo")
    .action((name?: string) => {
      process.stdout.write(`${name === undefined ? list() : fieldsOf(all[name] as Schema<object>)}\n`);
    });

const list = (): string =>
  aligned([
    ["SCHEMA", "TITLE", "VERSION", "SOURCE"],
    ...Object.values(all).map(({ name, title, version, source }) => [name, title, version, source.url ?? source.title]),
  ]);

const fieldsOf = ({ title, version, source, forms }: Schema<object>): string =>
  [
    `${title} (${version})`,
    `${source.title}${source.url === undefined ? "" : `, ${source.url}`}`,
    ...forms.flatMap((form) => ["", `${form.name}: ${form.title}`, "", tableOf(form)]),
  ].join("\n");

const tableOf = ({ fields }: Pick<Form<never>, "fields">): string =>
  aligned([["FIELD", "TYPE", "NEEDED", "SENSITIVITY", "ATTRIBUTE", "WHAT IT IS"], ...fields.map(rowOf)]);

const rowOf = ({ name, type, unit, required, sensitivity, attribute, brief, values }: Field): string[] => [
  name,
  unit === undefined ? type : `${type} (${unit})`,
  required === true ? "yes" : "",
  sensitivity,
  attribute,
  values === undefined ? brief : `${brief} ${values.join(", ")}`,
];

/** Rows with their columns one below the other; the last one is as long as it is. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
