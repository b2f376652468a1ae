import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openStore } from "../src/store.ts";
import type { Filter } from "../src/store/list.ts";
import { folder, keep, now, seen, tales } from "./stored.ts";
import { at, email, line, order, received, refusedCard, Teller, without } from "./story.ts";

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

test("jobs of one moment come as their process queued them, whatever the order in which they arrive", () => {
  const jobs = [7, 9, 10, 11, 8].map((n) => new Teller(email, `${n}`).queued(0, { "job.event.sequence": n }));
  const store = openStore();
  keep(store, ...jobs);
  const { jobs: all } = store.list({}, { limit: 9 });
  expect(all.map(({ id }) => id)).toEqual(["11", "10", "9", "8", "7"]);
  const first = store.list({}, { limit: 2 });
  const second = store.list({}, { limit: 2, ...(first.older && { before: first.older }) });
  const back = store.list({}, { limit: 2, ...(second.newer && { after: second.newer }) });
  expect([first, second, back].map(({ jobs: some }) => some.map(({ id }) => id))).toEqual([
    ["11", "10"],
    ["9", "8"],
    ["11", "10"],
  ]);
});

test("jobs with a lost run, and with one that was tried again, are found by an index of their own", () => {
  using data = folder();
  const store = openStore({ data: data.path });
  keep(store, ...tales());
  const found = (filter: Filter): (string | undefined)[] => store.list(filter, { limit: 9 }).jobs.map(({ id }) => id);
  expect({
    lost: found({ lost: true }),
    notLost: found({ lost: false }),
    retried: found({ retried: true }),
    both: found({ lost: true, queue: "orders", state: "failed" }),
    neither: found({ lost: false, retried: false }),
  }).toEqual({ lost: ["2"], notLost: ["3", "1"], retried: ["2"], both: ["2"], neither: ["3", "1"] });
  store.close();
  const db = new DatabaseSync(join(data.path, "jobs.db"));
  const plan = db.prepare("EXPLAIN QUERY PLAN SELECT row FROM jobs WHERE lost > 0 ORDER BY first DESC LIMIT 9").all();
  expect(plan.map(({ detail }) => detail)).toEqual(["SCAN jobs USING INDEX jobs_lost"]);
  db.close();
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
