import { fromIso, fromMillis, isRefusal, toIso, toMillis } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import type { Job } from "@jobtrail/core/fold";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isoOf } from "../src/derive.ts";
import { schemas } from "../src/index.ts";
import type { Identity, Mark, Schema } from "../src/index.ts";
import { factsOf, jobIn, jobs } from "./jobs.ts";

const numRuns = process.env["CI"] === "true" ? 2000 : 300;

const identity: Identity = { tenant: "tenant of the settings", account: "account of the settings" };
const seen = fromMillis(2_000_000_000_000);

// A word for the state may say more than is known: where there is none for a job that was removed, that it failed.
const implied: readonly string[] = ["job.run.result", "error.type"];

const isKnown = (key: string, value: unknown): boolean =>
  key.startsWith("job.record.") || implied.includes(key) || Object.values(identity).includes(value);

interface Marked {
  readonly jobtrail?: Mark;
}

const writtenIn = (schema: Schema<object>, events: readonly JobEvent[]): readonly (object & Marked)[] => {
  const records = schema.write(events, identity);
  if (isRefusal(records)) throw new Error(`${records.path} is ${records.found}; expected ${records.expected}`);
  return records;
};

const readBack = (schema: Schema<object>, records: readonly object[]): readonly JobEvent[] =>
  records.flatMap((record) => {
    const parsed = schema.parse(JSON.stringify(record));
    if (isRefusal(parsed)) throw new Error(`${parsed.path} is ${parsed.found}; expected ${parsed.expected}`);
    return schema.read(parsed, seen);
  });

/** Every value that a job's events tell, its times in each of the forms that records have. */
function valuesOf(job: Job): readonly unknown[] {
  const attributes = [job, ...job.runs].flatMap((each) => Object.values(each.attributes).flat());
  const nominal = attributes.map((value) => (typeof value === "string" ? fromIso(value) : undefined));
  const times = [...nominal, job.queued, job.last, ...job.runs.flatMap(({ start, end }) => [start, end])];
  return [
    ...attributes,
    ...[job, ...job.runs].flatMap(({ error }) => [error?.type, error?.message]),
    ...job.runs.map(({ duration }) => `${duration} s`),
    ...times.flatMap((time) =>
      time === undefined ? [] : [toMillis(time), toIso(time), isoOf(time, 6), isoOf(time, 7)],
    ),
    ...Object.values(identity),
  ];
}

const leavesOf = (value: unknown, path = ""): readonly (readonly [string, unknown])[] =>
  typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, each]) =>
        leavesOf(each, Array.isArray(value) ? `${path}[]` : path === "" ? key : `${path}.${key}`),
      )
    : [[path, value]];

const isDerived = (path: string, mark: Mark | undefined): boolean =>
  mark?.derived.some((name) => name === path || path.startsWith(`${name}.`) || path.startsWith(`${name}[]`)) === true;

it("refuses by name what must be known of a job and is not, and writes nothing", () => {
  const [events = []] = fc.sample(jobs, { numRuns: 1, seed: 1 });
  const anonymous = events.map(({ attributes: { "job.tenant.id": _, ...attributes }, ...event }) => ({
    ...event,
    attributes: attributes as JobEvent["attributes"],
  }));
  const refused = Object.values(schemas).flatMap((schema) => {
    const records = schema.write(anonymous);
    return isRefusal(records) ? [[schema.name, records.path, records.found]] : [];
  });
  expect(refused).toEqual([
    ["product-live", "JOBTRAIL_ACCOUNT", "nothing"],
    ["qlik", "JOBTRAIL_TENANT", "nothing"],
  ]);
});

describe.each(Object.entries(schemas))("a job of another system in the schema %s", (_, schema) => {
  const always = (check: (events: readonly JobEvent[]) => void): void =>
    fc.assert(fc.property(jobs, check), { numRuns });

  it("is a record that the schema parses, and that says whose job it is", () => {
    always((events) => {
      const { uid, attributes } = jobIn(events);
      const records = writtenIn(schema, events);
      expect(records.length).toBeGreaterThan(0);
      for (const { jobtrail } of records)
        expect(jobtrail).toMatchObject({ system: attributes["job.system.name"], uid });
      const again = jobIn(readBack(schema, records));
      expect([again.uid, again.attributes["job.system.name"]]).toEqual([uid, attributes["job.system.name"]]);
    });
  });

  it("is written the same when it is written again", () => {
    always((events) => {
      expect(writtenIn(schema, events)).toEqual(writtenIn(schema, [...events].reverse()));
    });
  });

  it("has nothing that the job does not tell of", () => {
    always((events) => {
      const again = factsOf(jobIn(readBack(schema, writtenIn(schema, events))));
      const told = factsOf(jobIn(events), again["job.run.uid"]);
      const invented = Object.keys(again).filter((key) => told[key] === undefined && !isKnown(key, again[key]));
      expect(invented).toEqual([]);
    });
  });

  it("has values of its own in every field that is not said to be derived", () => {
    always((events) => {
      const job = jobIn(events);
      const told = new Set(valuesOf(job).map((value) => String(value)));
      for (const { jobtrail, ...record } of writtenIn(schema, events))
        for (const [path, value] of leavesOf(record))
          if (!isDerived(path, jobtrail)) expect([path, value, told.has(String(value))]).toEqual([path, value, true]);
    });
  });

  it("is never called Qlik's", () => {
    always((events) => {
      expect(JSON.stringify(writtenIn(schema, events))).not.toContain("com.qlik");
    });
  });
});
