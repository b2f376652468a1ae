import { inspect, isDeepStrictEqual } from "node:util";
import { isRefusal } from "@jobtrail/core/event";
import type { HrTime } from "@opentelemetry/api";
import * as fc from "fast-check";
import type { Form } from "../src/form.ts";
import { schemas } from "../src/index.ts";
import type { JsonObject } from "../src/json.ts";
import type { Schema } from "../src/schema.ts";
import { canary, recordsOf } from "./arbitrary.ts";
import { mutated } from "./mutation.ts";

/** What became of the mutated records of one schema. */
export interface Fuzzed {
  readonly name: string;
  readonly read: number;
  readonly refused: number;
  /** How often something was refused at a path, in the form that it has in any list: `blocks[].type`. */
  readonly paths: ReadonlyMap<string, number>;
}

/** A mutated record that was neither read nor refused as it should be. */
export class Fault extends Error {
  override readonly name = "Fault";
}

interface Counted extends Fuzzed {
  read: number;
  refused: number;
  readonly paths: Map<string, number>;
}

const batch = 500;

/** How many mutated records come of one record. */
const mutants = 8;

/**
 * Gives mutated records to all forms of all schemas, as many to each schema.
 * @throws Fault with the seed and the input, where one breaks a promise.
 */
export function fuzz(count: number, seed: number, over: (done: number) => void = () => undefined): readonly Fuzzed[] {
  const all = Object.values(schemas).map((schema) => ({
    schema,
    records: schema.forms.map((form) => recordsOf(form as Form<never>)),
    counted: { name: schema.name, read: 0, refused: 0, paths: new Map() } as Counted,
  }));
  const share = Math.ceil(count / all.length);
  for (let done = 0, turn = 0; done < share; turn++) {
    const size = Math.min(batch, share - done);
    for (const { schema, records, counted } of all) {
      const form = records[turn % records.length] as fc.Arbitrary<JsonObject>;
      // To make a record takes longer than all else.
      const made = fc.sample(form, { numRuns: Math.ceil(size / mutants), seed: seed + turn });
      for (const input of fc.sample(mutated(fc.constantFrom(...made)), { numRuns: size, seed: seed + turn }))
        checked(schema, input, counted, seed);
    }
    done += size;
    over(done * all.length);
  }
  return all.map(({ counted }) => counted);
}

function checked(schema: Schema<object>, input: unknown, counted: Counted, seed: number): void {
  try {
    check(schema, input, counted);
  } catch (error) {
    const shown = typeof input === "string" ? input : inspect(input);
    throw new Fault(`${schema.name}, seed ${seed}: ${String(error)}\n${shown.slice(0, 2000)}`, {
      cause: error,
    });
  }
}

const seen: HrTime = [1_700_000_000, 0];

function check(schema: Schema<object>, input: unknown, counted: Counted): void {
  const record = schema.parse(input);
  if (isRefusal(record)) {
    demand(record.path !== "" && record.expected !== "" && record.found !== "", "a refusal does not say where and why");
    demand(!JSON.stringify(record).includes(canary), "a refusal tells a secret");
    counted.refused++;
    const path = record.path.replaceAll(/\[\d+\]/g, "[]");
    counted.paths.set(path, (counted.paths.get(path) ?? 0) + 1);
  } else {
    // Nothing is added, left out or replaced.
    demand(isDeepStrictEqual(plain(record), asPlain(input)), "the record is not what was given");
    const events = schema.read(record, seen);
    demand(!JSON.stringify(events).includes(canary), "an event tells a secret");
    const written = schema.write(events);
    demand(isDeepStrictEqual(written, [schema.redact(record)]), "what is written is not the record");
    counted.read++;
  }
  demand(isDeepStrictEqual(namesNow(), names), "a prototype was changed");
}

function demand(holds: boolean, complaint: string): void {
  if (!holds) throw new Error(complaint);
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;

const asPlain = (input: unknown): unknown =>
  typeof input === "string" ? JSON.parse(input.replace(/^\uFEFF/, "")) : plain(input);

const namesNow = (): readonly PropertyKey[][] =>
  [Object.prototype, Array.prototype, String.prototype, Number.prototype].map((each) => Reflect.ownKeys(each));

const names = namesNow();
