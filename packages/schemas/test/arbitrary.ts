import { isRefusal } from "@jobtrail/core/event";
import * as fc from "fast-check";
import { z } from "zod";
import { codecs } from "../src/codec.ts";
import type { FieldType } from "../src/codec.ts";
import type { Field } from "../src/field.ts";
import type { Form } from "../src/form.ts";
import { digitsOf } from "../src/json.ts";
import type { Json, JsonObject } from "../src/json.ts";
import { unpack } from "../src/pack.ts";

/** What stands in each secret of a made record, so that it can be looked for. */
export const canary = "hunter2";

/** The part of JSON Schema that the shapes come to. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly const?: string | number | boolean | null;
  readonly enum?: readonly (string | number | boolean | null)[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly format?: string;
  readonly pattern?: string;
}

/** The JSON Schema of a form. */
export const jsonSchemaOf = ({ shape }: Pick<Form<never>, "shape">): JsonSchema => z.toJSONSchema(shape) as JsonSchema;

/** Texts as they come: of any language, empty, long, with a lone surrogate. */
export const texts: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: "binary", maxLength: 24 }) },
  { weight: 4, arbitrary: fc.string({ maxLength: 24 }) },
  fc.constantFrom("", " ", "\uD800", "a\uDC00b", "[secret]", "null", "0", "true", "\u0000", "__proto__", "漢🙂"),
  fc.integer({ min: 1000, max: 1100 }).map((n) => "漢".repeat(n)),
);

/** Numbers with all the digits that JSON can write. */
export const digits: fc.Arbitrary<Json> = fc
  .oneof(
    { weight: 4, arbitrary: fc.nat().map(String) },
    fc.integer().map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (Object.is(n, -0) ? "-0" : String(n))),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 90n }).map(String),
    fc.tuple(fc.nat(), fc.stringMatching(/^\d{1,12}$/)).map(([whole, fraction]) => `${whole}.${fraction}`),
    fc.constantFrom("-0", "1.0", "1E5", "1e-7", "0.10", "9007199254740993", "1e+21"),
  )
  .map(digitsOf);

const moments = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 4_102_444_800_000 }) },
  fc.constantFrom(0, 253_402_300_799_999, 951_782_400_000),
);

const millis: fc.Arbitrary<Json> = fc.oneof(
  { weight: 4, arbitrary: moments },
  fc.tuple(moments, fc.stringMatching(/^\d{1,9}$/)).map(([ms, fraction]) => digitsOf(`${ms}.${fraction}`)),
  digits,
);

/** Times as ISO 8601 text, with any number of digits and any zone. */
export const times: fc.Arbitrary<string> = fc
  .tuple(moments, fc.option(fc.stringMatching(/^\d{1,12}$/)), fc.constantFrom("Z", "Z", "+02:00", "-11:30"))
  .map(
    ([ms, fraction, zone]) =>
      `${new Date(ms).toISOString().slice(0, 19)}${fraction === null ? "" : `.${fraction}`}${zone}`,
  );

/** Any JSON value. */
export const anything: fc.Arbitrary<Json> = fc.letrec<{ any: Json }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    texts,
    digits,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("any"), { maxLength: 3 }),
    fc.array(fc.tuple(texts, tie("any")), { maxLength: 3 }).map(Object.fromEntries) as fc.Arbitrary<JsonObject>,
  ),
})).any;

const keys: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom("__proto__", "constructor", "toString", "refused", "job.id", "jobtrail2", "a.b", "", "0"),
  fc.string({ unit: "binary", maxLength: 12 }),
);

/** Records of a form, made from its shape: with and without each field, with fields that no document lists. */
export const recordsOf = (form: Form<never>): fc.Arbitrary<JsonObject> =>
  fc
    .tuple(
      objectsOf(jsonSchemaOf(form), [], form.fields),
      fc.constantFrom(0, 0, 1, "\t"),
      fc.option(marks, { freq: 9 }),
    )
    .filter(([record]) => form.shape.safeParse(plain(record)).success)
    .map(([record, indent, mark]) => [mark === null ? record : { ...record, jobtrail: mark }, indent] as const)
    .map(([record, indent]) => packed(record, form.packed, indent))
    .filter((record) => form.is(record));

/** What Jobtrail writes into records of other systems' jobs. */
const marks: fc.Arbitrary<Json> = fc.constantFrom<Json>(
  { system: "bullmq", uid: "0123456789abcdef0123456789abcdef", derived: [] },
  { system: "pg-boss", uid: "f".repeat(32), run: { uid: "f-7", number: digitsOf("2.0") }, derived: ["id"], more: null },
);

const packed = (record: JsonObject, key: string | undefined, indent: number | string): JsonObject =>
  key === undefined ? record : { ...record, [key]: JSON.stringify(record[key], undefined, indent) };

/** A record in whose packed field stands what its text says. */
export function opened(record: JsonObject, { packed: key }: Pick<Form<never>, "packed">): JsonObject {
  const looked = key === undefined ? undefined : unpack({ value: record, plain: undefined }, key);
  return looked === undefined || isRefusal(looked) ? record : (looked.value as JsonObject);
}

const plain = (value: Json): unknown => JSON.parse(JSON.stringify(value));

function objectsOf(schema: JsonSchema, path: readonly string[], fields: readonly Field[]): fc.Arbitrary<JsonObject> {
  const listed = Object.entries(schema.properties ?? {}).filter(([key]) => key !== "jobtrail");
  const members = listed.map(([key, below]) => {
    const values = valuesOf(below, [...path, key], fields);
    const isRequired = schema.required?.includes(key) === true;
    return (isRequired ? values : fc.option(values, { nil: undefined, freq: 3 })).map((value) => [key, value] as const);
  });
  const known = new Set(listed.map(([key]) => key));
  const isSecret = fields.some(
    ({ name, sensitivity }) => name === [...path, "*"].join(".") && sensitivity === "secret",
  );
  const others = fc.array(
    fc.tuple(
      keys.filter((key) => !known.has(key) && key !== "jobtrail"),
      isSecret ? fc.oneof(anything, fc.constant(canary)) : anything,
    ),
    { maxLength: 2 },
  );
  return fc
    .tuple(fc.tuple(...members), fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, others))
    .map(
      ([own, more]) => Object.fromEntries([...own.filter(([, value]) => value !== undefined), ...more]) as JsonObject,
    );
}

function valuesOf(schema: JsonSchema, path: readonly string[], fields: readonly Field[]): fc.Arbitrary<Json> {
  const field = fields.find(({ name }) => name.replaceAll("[]", "") === path.join("."));
  const ofSchema = ofType(schema, path, fields, field);
  return field?.sensitivity === "secret" ? fc.oneof(ofSchema, fc.constantFrom(...secretsOf(schema))) : ofSchema;
}

/** What a secret can be, as far as the shape allows. */
const secretsOf = (schema: JsonSchema): readonly Json[] =>
  schema.type === undefined
    ? [canary, { password: canary }, [canary], null, "", [], {}]
    : schema.type === "array"
      ? [[canary], []]
      : [canary, ""];

function ofType(
  schema: JsonSchema,
  path: readonly string[],
  fields: readonly Field[],
  field: Field | undefined,
): fc.Arbitrary<Json> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const either = schema.anyOf ?? schema.oneOf;
  if (either !== undefined) return fc.oneof(...either.map((each) => ofType(each, path, fields, field)));
  if (Array.isArray(schema.type))
    return fc.oneof(...schema.type.map((type: string) => ofType({ ...schema, type }, path, fields, field)));
  return ofOneType(schema, path, fields, field);
}

function ofOneType(
  schema: JsonSchema,
  path: readonly string[],
  fields: readonly Field[],
  field: Field | undefined,
): fc.Arbitrary<Json> {
  switch (schema.type) {
    case "string":
      return textsOf(schema, field);
    case "number":
    case "integer":
      return field?.type === "millis" ? millis : digits;
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "object":
      return objectsOf(schema, path, fields);
    case "array":
      return fc.array(valuesOf(schema.items ?? {}, path, fields), { maxLength: Math.min(schema.maxItems ?? 40, 40) });
    default:
      return anything;
  }
}

function textsOf({ format, pattern, minLength = 0 }: JsonSchema, field: Field | undefined): fc.Arbitrary<string> {
  if (format === "date-time") return times;
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  const some = texts.filter((text) => text.length >= minLength);
  return field?.values === undefined
    ? some
    : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...field.values) }, some);
}

/** Whether a value is one that an attribute is sure to hold. */
export function isOrdinary(value: Json, type: FieldType): boolean {
  if (value === null || value === "" || (typeof value === "string" && value.length > 200)) return false;
  if (typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER) return false;
  return codecs[type].encode(value) !== undefined;
}
