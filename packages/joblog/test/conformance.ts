import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JobStore, StoreOptions } from "../src/contract.ts";
import { counting } from "./conformance.counts.ts";
import { changing, finding } from "./conformance.queries.ts";
import { append, jobsOf, keep, now, seen, severalStories } from "./stored.ts";
import { at, email, line, order, received, refusedCard, JobStory, without } from "./story.ts";

/** A store that is gone after the test. */
export interface Opened extends AsyncDisposable {
  readonly store: JobStore;
}

/** Opens an empty store. */
export type Open = (options?: Pick<StoreOptions, "longestReading">) => Promise<Opened>;

/**
 * What every store must do.
 * @param orders in how many orders the same events are kept: fewer for a store that takes long to open.
 */
export function storeConformance(name: string, orders: number, open: Open): void {
  describe(`The store ${name}`, () => {
    describe("keeps", () => {
      keeping(open, orders);
    });
    describe("infers", () => {
      inferring(open);
    });
    describe("finds", () => {
      finding(open);
    });
    describe("counts", () => {
      counting(open);
    });
    describe("reports changes and forgets", () => {
      changing(open);
    });
  });
}

function keeping(open: Open, numRuns: number): void {
  test("what is kept can be read again: list, job, events, counts", async () => {
    await using opened = await open();
    const { store } = opened;
    const job = new JobStory(order, "7", { "job.actor.type": "user", "job.actor.id": "ann" });
    const events = [
      job.queued(0),
      job.started(1, 1),
      job.failed(1, 2, false, refusedCard),
      job.started(2, 10),
      job.succeeded(2, 11, { "job.run.duration": 1 }),
    ];
    expect(await keep(store, ...events)).toEqual({ stored: 5, duplicates: 0, refused: [] });
    expect(await jobsOf(store)).toEqual([
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
    const history = await store.history(job.uid);
    expect(history?.events.map(({ record }) => record)).toEqual(events.map((event) => received(event).record));
    expect(history?.events[0]?.resource.attributes["host.name"]).toBe("worker-1");
    expect(await store.summary()).toEqual({
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

  test("the order of records, their batches and their repetition make no difference", async () => {
    const all = severalStories();
    await using straight = await open();
    await keep(straight.store, ...all);
    const expected = await seen(straight.store);
    const orders = fc.tuple(
      fc.shuffledSubarray(all, { minLength: all.length }),
      fc.array(fc.constantFrom(...all), { maxLength: 8 }),
      fc.integer({ min: 1, max: 6 }),
    );
    await fc.assert(
      fc.asyncProperty(orders, async ([shuffled, again, size]) => {
        await using other = await open();
        const events = [...shuffled, ...again];
        for (let i = 0; i < events.length; i += size) await keep(other.store, ...events.slice(i, i + size));
        expect(await seen(other.store)).toEqual(expected);
      }),
      { numRuns },
    );
  });

  test("the jobs made anew from the records equal those made batch by batch", async () => {
    await using opened = await open();
    for (const event of severalStories()) await keep(opened.store, event);
    const before = await seen(opened.store);
    await opened.store.rebuild();
    expect(await seen(opened.store)).toEqual(before);
  });

  test("a record that is there already is counted as a duplicate and changes nothing", async () => {
    await using opened = await open();
    const job = new JobStory(email, "1");
    await keep(opened.store, job.queued(0));
    const newest = await opened.store.newest();
    expect(await keep(opened.store, job.queued(0), job.queued(0))).toEqual({ stored: 0, duplicates: 2, refused: [] });
    expect(await opened.store.newest()).toBe(newest);
  });

  test("a job event that breaks the registry's rules is refused, named, and leaves the others", async () => {
    await using opened = await open();
    const good = received(new JobStory(email, "1").queued(0));
    const bad = {
      ...good,
      record: { ...good.record, attributes: { ...good.record.attributes, "job.state": "on fire" } },
    };
    const { stored, refused } = await append(opened.store, [bad, good]);
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
    expect((await opened.store.summary()).refused).toBe(1);
  });

  test("a record without a job uid joins its job, whichever comes first", async () => {
    const job = new JobStory({ ...email, system: "bull" }, "1");
    const other = { "job.uid": "0123456789abcdef0123456789abcdef" };
    const stray = without(
      job.event("job.run.ended", 5, { "job.run.result": "success", "job.run.final": true }),
      "job.uid",
    );
    for (const events of [
      [job.queued(0, other), stray],
      [stray, job.queued(0, other)],
    ]) {
      await using opened = await open();
      for (const event of events) await keep(opened.store, event);
      expect((await jobsOf(opened.store)).map(({ uid, state }) => ({ uid, state }))).toEqual([
        { uid: other["job.uid"], state: "completed" },
      ]);
      expect((await opened.store.history(other["job.uid"]))?.events).toHaveLength(2);
    }
  });

  test("events of schedules are kept and make no job", async () => {
    await using opened = await open();
    const attributes = { "job.system.name": "croner", "job.schedule.id": "nightly", "log.record.uid": "s-1" };
    await keep(opened.store, { name: "job.schedule.missed", time: at(0), seen: at(0), attributes });
    expect(await opened.store.summary()).toMatchObject({ jobs: 0, records: 1 });
  });

  test("log lines are kept for a run's trace, also when they come first; others are counted", async () => {
    await using opened = await open();
    const { store } = opened;
    const job = new JobStory(email, "1");
    await append(store, [line("connecting", 2, job.span(1))], at(2));
    await keep(store, job.queued(0), job.started(1, 1));
    const inSpan = { ...job.span(1), spanId: "00000000000000aa" };
    await append(store, [line("sent", 3, inSpan), line("by uid", 4, undefined, { "job.uid": job.uid })], at(3));
    await append(store, [line("of nobody", 5), line("of a request", 5, job.span(99))], at(5));
    const lines = (await store.history(job.uid))?.lines;
    expect(lines?.map(({ record }) => record.body)).toEqual(["connecting", "sent", "by uid"]);
    expect((await store.summary()).other).toBe(1);
    await append(store, [], at(5 + 11 * 60));
    expect((await store.summary()).other).toBe(2);
  });

  test("spans and metric points are counted, and a body that is none is refused", async () => {
    await using opened = await open();
    const body = Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [{ name: "a" }] }] }] }));
    await opened.store.append({ signal: "traces", encoding: "json", body, received: now });
    expect(await opened.store.summary()).toMatchObject({ spans: 1, metrics: 0 });
    for (const signal of ["logs", "traces", "metrics"] as const)
      expect(
        await opened.store.append({ signal, encoding: "json", body: Buffer.from("[]"), received: now }),
      ).toMatchObject({ refused: true });
  });

  test("a job of thousands of runs is counted by its newest ones, and each further record costs no more", async () => {
    await using opened = await open();
    const { store } = opened;
    const job = new JobStory(email, "1");
    const runs = Array.from({ length: 1500 }, (_, i) => [job.started(i + 1, 2 * i + 1), job.ended(i + 1, 2 * i + 2)]);
    for (let i = 0; i < runs.length; i += 300) await keep(store, ...runs.slice(i, i + 300).flat());
    await keep(store, job.queued(0));
    const [row] = await jobsOf(store);
    expect([row?.first, row?.partial, row?.counts.runs]).toEqual(["2026-03-02T03:00:00.000Z", true, 1500]);
    const history = await store.history(job.uid);
    expect([history?.job.runs.length, history?.events.length, history?.older]).toEqual([500, 1001, 2000]);
    const before = await seen(store);
    await store.rebuild();
    expect(await seen(store)).toEqual(before);
  });
}

function inferring(open: Open): void {
  test("a run that a later run followed gets one inferred end, with a derived uid, however often it is inferred", async () => {
    await using opened = await open();
    const { store } = opened;
    const job = new JobStory(order, "9");
    await keep(store, job.queued(0), job.started(1, 1));
    expect((await store.summary()).lost).toBe(0);
    await keep(store, job.started(2, 60));
    const heartbeat = job.event("job.run.heartbeat", 61, { "job.run.uid": job.runUid(2) }, 2);
    await keep(store, job.started(2, 60), heartbeat);
    await store.rebuild();
    const events = (await store.history(job.uid))?.events ?? [];
    const ends = events.filter(({ record }) => record.eventName === "job.run.ended");
    expect(ends.map(({ record }) => ({ time: record.time, span: record.span, attributes: record.attributes }))).toEqual(
      [
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
      ],
    );
    expect(ends[0]?.resource.attributes["host.name"]).toBe("worker-1");
    expect(await store.summary()).toMatchObject({ runs: 2, lost: 1, retries: 1, records: 5 });
  });

  test("a real end that comes later wins over the inferred one, which stays", async () => {
    await using opened = await open();
    const { store } = opened;
    const job = new JobStory(order, "9");
    await keep(store, job.queued(0), job.started(1, 1), job.started(2, 60));
    await keep(store, job.failed(1, 30, false, refusedCard));
    const history = await store.history(job.uid);
    const [first] = history?.job.runs ?? [];
    expect({ lost: first?.lost, end: first?.end, error: first?.error?.type }).toEqual({
      end: at(30),
      error: "CardRefused",
    });
    expect(history?.events.map(({ record }) => record.attributes["job.record.source"])).toContain("inferred");
    expect(await store.summary()).toMatchObject({ lost: 0, retries: 1, records: 5 });
  });
}
