import { z } from "zod";
import { eventShape } from "../src/event.ts";
import { stepsOf } from "../src/field.ts";
import { schemas } from "../src/index.ts";
import type { Field, Form, Schema } from "../src/index.ts";

/** A JSON Schema, as far as it is changed here. */
export interface JsonSchema {
  [keyword: string]: unknown;
  properties?: Record<string, JsonSchema>;
  anyOf?: JsonSchema[];
  items?: JsonSchema;
}

/** The JSON Schemas that the package brings, by the names of their files: of each schema's records, and of a JobEvent. */
export const jsonSchemas = (): Readonly<Record<string, JsonSchema>> => ({
  ...Object.fromEntries(
    Object.values(schemas).map((schema) => [schema.name, named(schema.name, recordSchema(schema))]),
  ),
  "job-event": named("job-event", {
    title: "A job event of Jobtrail",
    description: "Attributes are the registry's names; others are taken for the system's own.",
    ...withoutDialect(z.toJSONSchema(eventShape) as JsonSchema),
  }),
});

const named = (name: string, schema: JsonSchema): JsonSchema => ({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: `urn:jobtrail:schema:${name}`,
  ...schema,
});

const recordSchema = ({ title, version, source, forms }: Schema<object>): JsonSchema => ({
  title,
  description: `Version ${version}. Source: ${source.title}${source.url === undefined ? "" : `, ${source.url}`}.`,
  anyOf: forms.map(({ name }) => ({ $ref: `#/$defs/${definitionOf(name)}` })),
  $defs: Object.fromEntries(forms.map((form) => [definitionOf(form.name), formSchema(form)])),
});

/** The name of a form's definition: a slash would be a step of a path. */
export const definitionOf = (form: string): string => form.replaceAll("/", ".");

function formSchema({ title, shape, fields, packed }: Form<object>): JsonSchema {
  const schema = withoutDialect(z.toJSONSchema(shape) as JsonSchema);
  for (const field of fields) describe(schema, field);
  const inner = packed === undefined ? undefined : schema.properties?.[packed];
  if (packed !== undefined && inner !== undefined && schema.properties !== undefined)
    schema.properties[packed] = { type: "string", contentMediaType: "application/json", contentSchema: inner };
  return { title, ...schema };
}

function withoutDialect({ $schema: _, ...schema }: JsonSchema): JsonSchema {
  return schema;
}

/** Says at a field what the table says of it. */
function describe(schema: JsonSchema, field: Field): void {
  const at = stepsOf(field).reduce<JsonSchema | undefined>(
    (inner, step) => (inner === undefined ? undefined : step === "[]" ? itemsIn(inner) : membersIn(inner)?.[step]),
    schema,
  );
  if (at === undefined) return;
  const { brief, unit, sensitivity, values } = field;
  const sentences = [
    brief,
    ...(unit === undefined ? [] : [`Unit: ${unit}.`]),
    ...(sensitivity === "public" ? [] : [sensitivity === "secret" ? "Secret." : "Personal."]),
  ];
  at["description"] = sentences.join(" ");
  if (values !== undefined) at["examples"] = values;
}

/** A field that may be null is one thing or null. */
const either = (schema: JsonSchema): readonly JsonSchema[] => [schema, ...(schema.anyOf ?? [])];

const membersIn = (schema: JsonSchema): Record<string, JsonSchema> | undefined =>
  either(schema).find(({ properties }) => properties !== undefined)?.properties;

const itemsIn = (schema: JsonSchema): JsonSchema | undefined =>
  either(schema).find(({ items }) => items !== undefined)?.items;
