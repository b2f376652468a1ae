import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { EventName, JobState, RunResult } from "@jobtrail/conventions";
import { fromMillis, isRefusal } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { fold } from "@jobtrail/core/fold";
import type { Job } from "@jobtrail/core/fold";

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseEvent, schemas } from "../src/index.ts";
import type { Schema } from "../src/index.ts";
import { recordsOf } from "./arbitrary.ts";
import { jobIn, lives } from "./jobs.ts";
import { seen, sound } from "./reading.ts";

const numRuns = process.env["CI"] === "true" ? 2000 : 200;
const identity = { tenant: "tenant", account: "account" };
const all = Object.entries(schemas);
const schemaNamed = (name: string): Schema<object> => schemas[name] as Schema<object>;

const fileOf = (name: string): string => readFileSync(join(import.meta.dirname, "cases", name), "utf8");

const readAll = (schema: Schema<object>, records: readonly object[]): readonly JobEvent[] =>
  records.flatMap((record) => schema.read(sound(schema.parse(JSON.stringify(record))), seen));

/** Jobs as they are when they were written in a schema and read again. */
const through = (schema: Schema<object>, events: readonly JobEvent[]): readonly Job[] =>
  fold(readAll(schema, sound(schema.write(events, identity))));

/** What a result says, as far as every schema can: HarperDB calls all that is no success an ERROR, Product-Live has no word for a skip. */
const isSaid = (result: RunResult | undefined, again: RunResult | undefined): boolean =>
  result === "skip"
    ? again !== "success"
    : (result === undefined) === (again === undefined) && (result === "success") === (again === "success");

/** Records that say that a job has a status, with and without an end time, by the schemas. */
const withStatus: Readonly<Record<string, Readonly<Record<string, (status: string, hasEnd: boolean) => object>>>> = {
  harperdb: {
    job: (status, hasEnd) => ({
      id: "a1",
      status,
      created_datetime: 1_790_000_000_000,
      start_datetime: 1_790_000_001_000,
      end_datetime: hasEnd ? 1_790_000_002_000 : null,
    }),
  },
  devo: { job: (status) => ({ id: "a1", status, error: [] }) },
  "product-live": {
    end: (status, hasEnd) => ({
      PlType: "job.end",
      Details: {
        jobInstanceId: "a1",
        jobInstanceStatus: status,
        jobInstanceStartAt: "2026-09-21T14:13:21Z",
        jobInstanceEndAt: hasEnd ? "2026-09-21T14:13:22Z" : null,
      },
    }),
    execution: (status, hasEnd) => ({
      object: "job_execution",
      id: "a1",
      status,
      startedAt: "2026-09-21T14:13:21Z",
      endedAt: hasEnd ? "2026-09-21T14:13:22Z" : null,
    }),
  },
  "better-content-archiving": {
    exact: (status, hasEnd) => ({
      "Job execution ID": "a1",
      Status: status,
      Started: "2026-09-21T14:13:21Z",
      Ended: hasEnd ? "2026-09-21T14:13:22Z" : "",
    }),
    shown: (status, hasEnd) => ({
      "Job execution ID": "a1",
      Status: status,
      Ended: hasEnd ? "21 Sep 2026 2:07:12 PM" : "",
    }),
  },
  qlik: {
    event: (status, hasEnd) => ({
      id: "e1",
      source: "com.qlik/automations",
      type: "com.qlik.v1.automation.run.ended",
      specversion: "1.0.2",
      tenantid: "t1",
      data: { id: "a1", status, stopTime: hasEnd ? "2026-09-21T14:13:22Z" : null },
    }),
  },
};

/** Kinds of records that say by themselves that a job has ended. */
const saysEnd: ReadonlySet<string> = new Set(["end", "event"]);

const kinds = Object.entries(withStatus).flatMap(([name, forms]) =>
  Object.entries(forms).map(([kind, make]) => [name, kind, make] as const),
);

/** The words that a document lists for a field that holds the status. */
const wordsOf = (schema: Schema<object>): readonly string[] => [
  ...new Set(
    schema.forms.flatMap(({ fields }) =>
      fields.flatMap(({ attribute, values = [] }) => (attribute === "job.status.native" ? values : [])),
    ),
  ),
];

const mainOf = (schema: Schema<object>, record: object): JobEvent => {
  const main = readAll(schema, [record]).at(-1);
  if (main === undefined) throw new Error("A record tells nothing.");
  return main;
};

const saidBy = ({ name, attributes }: JobEvent): readonly unknown[] => [
  name,
  attributes["job.state"],
  attributes["job.run.result"],
  attributes["job.run.final"],
  attributes["job.record.anomaly"]?.replace(/is "[^"]*"/, "is …"),
];

const ends: ReadonlySet<EventName> = new Set(["job.run.ended", "job.ended", "job.removed"]);

describe.each(kinds)("a record of %s, %s", (name, kind, make) => {
  const schema = schemaNamed(name);

  it.each(wordsOf(schema))("means the same by %s in whatever case and with whatever between its words", (word) => {
    for (const hasEnd of [true, false])
      for (const other of [word.toUpperCase(), word.toLowerCase(), ` ${word} `, word.replaceAll(/[ _]/g, "-")])
        expect([other, ...saidBy(mainOf(schema, make(other, hasEnd)))]).toEqual([
          other,
          ...saidBy(mainOf(schema, make(word, hasEnd))),
        ]);
  });

  it.each(wordsOf(schema))("keeps its end where its status is %s, and says where the two do not agree", (word) => {
    const { name: event, attributes } = mainOf(schema, make(word, true));
    if (kind !== "job" || name !== "devo") expect(ends.has(event)).toBe(true);
    const isOutcome = ends.has(mainOf(schema, make(word, false)).name) && !saysEnd.has(kind);
    if (isOutcome) expect(attributes["job.record.anomaly"] ?? "").not.toContain("which is no end");
  });

  it("keeps an end, and knows no outcome, where no document lists the status", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 3 }), fc.boolean(), (text, hasEnd) => {
        const main = mainOf(schema, make(`x${text}`, hasEnd));
        const hasEnded = (hasEnd && name !== "devo") || saysEnd.has(kind);
        expect([main.name === "job.run.progress", ends.has(main.name)]).toEqual([!hasEnded, hasEnded]);
        const { "job.state": state, "job.run.result": result, "job.run.final": final } = main.attributes;
        expect([state, result, final]).toEqual([undefined, undefined, undefined]);
        expect(main.attributes["job.record.anomaly"]).toContain("the document lists");
      }),
      { numRuns },
    );
  });
});

it.each(["qlik-data-null", "qlik-data-missing", "qlik-data-base64"])(
  "knows that the run of %s ended and nothing of its outcome, and says so in every schema",
  (name) => {
    const { qlik } = schemas;
    if (qlik === undefined) throw new Error("There is no schema qlik.");
    const events = qlik.read(sound(qlik.parse(fileOf(`${name}.json`))), seen);
    expect(events.at(-1)?.attributes["job.record.anomaly"]).toMatch(/^data.* is not there: how it ended is not known$/);
    expect(JSON.stringify(events)).not.toContain("eyJpZCI6ImEifQ");
    const statuses = all
      .filter(([other]) => other !== "qlik")
      .map(([other, schema]) => [other, statusIn(sound(schema.write(events, identity)).at(-1))]);
    expect(statuses).toEqual([
      ["better-content-archiving", "Unknown"],
      ["devo", "UNKNOWN"],
      ["harperdb", "UNKNOWN"],
      ["product-live", "UNKNOWN"],
    ]);
  },
);

/** The status in a record of any schema that was derived. */
function statusIn(record: object | undefined): unknown {
  const { status, Status, object, data, Details } = (record ?? {}) as Record<string, Record<string, unknown>>;
  return object?.["status"] ?? data?.["status"] ?? Details?.["jobInstanceStatus"] ?? Status ?? status;
}

it("writes a job that was removed after its success as done, with its end", () => {
  const events = fileOf("removed-after-success.ndjson")
    .trim()
    .split("\n")
    .map((line) => sound(parseEvent(line)));
  const written = all.map(([name, schema]) => [name, statusIn(sound(schema.write(events, identity)).at(-1))]);
  expect(written).toEqual([
    ["better-content-archiving", "Successful"],
    ["devo", "COMPLETED"],
    ["harperdb", "COMPLETE"],
    ["product-live", "COMPLETED"],
    ["qlik", "finished"],
  ]);
  expect(sound(schemaNamed("harperdb").write(events))).toMatchObject([{ end_datetime: 1_790_000_002_000 }]);
});

/** Jobs whose ends may say nothing, or no more than a state. */
const vague: fc.Arbitrary<readonly JobEvent[]> = fc
  .tuple(lives, fc.constantFrom<JobState | undefined>(undefined, "stopped"), fc.boolean())
  .map(([events, state, isVague]) =>
    !isVague
      ? events
      : events.map((event) => {
          if (event.name !== "job.run.ended" || event.attributes["job.run.result"] === "deferred") return event;
          const { error: _, ...rest } = event;
          const { "job.run.result": __, "job.state": ___, ...attributes } = event.attributes;
          return { ...rest, attributes: { ...attributes, ...(state !== undefined && { "job.state": state }) } };
        }),
  );

const isOver = ({ state, runs, ended }: Job): boolean =>
  ["completed", "failed", "cancelled", "stopped"].includes(state) && (ended !== undefined || runs.length > 0);

describe.each(all)("a job that went through %s", (_, schema) => {
  it("has the outcome that was reported, and none where none was", () => {
    fc.assert(
      fc.property(vague, (events) => {
        const job = jobIn(events);
        const [again] = through(schema, events);
        if (isOver(job)) expect([job.result, again?.result]).toSatisfy(([a, b]: RunResult[]) => isSaid(a, b));
        else if (job.runs.every(({ result }) => result === undefined)) expect(again?.result).toBeUndefined();
      }),
      { numRuns },
    );
  });

  it("keeps its outcome, whatever happens to it later", () => {
    const later = fc.constantFrom<EventName>("job.removed", "job.run.progress", "job.run.heartbeat", "job.stalled");
    fc.assert(
      fc.property(vague, fc.array(later, { maxLength: 3 }), (events, names) => {
        const job = jobIn(events);
        fc.pre(
          isOver(job) && job.result !== undefined && (job.ended !== undefined || job.runs.at(-1)?.end !== undefined),
        );
        const run = job.runs.at(-1)?.attributes ?? {};
        const isOfRun = (name: EventName): boolean => name.startsWith("job.run.");
        const possible = names.filter((name) => !isOfRun(name) || run["job.run.uid"] !== undefined);
        const more = possible.map((name, i): JobEvent => ({
          name,
          time: fromMillis(2_000_000_000_000 + i),
          seen: fromMillis(2_000_000_000_000 + i),
          attributes: {
            "job.system.name": job.attributes["job.system.name"] ?? "",
            "job.uid": job.uid,
            "job.id": job.attributes["job.id"] ?? "",
            "job.record.source": "hook",
            "log.record.uid": `later-${i}`,
            ...(name.startsWith("job.run.") &&
              run["job.run.uid"] !== undefined && { "job.run.uid": run["job.run.uid"] }),
          },
        }));
        const [before] = through(schema, events);
        const [after] = through(schema, [...events, ...more]);
        expect([after?.result, after?.runs.at(-1)?.end]).toEqual([before?.result, before?.runs.at(-1)?.end]);
      }),
      { numRuns },
    );
  });
});

describe.each(all)("a record of %s", (_, schema) => {
  it.each(schema.forms.map((form) => [form.name, form] as const))(
    "as %s, written in any other schema, has no outcome that it did not report",
    (__, form) => {
      fc.assert(
        fc.property(recordsOf(form as never), (made) => {
          const parsed = schema.parse(JSON.stringify(made));
          if (isRefusal(parsed)) return;
          const events = schema.read(parsed, seen).filter(({ attributes }) => attributes["job.uid"] !== undefined);
          const [job] = fold(events);
          if (job === undefined || job.result !== undefined) return;
          for (const [name, other] of all)
            if (name !== schema.name) expect([name, through(other, events)[0]?.result]).toEqual([name, undefined]);
        }),
        { numRuns: Math.ceil(numRuns / 4) },
      );
    },
  );
});
