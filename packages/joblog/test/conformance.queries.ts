import type { JobEvent } from "@jobtrail/core/event";
import { expect, test } from "vitest";
import type { JobStore } from "../src/contract.ts";
import { append, having, idsOf, jobsOf, keep, severalStories, withAny } from "./stored.ts";
import { at, email, line, order, received, JobStory, without } from "./story.ts";
import type { Open } from "./conformance.ts";

/** What a store finds, and in which order. */
export function finding(open: Open): void {
  test("pages by keys show each job once, both ways, with and without a condition", async () => {
    await using opened = await open();
    const { store } = opened;
    const events = Array.from({ length: 25 }, (_, i) =>
      new JobStory(i % 2 === 0 ? email : order, `${i}`).queued(i % 7),
    );
    await keep(store, ...events);
    for (const [query, all] of [
      [having({}), 25],
      [having({ queue: "email" }), 13],
    ] as const) {
      const down: string[] = [];
      let page = await store.jobs(query, { limit: 4 });
      for (;;) {
        down.push(...page.jobs.map(({ uid }) => uid));
        if (page.older === undefined) break;
        page = await store.jobs(query, { limit: 4, before: page.older });
      }
      expect(new Set(down).size).toBe(all);
      const up: string[] = page.jobs.map(({ uid }) => uid);
      while (page.newer !== undefined) {
        page = await store.jobs(query, { limit: 4, after: page.newer });
        up.unshift(...page.jobs.map(({ uid }) => uid));
      }
      expect(up).toEqual(down);
    }
  });

  test("jobs come in the order in which anything was last heard of them, over days, with and without a condition", async () => {
    await using opened = await open();
    const { store } = opened;
    const jobs = Array.from({ length: 9 }, (_, i) => new JobStory(i % 3 === 0 ? order : email, `${i}`));
    await keep(store, ...jobs.map((job, i) => job.queued(i)));
    for (const i of [4, 0, 6, 2]) await append(store, [received(jobs[i]!.started(1, 100 + 10 * i))], at(86_400 + i));
    for (const [query, all] of [
      [having({}), ["6", "4", "2", "0", "8", "7", "5", "3", "1"]],
      [having({ queue: "orders" }), ["6", "0", "3"]],
      [having({ state: "active" }), ["6", "4", "2", "0"]],
    ] as const) {
      const down: (string | undefined)[] = [];
      let page = await store.jobs(query, { limit: 2, order: "heard" });
      for (;;) {
        down.push(...page.jobs.map(({ id }) => id));
        if (page.older === undefined) break;
        page = await store.jobs(query, { limit: 2, order: "heard", before: page.older });
      }
      expect(down).toEqual(all);
      const up = page.jobs.map(({ id }) => id);
      while (page.newer !== undefined) {
        page = await store.jobs(query, { limit: 2, order: "heard", after: page.newer });
        up.unshift(...page.jobs.map(({ id }) => id));
      }
      expect(up).toEqual(down);
    }
    const histories = await store.histories([jobs[6]!.uid, "nobody", jobs[1]!.uid]);
    expect(histories.map(({ job, events }) => [job.state, events.length])).toEqual([
      ["active", 2],
      ["waiting", 1],
    ]);
  });

  test("pages go over the days that received the jobs, and a search without time goes on where it ended", async () => {
    await using opened = await open({ longestReading: 0 });
    const { store } = opened;
    for (let day = 0; day < 5; day++)
      await append(
        store,
        [0, 1].map((i) => received(new JobStory(email, `${day}.${i}`).queued(day * 40_000 + i))),
        at(day * 86_400),
      );
    for (const query of [
      having({}),
      having({ queue: "email" }),
      { where: [], text: "receipt" },
      having({ id: "1.0" }),
    ]) {
      const found: (string | undefined)[] = [];
      let page = await store.jobs(query, { limit: 3 });
      let isCut = false;
      for (;;) {
        found.push(...page.jobs.map(({ id }) => id));
        isCut ||= page.isCut === true;
        if (page.older === undefined) break;
        page = await store.jobs(query, { limit: 3, before: page.older });
      }
      const all = ["4.1", "4.0", "3.1", "3.0", "2.1", "2.0", "1.1", "1.0", "0.1", "0.0"];
      expect([isCut, found]).toEqual([true, query.where[0]?.field === "id" ? ["1.0"] : all]);
    }
  });

  test("jobs of one moment come as their process queued them, whatever the order in which they arrive", async () => {
    await using opened = await open();
    const { store } = opened;
    const events = [7, 9, 10, 11, 8].map((n) => new JobStory(email, `${n}`).queued(0, { "job.event.sequence": n }));
    await keep(store, ...events);
    expect(await idsOf(store)).toEqual(["11", "10", "9", "8", "7"]);
    const everything = having({});
    const first = await store.jobs(everything, { limit: 2 });
    const second = await store.jobs(everything, { limit: 2, ...(first.older && { before: first.older }) });
    const back = await store.jobs(everything, { limit: 2, ...(second.newer && { after: second.newer }) });
    expect([first, second, back].map(({ jobs }) => jobs.map(({ id }) => id))).toEqual([
      ["11", "10"],
      ["9", "8"],
      ["11", "10"],
    ]);
  });

  test("jobs are found by what they are and how they went", async () => {
    await using opened = await open();
    const { store } = opened;
    await keep(store, ...severalStories());
    const lostAndFailed = {
      where: [...withAny("lost", true).where, ...having({ queue: "orders", state: "failed" }).where],
    };
    expect({
      lost: await idsOf(store, withAny("lost", true)),
      notLost: await idsOf(store, withAny("lost", false)),
      retried: await idsOf(store, withAny("retries", true)),
      both: await idsOf(store, lostAndFailed),
      failed: await idsOf(store, having({ failed: true })),
      notFailed: await idsOf(store, having({ failed: false })),
      error: await idsOf(store, having({ error: "CardRefused" })),
      id: await idsOf(store, having({ id: "3" })),
      actor: await idsOf(store, having({ actor: "ann" })),
      neverTogether: await idsOf(store, having({ system: "bullmq", queue: "orders" })),
    }).toEqual({
      lost: ["2"],
      notLost: ["3", "1"],
      retried: ["2"],
      both: ["2"],
      failed: ["2"],
      notFailed: ["3", "1"],
      error: ["2"],
      id: ["3"],
      actor: ["1"],
      neverTogether: [],
    });
  });

  test("conditions are negated, compared, compared by their beginning, and alternatives of one field", async () => {
    await using opened = await open();
    const { store } = opened;
    await keep(store, ...severalStories());
    const found = (...where: Parameters<JobStore["jobs"]>[0]["where"]): Promise<unknown> => idsOf(store, { where });
    expect({
      notQueue: await found({ field: "queue", op: "not", value: "orders" }),
      notActor: await found({ field: "actor", op: "not", value: "ann" }),
      prefix: await found({ field: "name", op: "prefix", value: "charge-" }),
      either: await found({ field: "id", op: "is", value: "1" }, { field: "id", op: "is", value: "3" }),
      longer: await found({ field: "duration", op: ">=", value: 2 }),
      shorter: await found({ field: "duration", op: "<", value: 2 }),
      runs: await found({ field: "runs", op: ">=", value: 3 }),
    }).toEqual({
      notQueue: ["1"],
      notActor: ["3", "2"],
      prefix: ["3", "2"],
      either: ["3", "1"],
      longer: ["1"],
      shorter: ["2"],
      runs: ["2"],
    });
  });

  test("jobs are found by when they were queued, started, ended and heard of", async () => {
    await using opened = await open();
    const { store } = opened;
    await keep(store, ...severalStories());
    const within = (of: "queued" | "started" | "ended" | "heard", from: number, to: number): Promise<unknown> =>
      idsOf(store, { where: [], range: { of, from: at(from), to: at(to) } });
    expect({
      queued: await within("queued", 4, 5),
      started: await within("started", 1, 6),
      ended: await within("ended", 0, 100),
      heard: await within("heard", 65, 100),
    }).toEqual({ queued: ["2"], started: ["2", "1"], ended: ["2", "1"], heard: ["3"] });
  });

  test("jobs are found by words of their id, queue, name, actor and error, whatever signs stand in them", async () => {
    await using opened = await open();
    const { store } = opened;
    await keep(
      store,
      ...severalStories(),
      new JobStory(email, "ord-3", { "job.actor.id": "zoe@example.org" }).queued(6),
    );
    const found = (text: string): Promise<unknown> => idsOf(store, { where: [], text });
    expect({
      id: await found("ord-3"),
      name: await found("charge-card"),
      start: await found("refus"),
      both: await found("orders insufficient"),
      actor: await found("zoe@example.org"),
      case: await found("CARDREFUSED"),
      none: await found("orders nobody"),
      signs: [
        await found('"'),
        await found("* AND"),
        await found("a\u0000b"),
        await found("NEAR(1)"),
        await found("-"),
      ],
      withQueue: await idsOf(store, { ...having({ state: "active" }), text: "orders" }),
    }).toEqual({
      id: ["ord-3"],
      name: ["3", "2"],
      start: ["2"],
      both: ["2"],
      actor: ["ord-3"],
      case: ["2"],
      none: [],
      signs: [[], [], [], [], []],
      withQueue: ["3"],
    });
    const job = new JobStory(order, "2");
    await keep(store, job.event("job.restarted", 100), job.started(9, 101), job.succeeded(9, 102));
    expect([await found("insufficient"), await found("charge")]).toEqual([[], ["3", "2"]]);
    await store.rebuild();
    expect([await found("insufficient"), await found("charge")]).toEqual([[], ["3", "2"]]);
  });

  test("the values that can be chosen are those that jobs have", async () => {
    await using opened = await open();
    const { store } = opened;
    await keep(
      store,
      new JobStory(email, "1", { "job.actor.id": "ann" }).queued(0),
      new JobStory(order, "2").queued(1),
    );
    expect({
      systems: await store.values("system"),
      queues: await store.values("queue"),
      names: await store.values("name"),
      actors: await store.values("actor"),
    }).toEqual({
      systems: ["bullmq", "pgboss"],
      queues: ["email", "orders"],
      names: ["charge-card", "send-receipt"],
      actors: ["ann"],
    });
  });
}

/** How a store reports changes, and what it forgets. */
export function changing(open: Open): void {
  test("a watcher is called after changes, and reads which jobs changed since", async () => {
    await using opened = await open();
    const { store } = opened;
    const [a, b] = [new JobStory(email, "1"), new JobStory(email, "2")];
    await keep(store, a.queued(0));
    const from = await store.newest();
    let calls = 0;
    const undo = store.watch(() => calls++);
    await keep(store, b.queued(1), a.started(1, 2));
    await keep(store, a.succeeded(1, 3));
    expect(calls).toBe(2);
    const { changes, last, isGap } = await store.changes(from, 10);
    expect([isGap, last]).toEqual([false, await store.newest()]);
    expect(changes.map(({ job }) => [job.id, job.state])).toEqual([
      ["2", "waiting"],
      ["1", "completed"],
    ]);
    undo();
    await keep(store, b.started(1, 4));
    expect(calls).toBe(2);
  });

  test("a day that has ended is forgotten with its jobs, records and lines; jobs that are open or young stay", async () => {
    await using opened = await open();
    const { store } = opened;
    const [old, active, young] = [new JobStory(email, "1"), new JobStory(email, "2"), new JobStory(email, "3")];
    await keep(store, old.queued(0), old.started(1, 1), old.succeeded(1, 2), active.queued(0));
    await keep(store, young.queued(0), young.started(1, 1), young.succeeded(1, 500));
    await keep(store, without(old.event("job.stalled", 1.5, { "job.record.source": "stream" }), "job.uid"));
    await append(store, [line("hello", 2, old.span(1))], at(2));
    expect(await store.prune({ before: at(100) })).toMatchObject({ jobs: 0 });
    const tomorrow = 86_400;
    const restarted = new JobStory(email, "4");
    await keep(store, restarted.queued(0), restarted.started(1, 1), restarted.succeeded(1, 2));
    await append(store, [received(restarted.event("job.restarted", tomorrow))], at(tomorrow));
    await append(store, [received(young.event("job.removed", tomorrow))], at(tomorrow));
    expect(await store.prune({ before: at(tomorrow) })).toMatchObject({ jobs: 1, records: 4 });
    expect(await idsOf(store)).toEqual(["4", "3", "2"]);
    expect(await store.summary()).toMatchObject({ jobs: 3, records: 9 });
    expect(await store.history(old.uid)).toBeUndefined();
    expect((await store.history(young.uid))?.events).toHaveLength(4);
    expect(await store.prune({ before: at(tomorrow) })).toMatchObject({ jobs: 0, records: 0 });
    await keep(store, old.queued(0));
    expect((await store.history(old.uid))?.lines).toEqual([]);
    await keep(store, active.started(1, 3), active.succeeded(1, 4));
    expect(await store.prune({ before: at(tomorrow * 3) })).toMatchObject({ jobs: 2 });
    expect(await idsOf(store)).toEqual(["1", "4"]);
    expect(await store.summary()).toMatchObject({ jobs: 2, records: 5 });
  });

  test("scopes are kept for times of their own, and what is held is not forgotten", async () => {
    await using opened = await open();
    const { store } = opened;
    const done = (id: string, scope: string): JobEvent[] => {
      const job = new JobStory(email, id, { "job.scope.id": scope });
      return [job.queued(0), job.started(1, 1), job.succeeded(1, 2)];
    };
    await keep(store, ...done("1", "short"), ...done("2", "long"), ...done("3", "held"), ...done("4", "other"));
    const [young, old] = [at(0), at(3 * 86_400)];
    const scopes = { short: old, long: young };
    expect(await store.prune({ before: young, scopes, hold: ["held"] })).toMatchObject({ jobs: 1, records: 3 });
    expect(await idsOf(store)).toEqual(["4", "3", "2"]);
    expect(await store.prune({ before: old, scopes: { long: young }, hold: ["held"] })).toMatchObject({ jobs: 1 });
    expect(await idsOf(store)).toEqual(["3", "2"]);
    expect(await store.summary()).toMatchObject({ jobs: 2, success: 2, records: 6 });
    expect(await idsOf(store, { where: [], text: "receipt" })).toEqual(["3", "2"]);
    expect((await store.history(new JobStory(email, "3").uid))?.events).toHaveLength(3);
    expect(await store.prune({ before: old })).toMatchObject({ jobs: 2, records: 6 });
  });

  test("a job that stopped is forgotten like one that is over", async () => {
    await using opened = await open();
    const { store } = opened;
    const job = new JobStory(email, "1");
    await keep(store, job.queued(0), job.started(1, 1), job.ended(1, 2));
    expect((await jobsOf(store))[0]?.state).toBe("stopped");
    expect(await store.prune({ before: at(2 * 86_400) })).toMatchObject({ jobs: 1 });
  });
}
