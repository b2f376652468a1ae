import { fromMillis, isRefusal } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { fold } from "@jobtrail/core/fold";
import type { Job } from "@jobtrail/core/fold";
import { betterContentArchiving, devo, harperdb, productLive, qlik } from "@jobtrail/schemas";
import type { Schema } from "@jobtrail/schemas";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { development } from "../../src/compat/credentials.ts";
import { compat } from "../../src/compat/index.ts";
import { openStore } from "../../src/store.ts";
import { append } from "../stored.ts";
import { at, JobStory, received, refusedCard } from "../story.ts";
import { apiKey, basic, bearer, signed } from "./asking.ts";

const owner = { tenant: "t", account: "a", service: "s" };

/** How a job goes: how many tries fail, and how it ends. */
const courses = fc.record({
  kind: fc.constantFrom(
    { system: "bullmq", queue: "mail", name: "send" },
    { system: "pgboss", queue: "orders", name: "charge" },
    { system: "croner", queue: "nightly", name: "nightly" },
  ),
  failed: fc.nat(2),
  end: fc.constantFrom("success", "failure", "none"),
  isUuid: fc.boolean(),
  tenant: fc.constantFrom(undefined, "acme"),
});

type Course = typeof courses extends fc.Arbitrary<infer C> ? C : never;

function eventsOf({ kind, failed, end, isUuid, tenant }: Course, i: number): readonly JobEvent[] {
  const id = isUuid ? `59f9cd79-08c1-4154-84fc-86289306b5e${i}` : String(i);
  const begin = Math.floor(Date.now() / 1000) - 3600 + i * 100;
  const job = new JobStory(kind, id, tenant === undefined ? {} : { "job.tenant.id": tenant }, begin);
  const tries = Array.from({ length: failed }, (_, run) => [
    job.started(run + 1, 10 * run + 1),
    job.failed(run + 1, 10 * run + 2, false, refusedCard),
  ]).flat();
  const last = failed + 1;
  const ends = {
    none: [],
    success: [job.started(last, 50), job.succeeded(last, 52)],
    failure: [job.started(last, 50), job.failed(last, 52, true, refusedCard)],
  };
  return [job.queued(0), ...tries, ...ends[end]];
}

/** What a schema says of jobs, however its records are spelled. */
const saidOf = (records: readonly unknown[], schema: Schema<object>): readonly unknown[] =>
  fold(
    records.flatMap((record) => {
      const parsed = schema.parse(record);
      if (isRefusal(parsed)) throw new Error(`${parsed.path} is ${parsed.found}; expected ${parsed.expected}`);
      return schema.read(parsed, at(0));
    }),
  )
    .map(({ uid, state, result, runs, attributes }: Job) => ({
      uid,
      state,
      result,
      name: attributes["job.name"],
      tenant: attributes["job.tenant.id"],
      runs: runs.map(({ start, end, result: of }) => ({ start, end, result: of })),
    }))
    .toSorted((a, b) => (a.uid < b.uid ? -1 : 1));

type App = ReturnType<typeof compat>;

// oxlint-disable-next-line typescript/no-explicit-any
const json = async (app: App, path: string, init: RequestInit): Promise<any> => (await app.request(path, init)).json();

/** All that can be asked for, in each way. */
const ways: Readonly<Record<string, readonly [Schema<object>, (app: App) => Promise<readonly unknown[]>]>> = {
  harperdb: [
    harperdb,
    (app) =>
      json(app, "/compat/harperdb", {
        method: "POST",
        headers: basic,
        body: JSON.stringify({
          operation: "search_jobs_by_start_date",
          from_date: "2020-01-01",
          to_date: "2100-01-01",
        }),
      }),
  ],
  devo: [devo, async (app) => (await json(app, "/compat/devo/search/jobs", { headers: signed() })).object],
  "product-live": [
    productLive,
    async (app) => (await json(app, "/compat/product-live/v1/audit_logs?size=500", { headers: apiKey })).data,
  ],
  qlik: [qlik, async (app) => (await json(app, "/compat/qlik/api/v1/audits?limit=100", { headers: bearer })).data],
};

/** What a way of asking leaves out: HarperDB's search jobs that never started, Qlik's audits runs that go on. */
const isAsked = (name: string, events: readonly JobEvent[]): boolean =>
  name === "harperdb"
    ? events.some((event) => event.name === "job.run.started")
    : name !== "qlik" || events.some((event) => event.name === "job.run.ended");

test.each(Object.keys(ways))(
  "what is asked for as %s documents it says what the schema says of the jobs",
  async (name) => {
    const [schema, all] = ways[name] as (typeof ways)[string];
    await fc.assert(
      fc.asyncProperty(fc.array(courses, { minLength: 1, maxLength: 6 }), async (given) => {
        const store = await openStore();
        const jobs = given.map(eventsOf);
        await append(store, jobs.flat().map(received), fromMillis(Date.now()));
        const app = compat({ store, owner, credentials: development, now: Date.now });
        const wanted = jobs
          .filter((events) => isAsked(name, events))
          .flatMap((events) => {
            const records = schema.write(events, owner);
            return isRefusal(records) ? [] : records;
          })
          .filter((record) => name !== "qlik" || hasEnded(record));
        expect(saidOf(await all(app), schema)).toEqual(saidOf(wanted, schema));
        await store.close();
      }),
      { numRuns: 30 },
    );
  },
);

const hasEnded = (record: object): boolean =>
  !["queued", "running"].includes((record as { data: { status?: string } }).data.status ?? "");

test("the file of the job audit log says what the schema says of the executions", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(courses, { minLength: 1, maxLength: 6 }), async (given) => {
      const store = await openStore();
      const jobs = given.map(eventsOf);
      await append(store, jobs.flat().map(received), fromMillis(Date.now()));
      const app = compat({ store, owner, credentials: development, now: Date.now });
      const answer = await app.request("/audit.csv", { headers: basic });
      const [labels = [], ...rows] = (await answer.text())
        .trimEnd()
        .split("\r\n")
        .map((row) => row.split(","));
      const found = rows.map((cells) =>
        Object.fromEntries(labels.map((label, i) => [label, cells[i]]).filter(([, value]) => value !== "")),
      );
      const wanted = jobs
        .flatMap((events) => {
          const records = betterContentArchiving.write(events, owner);
          return isRefusal(records) ? [] : records;
        })
        .map(({ jobtrail: _, ...record }) => record)
        .filter(({ Status }) => Status !== "Waiting" && Status !== "Running");
      const byId = (all: readonly object[]): readonly unknown[] =>
        all
          .map((record) => JSON.parse(JSON.stringify(record)) as Record<string, string>)
          .toSorted((a, b) => ((a["Job execution ID"] ?? "") < (b["Job execution ID"] ?? "") ? -1 : 1));
      expect(byId(found)).toEqual(byId(wanted));
      await store.close();
    }),
    { numRuns: 30 },
  );
});
