import { isDeepStrictEqual } from "node:util";
import { fromRecord, isRefusal, normalise, secret, toRecord } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { decodeLogs, encodeLogs } from "@jobtrail/otlp";
import type { Encoding, Received } from "@jobtrail/otlp";
import type { HrTime } from "@opentelemetry/api";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openStore } from "../../joblog/src/store.ts";
import { stepsOf } from "../src/field.ts";
import type { Field } from "../src/field.ts";
import type { Form } from "../src/form.ts";
import { isObject } from "../src/json.ts";
import type { Json, JsonObject } from "../src/json.ts";
import type { Schema } from "../src/schema.ts";
import { canary, isOrdinary, jsonSchemaOf, opened, recordsOf } from "./arbitrary.ts";
import type { JsonSchema } from "./arbitrary.ts";
import { mutated } from "./mutation.ts";

/** Runs of each law for a schema, over all of its forms; all of them where the whole proof is asked for. */
const runsOf = ({ forms }: { readonly forms: readonly unknown[] }): number =>
  Math.ceil((process.env["CI"] === "true" ? 10_000 : 500) / forms.length);

const seen: HrTime = [1_700_000_000, 123_456_789];

/** Registers the laws that every schema keeps, for each of its forms. */
export function laws<R extends object>(schema: Schema<R>): void {
  for (const form of schema.forms)
    describe(`${schema.name}, form ${form.name}`, () => {
      tableLaws(form);
      roundTripLaws(schema, form);
      attributeLaws(schema, form);
      badInputLaws(schema, form);
      otherFormsLaw(schema, form);
    });
}

function tableLaws<R>(form: Form<R>): void {
  it("has a row for each field of its shape, with an attribute of its own", () => {
    const outer = form.fields.filter((field) => !isWithin(field, form.fields));
    const rows = outer.map(({ name, required = false }) => ({ name, required }));
    expect(leavesOf(jsonSchemaOf(form as Form<never>), "", form.fields)).toEqual(
      rows.filter(({ name }) => !/\[\]|\*/.test(name)).sort(byName),
    );
    expect(jsonSchemaOf(form as Form<never>).properties).toHaveProperty("jobtrail");
    expect(outer.map(({ attribute }) => attribute)).toEqual([...new Set(outer.map(({ attribute }) => attribute))]);
  });
}

const byName = (a: { readonly name: string }, b: { readonly name: string }): number => (a.name < b.name ? -1 : 1);

const isWithin = ({ name }: Field, fields: readonly Field[]): boolean =>
  fields.some(
    (other) => name !== other.name && (name.startsWith(`${other.name}.`) || name.startsWith(`${other.name}[].`)),
  );

/** The fields of a shape, as far as they are not within another one. */
function leavesOf(schema: JsonSchema, prefix: string, fields: readonly Field[]): { name: string; required: boolean }[] {
  return Object.entries(schema.properties ?? {})
    .filter(([key]) => prefix !== "" || key !== "jobtrail")
    .flatMap(([key, below]) => {
      const name = `${prefix}${key}`;
      if (fields.some((field) => field.name === name))
        return [{ name, required: schema.required?.includes(key) === true }];
      return leavesOf(objectIn(below), `${name}.`, fields);
    })
    .sort(byName);
}

const objectIn = (schema: JsonSchema): JsonSchema =>
  (schema.anyOf ?? []).find(({ properties }) => properties !== undefined) ?? schema;

function roundTripLaws<R extends object>(schema: Schema<R>, form: Form<R>): void {
  const records = recordsOf(form as Form<never>);
  const always = (check: (record: R, text: JsonObject) => void): void =>
    fc.assert(
      fc.property(records, (made) => check(asRecord(schema, made), made)),
      { numRuns: runsOf(schema) },
    );

  it("reads from text and from values what was written", () => {
    always((record, made) => {
      same(schema.parse(JSON.stringify(made)), record);
      same(schema.parse(made), record);
    });
  });

  it("puts [secret] in the place of each secret, and changes nothing else", () => {
    always((record, made) => {
      const redacted = schema.redact(record) as unknown as JsonObject;
      for (const [path, value] of differences(made, redacted)) {
        expect([path, value]).toEqual([path, secret]);
        expect(form.fields.some((field) => field.sensitivity === "secret" && isAt(path, field, form.fields))).toBe(
          true,
        );
      }
      expect(JSON.stringify(redacted)).not.toContain(canary);
      same(schema.parse(JSON.stringify(redacted)), redacted);
    });
  });

  it("writes what it has read, without the kept source text", () => {
    always((record) => {
      const events = schema.read(record, seen);
      expect(JSON.stringify(events)).not.toContain(canary);
      expect(events.some(({ original }) => original !== undefined)).toBe(false);
      same(schema.write(events), [schema.redact(record)]);
    });
  });

  it("writes what went through log records", () => {
    always((record) => {
      const events = schema.read(record, seen).map((event) => fromRecord(toRecord(event)));
      same(schema.write(events.map(sound)), [schema.redact(record)]);
    });
  });

  it.each<Encoding>(["json", "protobuf"])("writes what went through OTLP as %s", (encoding) => {
    always((record) => {
      const decoded = decodeLogs(encodeLogs(schema.read(record, seen).map(received), encoding), encoding);
      const records = "records" in decoded ? decoded.records : [];
      same(schema.write(records.map((each) => sound(fromRecord(each.record)))), [schema.redact(record)]);
    });
  });

  it("writes what was kept in the job log", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(records, { minLength: 1, maxLength: 25 }), async (made) => {
        await throughStore(
          schema,
          made.map((each) => asRecord(schema, each)),
        );
      }),
      { numRuns: Math.ceil(runsOf(schema) / 25) },
    );
  });
}

/** A made record as one of the schema whose shape has looked at it. */
const asRecord = <R>(_schema: Schema<R>, made: JsonObject): R => made as unknown as R;

/** Compared whole: keys that no assignment makes, numbers by their digits, zeros by their signs. */
function same(actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual).toEqual(expected);
}

function sound(event: ReturnType<typeof fromRecord>): JobEvent {
  if (isRefusal(event)) throw new Error(`${event.path} is ${event.found}; expected ${event.expected}`);
  expect(event.attributes["job.record.cut"]).toBeUndefined();
  return event;
}

const received = (event: JobEvent): Received => ({
  record: toRecord(event),
  resource: { attributes: { "service.name": "laws" } },
  scope: { name: "@jobtrail/schemas" },
});

/** All records of a job come back, each once. */
async function throughStore<R extends object>(schema: Schema<R>, records: readonly R[]): Promise<void> {
  const store = await openStore();
  try {
    const told = records.map((record) => ({ record: schema.redact(record), events: schema.read(record, seen) }));
    const body = encodeLogs(
      told.flatMap(({ events }) => events.map(received)),
      "protobuf",
    );
    const appended = await store.append({ signal: "logs", encoding: "protobuf", body, received: seen });
    expect(appended).toMatchObject({ refused: [] });
    const expected = Map.groupBy(told, ({ events }) => events.at(-1)?.attributes["job.uid"]);
    for (const [uid, all] of expected) {
      // What tells of no job is nothing that a job has.
      if (uid === undefined) continue;
      const kept = (await store.history(uid))?.events ?? [];
      const events = kept.map(({ record }) => sound(fromRecord(record)));
      expect(textsOf(schema.write(events))).toEqual(textsOf(all.map(({ record }) => record)));
    }
  } finally {
    await store.close();
  }
}

const textsOf = (records: unknown): string[] =>
  [...new Set((records as readonly unknown[]).map((record) => JSON.stringify(inOrder(record as Json))))].sort();

const inOrder = (value: Json): Json =>
  Array.isArray(value)
    ? value.map(inOrder)
    : isObject(value)
      ? Object.fromEntries(
          Object.keys(value)
            .sort()
            .map((key) => [key, inOrder(value[key] as Json)]),
        )
      : value;

function attributeLaws<R extends object>(schema: Schema<R>, form: Form<R>): void {
  const records = recordsOf(form as Form<never>);
  const outer = form.fields.filter((field) => !isWithin(field, form.fields) && !/\*|\[\]/.test(field.name));
  const open = (record: JsonObject): JsonObject => opened(record, form);
  const inTurn = fc.tuple(records, fc.constantFrom(...outer));

  it("has a named attribute for each documented field", () => {
    fc.assert(
      fc.property(records, (made) => {
        const events = schema.read(asRecord(schema, made), seen).map(without("job.record.rest"));
        const written = open(writtenOf(schema, events));
        const redacted = open(schema.redact(asRecord(schema, made)) as unknown as JsonObject);
        const derived = at(redacted, ["jobtrail", "derived"]) as readonly string[] | undefined;
        for (const field of outer.filter(({ name }) => derived?.includes(name) !== true)) {
          const value = at(redacted, stepsOf(field));
          const type = field.sensitivity === "secret" ? "text" : field.type;
          if (value !== undefined && isOrdinary(value, type)) same(at(written, stepsOf(field)), value);
        }
      }),
      { numRuns: runsOf(schema) },
    );
  });

  it("writes another value where an attribute was changed, and none where it is gone", () => {
    fc.assert(
      fc.property(inTurn, ([made, field]) => {
        const events = schema.read(asRecord(schema, made), seen);
        const before = valueOf(events, field);
        if (before === undefined) return;
        const original = open(writtenOf(schema, events));
        const changed = open(writtenOf(schema, events.map(withAttribute(field.attribute, changedFrom(before, field)))));
        expect(at(changed, stepsOf(field))).not.toEqual(at(original, stepsOf(field)));
        const gone = open(writtenOf(schema, events.map(without(field.attribute))));
        expect(at(gone, stepsOf(field))).toBeUndefined();
        for (const written of [changed, gone])
          for (const [path] of differences(original, written))
            expect(path.slice(0, stepsOf(field).length).join(".")).toSatisfy(
              (text: string) => field.name === text || field.name.startsWith(`${text}.`),
            );
      }),
      { numRuns: runsOf(schema) },
    );
  });

  it("changes nothing that a log record could not hold", () => {
    fc.assert(
      fc.property(records, (made) => {
        for (const event of schema.read(asRecord(schema, made), seen)) same(normalise(event), tidy(event));
      }),
      { numRuns: runsOf(schema) },
    );
  });
}

/** An event without empty maps, which a record has no place for. */
const tidy = ({ own, ...event }: JobEvent): JobEvent => ({
  ...event,
  ...(own !== undefined && Object.keys(own).length > 0 && { own }),
});

const writtenOf = <R>(schema: Schema<R>, events: readonly JobEvent[]): JsonObject => {
  const records = schema.write(events);
  if (isRefusal(records)) throw new Error(`${records.path} is ${records.found}; expected ${records.expected}`);
  return records[0] as unknown as JsonObject;
};

const all = ({ attributes, own }: JobEvent): Readonly<Record<string, unknown>> => ({ ...own, ...attributes });

const valueOf = (events: readonly JobEvent[], { attribute }: Field): unknown =>
  all(events.at(-1) as JobEvent)[attribute];

/** The events with another value of an attribute in the one that stands for the record. */
const withAttribute =
  (key: string, value: unknown) =>
  (event: JobEvent): JobEvent => {
    const place = event.own !== undefined && Object.hasOwn(event.own, key) ? "own" : "attributes";
    return event.attributes["job.record.schema"] === undefined
      ? event
      : { ...event, [place]: { ...event[place], [key]: value } };
  };

const without = (key: string): ((event: JobEvent) => JobEvent) => withAttribute(key, undefined);

function changedFrom(value: unknown, { type }: Field): unknown {
  if (type === "millis")
    return value === "2001-02-03T04:05:06.007Z" ? "2001-02-03T04:05:06.008Z" : "2001-02-03T04:05:06.007Z";
  if (type === "json") return value === '"changed"' || value === secret ? '"other"' : '"changed"';
  if (Array.isArray(value)) return [...(value as string[]).slice(0, 31), "changed"].map((each) => `${each}!`);
  if (typeof value === "number") return value === 0 ? 1 : 0;
  return typeof value === "boolean" ? !value : `${String(value)}!`;
}

function badInputLaws<R extends object>(schema: Schema<R>, form: Form<R>): void {
  it("reads or refuses whatever it is given, and tells no secret", () => {
    fc.assert(
      fc.property(mutated(recordsOf(form as Form<never>)), (input) => {
        const record = schema.parse(input);
        expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(ownNames);
        expect(JSON.stringify(isRefusal(record) ? record : schema.read(record, seen))).not.toContain(canary);
        if (isRefusal(record)) {
          expect(record.path).not.toBe("");
          expect(record.expected).not.toBe("");
        } else
          same(schema.write(schema.read(record, seen).map((event) => sound(fromRecord(toRecord(event))))), [
            schema.redact(record),
          ]);
      }),
      { numRuns: runsOf(schema) },
    );
  });
}

/** A path of another form's, in the record of this one. */
function withValueAt(record: JsonObject, [step = "", ...below]: readonly string[], value: Json): JsonObject {
  const inner = record[step];
  return { ...record, [step]: below.length === 0 ? value : withValueAt(isObject(inner) ? inner : {}, below, value) };
}

function otherFormsLaw<R extends object>(schema: Schema<R>, form: Form<R>): void {
  const own = form.fields.map(({ name }) => name);
  const secrets = schema.forms
    .flatMap(({ fields }) => fields)
    .filter(({ name, sensitivity }) => sensitivity === "secret" && !/[*[]/.test(name))
    .filter(({ name }) => !own.some((known) => known === name || known.startsWith(`${name}.`)));
  if (secrets.length === 0) return;
  it("tells nothing that is secret in another form of the schema", () => {
    fc.assert(
      fc.property(
        recordsOf(form as Form<never>),
        fc.constantFrom(...secrets),
        fc.constantFrom<Json>(canary, [canary], { any: canary }),
        (made, { name }, value) => {
          const record = schema.parse(withValueAt(made, name.split("."), value));
          expect(JSON.stringify(isRefusal(record) ? record : schema.redact(record))).not.toContain(canary);
          expect(JSON.stringify(isRefusal(record) ? record : schema.read(record, seen))).not.toContain(canary);
        },
      ),
      { numRuns: Math.ceil(runsOf(schema) / 10) },
    );
  });
}

const ownNames = Object.getOwnPropertyNames(Object.prototype).length;

const at = (value: Json | undefined, path: readonly string[]): Json | undefined =>
  path.reduce<Json | undefined>(
    (inner, key) => (isObject(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined),
    value,
  );

/** Where two values differ, and what stands there in the second. */
function differences(
  a: Json | undefined,
  b: Json | undefined,
  path: readonly string[] = [],
): [readonly string[], Json | undefined][] {
  if (isDeepStrictEqual(a, b)) return [];
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length)
    return a.flatMap((each, i) => differences(each as Json, b[i] as Json, [...path, "[]"]));
  if (!isObject(a) || !isObject(b)) return [[path, b]];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
    differences(at(a, [key]), at(b, [key]), [...path, key]),
  );
}

/** Whether a path is that of a field; `*` stands for what no other row names. */
function isAt(path: readonly string[], field: Field, fields: readonly Field[]): boolean {
  const steps = stepsOf(field);
  const isNamed = (key: string, i: number): boolean =>
    fields.some(
      (other) =>
        stepsOf(other)[i] === key &&
        stepsOf(other)
          .slice(0, i)
          .every((step, j) => step === path[j]),
    );
  return (
    steps.length === path.length &&
    steps.every((step, i) => (step === "*" ? !isNamed(path[i] ?? "", i) : step === path[i]))
  );
}
