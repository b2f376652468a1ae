import { copyFileSync, chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { expect, test } from "vitest";
import { StoreError } from "../src/contract.ts";
import type { Store } from "../src/contract.ts";
import { openStore } from "../src/store.ts";
import type { JobEvent } from "@jobtrail/core";
import { at, email, line, order, received, refusedCard, Teller, without } from "./story.ts";

const now = at(10_000);

const keep = (store: Store, ...events: readonly JobEvent[]): ReturnType<Store["append"]> =>
  store.append(events.map(received), [], now);

/** A folder that is gone after the test. */
function folder(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), "jobtrail-store-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** What can be seen of a store from outside. */
const seen = (store: Store): unknown => {
  const { jobs } = store.list({}, { limit: 1000 });
  return { jobs, views: jobs.map(({ uid }) => store.job(uid)), summary: store.summary() };
};

/** Jobs with retries, losses, real ends of lost runs, progress and nameless records. */
function tales(): JobEvent[] {
  const a = new Teller(email, "1", { "job.actor.id": "ann" });
  const b = new Teller(order, "2");
  const c = new Teller(order, "3");
  return [
    a.queued(0),
    a.started(1, 1),
    a.event("job.run.progress", 2, { "job.run.uid": a.runUid(1), "job.progress": 50 }, 1),
    a.succeeded(1, 3, { "job.run.duration": 2 }),
    b.queued(4),
    b.started(1, 5),
    b.started(2, 50),
    b.failed(2, 51, false, refusedCard),
    b.started(3, 60),
    b.failed(3, 61, true, refusedCard),
    c.queued(5),
    c.started(1, 6),
    c.started(2, 70),
    c.ended(1, 8, { "job.run.result": "success", "job.run.final": false, "job.run.duration": 2 }),
    without(c.event("job.stalled", 69, { "job.record.source": "stream" }), "job.uid"),
    without(a.event("job.run.ended", 3.1, { "job.record.source": "stream", "job.run.result": "success" }), "job.uid"),
  ];
}

test("what is kept can be read again: list, job, events, counts", () => {
  const store = openStore();
  const job = new Teller(order, "7", { "job.actor.type": "user", "job.actor.id": "ann" });
  const events = [
    job.queued(0),
    job.started(1, 1),
    job.failed(1, 2, false, refusedCard),
    job.started(2, 10),
    job.succeeded(2, 11, { "job.run.duration": 1 }),
  ];
  expect(keep(store, ...events)).toEqual({ stored: 5, duplicates: 0, refused: [] });
  expect(store.list({}, { limit: 10 }).jobs).toEqual([
    {
      uid: job.uid,
      id: "7",
      system: "pgboss",
      namespace: "pgboss",
      queue: "orders",
      name: "charge-card",
      state: "completed",
      result: "success",
      actor: { type: "user", id: "ann" },
      first: "2026-03-02T03:00:00.000Z",
      queued: "2026-03-02T03:00:00.000Z",
      started: "2026-03-02T03:00:01.000Z",
      ended: "2026-03-02T03:00:11.000Z",
      last: "2026-03-02T03:00:11.000Z",
      duration: 1,
      counts: { runs: 2, retries: 1, lost: 0 },
    },
  ]);
  expect(store.events(job.uid).map(({ record }) => record.eventName)).toEqual(events.map(({ name }) => name));
  expect(store.events(job.uid)[0]?.resource.attributes["host.name"]).toBe("worker-1");
  expect(store.summary()).toEqual({
    jobs: 1,
    runs: 2,
    success: 1,
    failure: 0,
    retries: 1,
    lost: 0,
    records: 5,
    spans: 0,
    metrics: 0,
    refused: 0,
    other: 0,
  });
});

test("the order of records, their batches and their repetition make no difference", () => {
  const all = tales();
  const straight = openStore();
  keep(straight, ...all);
  const expected = seen(straight);
  const orders = fc.tuple(
    fc.shuffledSubarray(all, { minLength: all.length }),
    fc.array(fc.constantFrom(...all), { maxLength: 8 }),
    fc.integer({ min: 1, max: 6 }),
  );
  fc.assert(
    fc.property(orders, ([shuffled, again, size]) => {
      const store = openStore();
      const told = [...shuffled, ...again];
      for (let i = 0; i < told.length; i += size) keep(store, ...told.slice(i, i + size));
      expect(seen(store)).toEqual(expected);
      store.close();
    }),
    { numRuns: 60 },
  );
});

test("the jobs made anew from the records equal those made batch by batch", () => {
  const store = openStore();
  for (const event of tales()) keep(store, event);
  const before = seen(store);
  store.rebuild();
  expect(seen(store)).toEqual(before);
});

test("a record that is there already is counted as a duplicate and changes nothing", () => {
  const store = openStore();
  const job = new Teller(email, "1");
  keep(store, job.queued(0));
  const newest = store.newest();
  expect(keep(store, job.queued(0), job.queued(0))).toEqual({ stored: 0, duplicates: 2, refused: [] });
  expect(store.newest()).toBe(newest);
});

test("a job event that breaks the registry's rules is refused, named, and leaves the others", () => {
  const store = openStore();
  const job = new Teller(email, "1");
  const good = received(job.queued(0));
  const bad = {
    ...good,
    record: { ...good.record, attributes: { ...good.record.attributes, "job.state": "on fire" } },
  };
  const { stored, refused } = store.append([bad, good], [], now);
  expect({ stored, refused: refused.map(({ reason }) => reason) }).toEqual({
    stored: 1,
    refused: [
      {
        refused: true,
        path: 'attributes["job.state"]',
        expected: expect.stringContaining("one of scheduled, waiting"),
        found: '"on fire"',
      },
    ],
  });
  expect(store.summary().refused).toBe(1);
});

test("a run that a later run followed gets one inferred end, with a derived uid, however often it is told", () => {
  const store = openStore();
  const job = new Teller(order, "9");
  keep(store, job.queued(0), job.started(1, 1));
  expect(store.summary().lost).toBe(0);
  keep(store, job.started(2, 60));
  keep(store, job.started(2, 60), job.event("job.run.heartbeat", 61, { "job.run.uid": job.runUid(2) }, 2));
  store.rebuild();
  const ends = store.events(job.uid).filter(({ record }) => record.eventName === "job.run.ended");
  expect(ends.map(({ record }) => ({ time: record.time, span: record.span, attributes: record.attributes }))).toEqual([
    {
      time: at(60),
      span: { ...job.span(1) },
      attributes: expect.objectContaining({
        "log.record.uid": `${job.runUid(1)}-lost`,
        "job.run.uid": job.runUid(1),
        "job.run.result": "error",
        "job.run.final": false,
        "job.record.source": "inferred",
        "error.type": "worker_lost",
      }),
    },
  ]);
  expect(store.summary()).toMatchObject({ runs: 2, lost: 1, retries: 1, records: 5 });
});

test("a real end that comes later wins over the inferred one, which is taken back", () => {
  const store = openStore();
  const job = new Teller(order, "9");
  keep(store, job.queued(0), job.started(1, 1), job.started(2, 60));
  keep(store, job.failed(1, 30, false, refusedCard));
  const [first] = store.job(job.uid)?.runs ?? [];
  expect({ lost: first?.lost, end: first?.end, error: first?.error?.type }).toEqual({
    end: at(30),
    error: "CardRefused",
  });
  expect(store.summary()).toMatchObject({ lost: 0, retries: 1, records: 4 });
});

test("a record without a job uid joins its job, whichever comes first", () => {
  const job = new Teller({ ...email, system: "bull" }, "1");
  const other = { "job.uid": "0123456789abcdef0123456789abcdef" };
  const stray = without(
    job.event("job.run.ended", 5, { "job.run.result": "success", "job.run.final": true }),
    "job.uid",
  );
  for (const events of [
    [job.queued(0, other), stray],
    [stray, job.queued(0, other)],
  ]) {
    const store = openStore();
    for (const event of events) keep(store, event);
    expect(store.list({}, { limit: 9 }).jobs.map(({ uid, state }) => ({ uid, state }))).toEqual([
      { uid: other["job.uid"], state: "completed" },
    ]);
    expect(store.events(other["job.uid"])).toHaveLength(2);
  }
});

test("events of schedules are kept and make no job", () => {
  const store = openStore();
  const attributes = { "job.system.name": "croner", "job.schedule.id": "nightly", "log.record.uid": "s-1" };
  keep(store, { name: "job.schedule.missed", time: at(0), seen: at(0), attributes });
  expect(store.summary()).toMatchObject({ jobs: 0, records: 1 });
});

test("log lines are kept for a run's trace, also when they come first; others are counted", () => {
  const store = openStore();
  const job = new Teller(email, "1");
  store.append([line("connecting", 2, job.span(1))], [], at(2));
  keep(store, job.queued(0), job.started(1, 1));
  store.append(
    [
      line("sent", 3, { ...job.span(1), spanId: "00000000000000aa" }),
      line("by uid", 4, undefined, { "job.uid": job.uid }),
    ],
    [],
    at(3),
  );
  store.append([line("of nobody", 5), line("of a request", 5, job.span(99))], [], at(5));
  expect(store.lines(job.uid).map(({ record }) => record.body)).toEqual(["connecting", "sent", "by uid"]);
  expect(store.summary().other).toBe(1);
  store.append([], [], at(5 + 11 * 60));
  expect(store.summary().other).toBe(2);
});

test("pages by keys show each job once, both ways, with and without a filter", () => {
  const store = openStore();
  const events = Array.from({ length: 25 }, (_, i) => new Teller(i % 2 === 0 ? email : order, `${i}`).queued(i % 7));
  keep(store, ...events);
  for (const filter of [{}, { queue: "email" }]) {
    const down: string[] = [];
    let page = store.list(filter, { limit: 4 });
    for (;;) {
      down.push(...page.jobs.map(({ uid }) => uid));
      if (page.older === undefined) break;
      page = store.list(filter, { limit: 4, before: page.older });
    }
    expect(new Set(down).size).toBe("queue" in filter ? 13 : 25);
    const up: string[] = page.jobs.map(({ uid }) => uid);
    while (page.newer !== undefined) {
      page = store.list(filter, { limit: 4, after: page.newer });
      up.unshift(...page.jobs.map(({ uid }) => uid));
    }
    expect(up).toEqual(down);
  }
});

test("the choices for a filter are the values that jobs have", () => {
  const store = openStore();
  keep(store, new Teller(email, "1", { "job.actor.id": "ann" }).queued(0), new Teller(order, "2").queued(1));
  expect(store.choices()).toEqual({
    systems: ["bullmq", "pgboss"],
    queues: ["email", "orders"],
    names: ["charge-card", "send-receipt"],
    actors: ["ann"],
  });
});

test("a watcher is told of changes, and reads which jobs changed since a place", () => {
  const store = openStore();
  const [a, b] = [new Teller(email, "1"), new Teller(email, "2")];
  keep(store, a.queued(0));
  const from = store.newest();
  let told = 0;
  const undo = store.watch(() => told++);
  keep(store, b.queued(1), a.started(1, 2));
  keep(store, a.succeeded(1, 3));
  expect(told).toBe(2);
  expect(store.changes(from, 10).map(({ job }) => [job.id, job.state])).toEqual([
    ["2", "waiting"],
    ["1", "completed"],
  ]);
  undo();
  keep(store, b.started(1, 4));
  expect(told).toBe(2);
});

test("jobs that are over and old are forgotten with their records and lines; others stay", async () => {
  const store = openStore();
  const [old, open, young] = [new Teller(email, "1"), new Teller(email, "2"), new Teller(email, "3")];
  keep(store, old.queued(0), old.started(1, 1), old.succeeded(1, 2), open.queued(0));
  keep(store, young.queued(0), young.started(1, 1), young.succeeded(1, 500));
  keep(store, without(old.event("job.stalled", 1.5, { "job.record.source": "stream" }), "job.uid"));
  store.append([line("hello", 2, old.span(1))], [], at(2));
  expect(await store.prune(at(100))).toBe(1);
  expect(store.list({}, { limit: 9 }).jobs.map(({ id }) => id)).toEqual(["3", "2"]);
  expect(store.summary()).toMatchObject({ jobs: 2, records: 4 });
  expect([store.job(old.uid), store.lines(old.uid)]).toEqual([undefined, []]);
  expect(await store.prune(at(100))).toBe(0);
});

test("a record deleted by another program is seen at once", () => {
  using data = folder();
  const store = openStore({ data: data.path });
  const job = new Teller(email, "1");
  keep(store, job.queued(0), job.started(1, 1), job.succeeded(1, 2));
  expect(store.summary()).toMatchObject({ success: 1, records: 3 });
  const other = new DatabaseSync(join(data.path, "jobs.db"));
  other.exec("DELETE FROM records WHERE name = 'job.run.ended'");
  other.close();
  expect(store.summary()).toMatchObject({ success: 0, records: 2 });
  expect(store.list({}, { limit: 1 }).jobs[0]?.state).toBe("active");
  store.close();
});

test("a store opened again holds the same", () => {
  using data = folder();
  const before = openStore({ data: data.path });
  keep(before, ...tales());
  const expected = seen(before);
  before.close();
  const after = openStore({ data: data.path });
  expect(seen(after)).toEqual(expected);
  after.close();
});

test("a cache of another version is made anew, and a file of a later version is refused", () => {
  using data = folder();
  const path = join(data.path, "jobs.db");
  const before = openStore({ data: data.path });
  keep(before, ...tales());
  const expected = seen(before);
  before.close();
  edit(path, "UPDATE counts SET n = 0 WHERE what = 'cache'; UPDATE jobs SET row = '{}', state = 'waiting'");
  const after = openStore({ data: data.path });
  expect(seen(after)).toEqual(expected);
  after.close();
  edit(path, "PRAGMA user_version = 99");
  expect(() => openStore({ data: data.path })).toThrowErrorMatchingInlineSnapshot(
    `[StoreError: JOBTRAIL_STORE_UNWRITABLE: the data were written by a later version (tables 99; this one knows 1): update Jobtrail, or use another folder.]`,
  );
});

test("a file that another program holds is answered with the reason, and nothing of the batch is kept", () => {
  using data = folder();
  const store = openStore({ data: data.path });
  keep(store, new Teller(email, "1").queued(0));
  const holder = new DatabaseSync(join(data.path, "jobs.db"));
  holder.exec("BEGIN IMMEDIATE");
  expect(() => keep(store, new Teller(email, "2").queued(1))).toThrow(
    /^JOBTRAIL_STORE_UNWRITABLE: .*jobs\.db: database is locked: another program holds the file; .*\.$/,
  );
  holder.close();
  expect(keep(store, new Teller(email, "3").queued(1)).stored).toBe(1);
  expect(store.summary()).toMatchObject({ jobs: 2, records: 2 });
  store.close();
});

test("a folder that is none is refused with the reason", () => {
  using data = folder();
  const path = join(data.path, "file");
  copyFileSync(import.meta.filename, path);
  chmodSync(path, 0o600);
  expect(() => openStore({ data: path })).toThrow(StoreError);
});

function edit(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}
