import { schemas as all } from "@jobtrail/schemas";
import type { Field, Form, Schema } from "@jobtrail/schemas";
import { Argument, Command } from "commander";
import { aligned } from "./aligned.ts";

/** `jobtrail schemas`: the schemas that are known, or the fields of one. */
export const schemas = (stdout: Pick<NodeJS.WritableStream, "write"> = process.stdout): Command =>
  new Command("schemas")
    .description("List the schemas of job logs, or the fields of one.")
    .helpOption("-h, --help", "show this help")
    .showHelpAfterError("(see jobtrail schemas --help)")
    .addArgument(new Argument("[name]", "the schema whose fields are shown").choices(Object.keys(all)))
    .addHelpText("after", "\nExamples:\n  $ jobtrail schemas\n  $ jobtrail schemas devo")
    .action((name?: string) => {
      stdout.write(`${name === undefined ? list() : fieldsOf(all[name] as Schema<object>)}\n`);
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
