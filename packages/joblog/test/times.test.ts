import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { openStore } from "../src/store.ts";
import { append, folder, having, jobsOf, keep } from "./stored.ts";
import { at, email, nightly, received, JobStory } from "./story.ts";

const year = 365 * 86_400;

/** A file that an earlier version made, in a folder of its own. */
function earlier(tables: number): ReturnType<typeof folder> {
  const made = folder();
  const packed = readFileSync(join(import.meta.dirname, `fixtures/tables-${tables}.db.gz`));
  writeFileSync(join(made.path, "jobs.db"), gunzipSync(packed));
  return made;
}

test("a file of the first version opens and answers, and the record that broke its lists does no more", async () => {
  using data = earlier(1);
  const store = await openStore({ data: data.path });
  const jobs = await jobsOf(store);
  expect(jobs.map(({ id, state, result, first, counts }) => [id, state, result, first.slice(0, 10), counts])).toEqual([
    ["ahead", "completed", "success", new Date().toISOString().slice(0, 10), { runs: 1, retries: 0, lost: 0 }],
    ["body", "waiting", undefined, "2026-03-02", { runs: 0, retries: 0, lost: 0 }],
    ["removed", "removed", "success", "2026-03-02", { runs: 1, retries: 0, lost: 0 }],
    ["zero", "completed", "success", "2026-03-02", { runs: 1, retries: 0, lost: 0 }],
    ["3", "active", "success", "2026-03-02", { runs: 2, retries: 0, lost: 0 }],
    ["2", "failed", "failure", "2026-03-02", { runs: 3, retries: 2, lost: 1 }],
    ["1", "completed", "success", "2026-03-02", { runs: 1, retries: 0, lost: 0 }],
  ]);
  expect(await store.summary()).toEqual({
    jobs: 7,
    runs: 9,
    success: 5,
    failure: 1,
    retries: 2,
    lost: 1,
    records: 29,
    spans: 7,
    metrics: 3,
    refused: 1,
    other: 1,
  });
  const history = await store.history(jobs.at(-1)?.uid ?? "");
  expect(history?.lines.map(({ record }) => record.body)).toEqual(["connecting", "by uid"]);
  expect(history?.events[0]?.resource.attributes).toEqual({ "service.name": "shop-worker", "host.name": "worker-1" });
  await store.close();
});

test("a file of tables 3 opens and answers; its records go to the files of the days that received them", async () => {
  using data = earlier(3);
  const store = await openStore({ data: data.path });
  const { records, ...summary } = await store.summary();
  expect([records, summary]).toEqual([
    17,
    { jobs: 3, runs: 6, success: 2, failure: 1, retries: 2, lost: 1, spans: 1, metrics: 0, refused: 0, other: 0 },
  ]);
  const history = await store.history(new JobStory(email, "1").uid);
  expect(history?.lines.map(({ record }) => record.body)).toEqual(["hello", "by uid"]);
  expect(history?.events.map(({ record }) => record.eventName)).toContain("job.run.ended");
  await store.close();
  const days = readdirSync(join(data.path, "days")).filter((name) => name.endsWith(".records.db"));
  expect(days.slice(0, 2)).toEqual(["2026-03-02.records.db", "2026-03-03.records.db"]);
  expect(readdirSync(data.path)).toContain("jobs.db.migrated");
});

test("a job of Go's zero time is in every list, and its record says what cannot be so", async () => {
  const store = await openStore();
  const job = new JobStory(email, "zero", { "job.created_at": "0001-01-01T00:00:00Z" });
  await keep(store, job.queued(20), job.started(1, 21), new JobStory(email, "1").queued(19));
  for (const query of [having({}), having({ queue: "email" })])
    expect((await jobsOf(store, query)).map(({ id, queued }) => [id, queued])).toEqual([
      ["zero", "2026-03-02T03:00:20.000Z"],
      ["1", "2026-03-02T03:00:19.000Z"],
    ]);
  expect((await store.history(job.uid))?.events.map(({ anomaly }) => anomaly)).toEqual([
    "job.created_at is 0001-01-01T00:00:00Z; received at 2026-03-02T05:46:40.000Z",
    undefined,
  ]);
});

test("a worker whose clock is ten years ahead does not stay on top", async () => {
  const store = await openStore();
  const ahead = new JobStory(email, "ahead", {}, nightly + 10 * year);
  await keep(store, ahead.queued(0), ahead.started(1, 1), ahead.succeeded(1, 2));
  await append(store, [received(new JobStory(email, "later").queued(10_001))], at(10_002));
  const before = await jobsOf(store);
  expect(before.map(({ id, first, last }) => [id, first, last])).toEqual([
    ["later", "2026-03-02T05:46:41.000Z", "2026-03-02T05:46:41.000Z"],
    ["ahead", "2026-03-02T05:46:40.000Z", "2026-03-02T05:46:40.000Z"],
  ]);
  await store.rebuild();
  expect(await jobsOf(store)).toEqual(before);
});

test("the summary counts by result: a job that is removed afterwards stays a success or a failure", async () => {
  const store = await openStore();
  const [good, bad, open] = [new JobStory(email, "1"), new JobStory(email, "2"), new JobStory(email, "3")];
  await keep(store, good.queued(0), good.started(1, 1), good.succeeded(1, 2));
  await keep(store, bad.queued(0), bad.started(1, 1), bad.failed(1, 2, true, { type: "E" }));
  await keep(store, open.queued(0), open.started(1, 1), open.failed(1, 2, false, { type: "E" }));
  expect(await store.summary()).toMatchObject({ success: 1, failure: 1 });
  await keep(store, good.event("job.removed", 9), bad.event("job.removed", 9));
  expect(await store.summary()).toMatchObject({ success: 1, failure: 1 });
  const found = async (query: ReturnType<typeof having>): Promise<unknown> =>
    (await jobsOf(store, query)).map(({ id, state, result }) => [id, state, result]);
  expect(await found(having({ result: "success" }))).toEqual([["1", "removed", "success"]]);
  expect(await found(having({ failed: true }))).toEqual([["2", "removed", "failure"]]);
});

test("a record keeps the body that it was received with", async () => {
  const store = await openStore();
  const job = new JobStory(email, "1");
  const given = received(job.queued(0));
  const body = { jobId: "1", nested: { state: ["waiting"] } };
  await append(store, [{ ...given, record: { ...given.record, body } }]);
  expect((await store.history(job.uid))?.events.map(({ record }) => record.body)).toEqual([body]);
});

test("a record that is larger than any of ours is cut, and its body is a sentence", async () => {
  const store = await openStore();
  const job = new JobStory(email, "1");
  const given = received(job.queued(0));
  await append(store, [{ ...given, record: { ...given.record, body: "x".repeat(1_000_000) } }]);
  expect((await store.history(job.uid))?.events.map(({ record }) => record.body)).toEqual([
    `send-receipt in email was queued (job 1, ${job.uid.slice(0, 8)})`,
  ]);
});
