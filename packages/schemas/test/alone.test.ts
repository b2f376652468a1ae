import type { JobAttributes } from "@jobtrail/conventions";
import { isRefusal, toIso } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { betterContentArchiving, productLive, qlik, rendererOf, schemas } from "../src/index.ts";
import type { Mark, Schema } from "../src/index.ts";
import { lives } from "./jobs.ts";
import { told as story } from "./story.ts";

const numRuns = process.env["CI"] === "true" ? 2000 : 300;

const identity = { tenant: "tenant of the settings", account: "account of the settings", service: "letters" };

/** Events as hooks tell them that find the stored time of creation at each run, and before the job's own end. */
const told: fc.Arbitrary<readonly JobEvent[]> = lives.map((events) => {
  const queued = events.find(({ name }) => name === "job.queued")?.time;
  if (queued === undefined) return events;
  const created = { "job.created_at": toIso(queued) };
  return events.map((event) =>
    event.name === "job.queued" ? event : { ...event, attributes: { ...event.attributes, ...created } },
  );
});

const runOf = ({ attributes }: JobEvent): string | undefined => attributes["job.run.uid"];

/** What these tests look at in records of any schema. */
interface Written {
  readonly jobtrail?: Mark;
  readonly "Job execution ID"?: string;
  readonly Details?: { readonly jobInstanceId?: string };
  readonly data?: { readonly id?: string };
}

/** The records of a job, as JSON text has them. */
function writtenIn(schema: Schema<object>, events: readonly JobEvent[]): readonly Written[] {
  const records = schema.write(events, identity);
  if (isRefusal(records)) throw new Error(`${records.path} is ${records.found}; expected ${records.expected}`);
  return JSON.parse(JSON.stringify(records)) as Written[];
}

/** An event, those before it, and the record that it is rendered as. */
interface Told {
  readonly event: JobEvent;
  readonly before: readonly JobEvent[];
  readonly record: Written;
}

/** Renders events while the job is at work: each with what its run told before it, and nothing of other runs. */
function renderedIn(schema: Schema<object>, events: readonly JobEvent[]): readonly Told[] {
  const render = rendererOf(schema, identity);
  return events.flatMap((event, i) => {
    const before = events.slice(0, i);
    const run = runOf(event);
    const rendering = render([...(run === undefined ? [] : before.filter((each) => runOf(each) === run)), event]);
    if (isRefusal(rendering)) throw new Error(`${rendering.path} is ${rendering.found}`);
    return rendering === undefined ? [] : [{ event, before, record: JSON.parse(rendering.content) as Written }];
  });
}

/** What else happens to a job is told without its runs, which nobody may know then. */
const isOfRun = (event: JobEvent): boolean => event.name === "job.queued" || runOf(event) !== undefined;

/** Who asked for a job, and where it belongs, is not taken from the job's own end: who ended it may be another. */
const withoutAsker = (event: JobEvent): JobEvent => ({
  ...event,
  attributes: Object.fromEntries(
    Object.entries(event.attributes).filter(([key]) => !/^job\.(actor|scope)\./.test(key)),
  ) as JobEvent["attributes"],
});

const always = (check: (events: readonly JobEvent[]) => void): void => fc.assert(fc.property(told, check), { numRuns });

const named = Object.values(schemas).map((schema) => [schema.name, schema] as const);

it.each(named)("a run that is rendered alone is the record that the whole job gives it, as %s", (_, schema) => {
  always((events) => {
    for (const { event, before, record } of renderedIn(schema, events).filter((each) => isOfRun(each.event)))
      expect(record).toEqual(
        writtenIn(schema, [...before, event]).findLast(({ jobtrail }) => jobtrail?.run?.uid === runOf(event)),
      );
  });
});

// The others have one record for a job: each run tells how the job is then, and the last one's stands.
const ofRuns = named.filter(([name]) => name !== "devo" && name !== "harperdb");

describe.each(ofRuns)("as %s", (_, schema) => {
  it("a run's record stays as it is whatever becomes of the job, and no two runs have one", () => {
    always((events) => {
      const alone = renderedIn(schema, events).flatMap(({ event, record }) => (isOfRun(event) ? [record] : []));
      expect(writtenIn(schema, events)).toEqual(expect.arrayContaining(alone));
      expect(new Set(alone.map((record) => JSON.stringify(record))).size).toBe(alone.length);
    });
  });

  it("a job's own end is a record beside those of its runs", () => {
    always((all) => {
      const events = all.map(withoutAsker);
      const ends = renderedIn(schema, events).flatMap(({ event, record }) => (isOfRun(event) ? [] : [record]));
      expect(writtenIn(schema, events)).toEqual(expect.arrayContaining(ends));
    });
  });
});

const id = "3f6002a9-69cb-4495-9745-d47216fc58bf";

/** A job with this id that failed once and then was done; what its first end says may be changed. */
const retried = (first: (said: JobAttributes) => JobAttributes = (said) => said): readonly JobEvent[] =>
  story.map((event, i) => {
    const attributes = { ...event.attributes, "job.id": id };
    return { ...event, attributes: i === 2 ? first(attributes) : attributes };
  });

const idsIn = (events: readonly JobEvent[]): object => ({
  bca: writtenIn(betterContentArchiving, events).map((record) => record["Job execution ID"]),
  qlik: writtenIn(qlik, events).map(({ data }) => data?.id),
});

const first = { bca: "d37b7a36b7de2444d2c4241d3daddaa1-1", qlik: "9ccd2491-91ae-8798-8db9-a89f1ad4e7f1" };

it("gives a job's id to the run that ended it, and to no try before", () => {
  expect(idsIn(retried())).toEqual({ bca: [first.bca, id], qlik: [first.qlik, id] });
  expect(idsIn(retried().slice(1, 3))).toEqual({ bca: [first.bca], qlik: [first.qlik] });
});

it("knows by the state after a run's end that there will be another", () => {
  const events = retried(({ "job.run.final": _, ...said }) => ({ ...said, "job.state": "stalled" }));
  expect(idsIn(events.slice(1, 3))).toEqual({ bca: [first.bca], qlik: [first.qlik] });
});

it("takes a run for the last whose end does not say whether there will be another, until that has started", () => {
  const events = retried(({ "job.run.final": _, ...said }) => said);
  expect(idsIn(events.slice(1, 3))).toEqual({ bca: [id], qlik: [id] });
  expect(idsIn(events)).toEqual({ bca: [first.bca, id], qlik: [first.qlik, id] });
});

it("gives the instance that was queued to a job's first try, also where it put its job back before", () => {
  const instancesIn = (events: readonly JobEvent[]): readonly unknown[] =>
    writtenIn(productLive, events).map(({ Details }) => Details?.jobInstanceId);
  const [queued, tried, triedAgain] = instancesIn(retried());
  expect([tried === queued, triedAgain === queued]).toEqual([true, false]);
  expect(instancesIn(retried().slice(3)).at(-1)).toBe(triedAgain);
  const putBack = retried((said) => ({ ...said, "job.run.result": "deferred" }));
  const attempt = { "job.run.attempt": 1 };
  const events = putBack.map((event) => ({ ...event, attributes: { ...event.attributes, ...attempt } }));
  expect(instancesIn(events)).toEqual([queued, queued]);
});
