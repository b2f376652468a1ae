import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isRefusal } from "@jobtrail/core/event";
import { Ajv2020 } from "ajv/dist/2020.js";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventShape, parseEvent, schemas } from "../src/index.ts";
import { recordsOf } from "./arbitrary.ts";
import { jobs } from "./jobs.ts";
import { definitionOf } from "./json-schema.ts";
import { mutated } from "./mutation.ts";
import { sound } from "./reading.ts";
import type { Form, Json, JsonObject, Schema } from "../src/index.ts";

const numRuns = process.env["CI"] === "true" ? 4000 : 400;

// As it comes: formats are left to the patterns beside them.
const ajv = new Ajv2020({ validateFormats: false, allowUnionTypes: true });

const fileOf = (name: string): JsonObject =>
  JSON.parse(readFileSync(join(import.meta.dirname, `../schema/${name}.json`), "utf8")) as JsonObject;

/** What is asked of a whole record, and of each form of one. */
function validators(name: string): ReturnType<typeof ajv.compile> {
  const file = fileOf(name);
  return ajv.getSchema(String(file["$id"])) ?? ajv.compile(file);
}

/** The schema of a form, in which what stands in a text as JSON is looked at too. */
function formValidator(name: string, { name: form, packed }: Form<object>): ReturnType<typeof ajv.compile> {
  const definition = (fileOf(name)["$defs"] as JsonObject)[definitionOf(form)] as JsonObject;
  if (packed === undefined) return ajv.compile(definition);
  const properties = definition["properties"] as JsonObject;
  const inner = (properties[packed] as JsonObject)["contentSchema"] as Json;
  return ajv.compile({ ...definition, properties: { ...properties, [packed]: inner } });
}

/** A value as JSON has it; nothing for what is no JSON. */
function plainOf(input: unknown): unknown {
  try {
    return JSON.parse(typeof input === "string" ? input : JSON.stringify(input));
  } catch {
    return undefined;
  }
}

/** The same with what stands in a text as JSON. */
function opened(value: unknown, packed: string | undefined): unknown {
  const text = packed === undefined ? undefined : (value as Record<string, unknown> | undefined)?.[packed];
  return typeof text === "string" ? { ...(value as object), [packed as string]: plainOf(text) } : value;
}

const samples = globSync("samples/*/*.{json,txt}", { cwd: import.meta.dirname }).sort();

it.each(samples)("the JSON Schema takes what is in the sample %s", (path) => {
  const schema = schemas[basename(dirname(path))] as Schema<object>;
  const isValid = validators(schema.name);
  const how = { lenient: true };
  const items = sound(schema.list(readFileSync(join(import.meta.dirname, path), "utf8"), how) as Json[]);
  expect(items.length).toBeGreaterThan(0);
  for (const item of items) {
    sound(schema.parse(item, how));
    expect([isValid(plainOf(item)), isValid.errors]).toEqual([true, null]);
  }
});

describe.each(Object.entries(schemas))("the JSON Schema of %s", (name, schema) => {
  it.each(schema.forms.map((form) => [form.name, form] as const))("agrees with the shape of the form %s", (_, form) => {
    const isValid = formValidator(name, form);
    const records = recordsOf(form as Form<never>);
    const count = { accepted: 0, refused: 0 };
    const agree = (input: unknown): void => {
      const value = opened(plainOf(input), form.packed);
      if (value === undefined) return;
      const isAccepted = form.shape.safeParse(value).success;
      count[isAccepted ? "accepted" : "refused"]++;
      expect([isValid(value), isValid.errors]).toEqual([isAccepted, isAccepted ? null : isValid.errors]);
    };
    const runs = Math.ceil(numRuns / schema.forms.length);
    fc.assert(fc.property(records, agree), { numRuns: Math.ceil(runs / 4) });
    fc.assert(fc.property(mutated(records), agree), { numRuns: runs });
    expect(Math.min(count.accepted, count.refused)).toBeGreaterThan(0);
  });

  it("takes every record that the schema reads", () => {
    const isValid = validators(name);
    const all = fc.oneof(...schema.forms.map((form) => mutated(recordsOf(form as Form<never>))));
    fc.assert(
      fc.property(all, (input) => {
        const value = plainOf(input);
        if (value === undefined || isRefusal(schema.parse(value))) return;
        expect([isValid(value), isValid.errors]).toEqual([true, null]);
      }),
      { numRuns },
    );
  });

  it("takes every record that is written of another system's job", () => {
    const isValid = validators(name);
    fc.assert(
      fc.property(jobs, (events) => {
        for (const record of sound([...sound(schema.write(events, { tenant: "t", account: "a" }))]))
          expect([isValid(plainOf(record)), isValid.errors]).toEqual([true, null]);
      }),
      { numRuns },
    );
  });
});

describe("the JSON Schema of a job event", () => {
  const isValid = validators("job-event");
  const events = jobs.chain((all) => fc.constantFrom(...all)).map((event) => event as unknown as JsonObject);

  it("takes what the schemas read, and so does parseEvent", () => {
    const read = fc.oneof(
      ...Object.values(schemas).flatMap((schema) =>
        schema.forms.map((form) =>
          recordsOf(form as Form<never>).map((record) => schema.read(sound(schema.parse(record)), [1_790_000_000, 5])),
        ),
      ),
    );
    fc.assert(
      fc.property(read, (all) => {
        for (const event of all) {
          expect([isValid(plainOf(event)), isValid.errors]).toEqual([true, null]);
          sound(parseEvent(JSON.stringify(event)));
        }
      }),
      { numRuns },
    );
  });

  it("agrees with its shape, and with parseEvent", () => {
    const count = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(mutated(events), (input) => {
        const value = plainOf(input);
        if (value === undefined) return;
        const isAccepted = eventShape.safeParse(value).success;
        count[isAccepted ? "accepted" : "refused"]++;
        expect([isValid(value), isValid.errors]).toEqual([isAccepted, isAccepted ? null : isValid.errors]);
        if (!isAccepted) expect(isRefusal(parseEvent(value))).toBe(true);
      }),
      { numRuns },
    );
    expect(Math.min(count.accepted, count.refused)).toBeGreaterThan(0);
  });
});
