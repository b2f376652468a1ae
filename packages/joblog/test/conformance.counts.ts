import type { JobEvent } from "@jobtrail/core/event";
import { toIso } from "@jobtrail/core/event";
import { expect, test } from "vitest";
import { QueryError } from "../src/errors.ts";
import type { Open } from "./conformance.ts";
import { append, having, idsOf, keep, severalStories } from "./stored.ts";
import { at, email, order, received, JobStory } from "./story.ts";

const hour = 3600;
const day = 24 * hour;

/** What a store counts and summarises. */
export function counting(open: Open): void {
  test("jobs are counted by what they are and by time, also over days and in a part of an hour", async () => {
    await using opened = await open();
    const { store } = opened;
    for (const [i, begin] of [0, 100, 2 * hour, day].entries()) {
      const job = new JobStory(i % 2 === 0 ? email : order, `${i}`);
      const end =
        i === 3
          ? job.failed(1, begin + 4, true, { type: "E" })
          : job.succeeded(1, begin + 4, { "job.run.duration": i });
      await append(store, [job.queued(begin), job.started(1, begin + 1), end].map(received), at(begin));
    }
    const none = { retries: 0, lost: 0 };
    expect(await store.statistics(having({}), [])).toEqual([
      { by: {}, jobs: 4, failed: 1, runs: 4, ...none, duration: (0 + 1 + 2 + 3) / 4 },
    ]);
    expect(await store.statistics(having({}), ["queue", "result"])).toEqual([
      { by: { queue: "email", result: "success" }, jobs: 2, failed: 0, runs: 2, ...none, duration: 1 },
      { by: { queue: "orders", result: "failure" }, jobs: 1, failed: 1, runs: 1, ...none, duration: 3 },
      { by: { queue: "orders", result: "success" }, jobs: 1, failed: 0, runs: 1, ...none, duration: 1 },
    ]);
    const counted = async (...given: Parameters<typeof store.statistics>): Promise<unknown> =>
      (await store.statistics(...given)).map(({ by, jobs }) => [...Object.values(by), jobs]);
    const queued = (from: number, to?: number) =>
      ({ where: [], range: { of: "queued", from: at(from), ...(to !== undefined && { to: at(to) }) } }) as const;
    expect({
      hours: await counted(having({}), ["hour"]),
      days: await counted(having({ queue: "orders" }), ["day"]),
      byError: await counted(having({ error: "E" }), ["name"]),
      inHour: await counted(queued(1, 200), []),
      fromHour: await counted(queued(1, 2 * hour + 1), ["hour"]),
      toEnd: await counted(queued(50), ["queue"]),
      words: await counted({ where: [], text: "receipt" }, ["state"]),
      none: await counted(having({ queue: "nothing" }), []),
    }).toEqual({
      hours: [
        [toIso(at(0)), 2],
        [toIso(at(2 * hour)), 1],
        [toIso(at(day)), 1],
      ],
      days: [
        ["2026-03-02T00:00:00.000Z", 1],
        ["2026-03-03T00:00:00.000Z", 1],
      ],
      byError: [["charge-card", 1]],
      inHour: [[1]],
      fromHour: [
        [toIso(at(0)), 1],
        [toIso(at(2 * hour)), 1],
      ],
      toEnd: [
        ["email", 1],
        ["orders", 2],
      ],
      words: [["completed", 2]],
      none: [],
    });
    await store.rebuild();
    expect(await counted(having({}), ["hour"])).toHaveLength(3);
  });

  test("definitions say how their jobs usually go, and when the next of a schedule is due", async () => {
    await using opened = await open();
    const { store } = opened;
    const ticks = Array.from({ length: 6 }, (_, i) => {
      const job = new JobStory(order, `${i}`, { "job.trigger.type": "cron" });
      return [job.queued(i * 60), job.started(1, i * 60), job.succeeded(1, i * 60 + 1, { "job.run.duration": i })];
    });
    const once = new JobStory(email, "once");
    await keep(store, ...ticks.flat(), once.queued(1), once.started(1, 2), once.failed(1, 3, true, { type: "E" }));
    const [scheduled, asked] = await store.definitions(having({}));
    expect(scheduled).toEqual({
      system: "pgboss",
      namespace: "pgboss",
      queue: "orders",
      name: "charge-card",
      jobs: 6,
      failed: 0,
      last: toIso(at(300)),
      duration: { median: 3, p95: 5 },
      expected: { every: 60, next: toIso(at(360)) },
    });
    expect(asked).toMatchObject({ name: "send-receipt", jobs: 1, failed: 1, last: toIso(at(1)) });
    expect(asked?.expected).toBeUndefined();
    expect(await store.definitions(having({ failed: true }))).toMatchObject([{ name: "send-receipt", jobs: 1 }]);
  });

  test("errors that differ in numbers, ids and addresses alone are one group, over days, and find their jobs", async () => {
    await using opened = await open();
    const { store } = opened;
    const failed = (id: string, begin: number, message: string): JobEvent[] => {
      const job = new JobStory(email, id);
      return [job.queued(begin), job.failed(1, begin + 1, true, { type: "ETIMEDOUT", message })];
    };
    await keep(store, ...failed("1", 0, "connect 10.0.0.7:443 after 30 s"), ...failed("2", 5, "no such user"));
    await append(store, failed("3", day, "connect 192.168.1.20:8443 after 5 s").map(received), at(day));
    const groups = await store.errors(having({}));
    expect(groups).toEqual([
      {
        fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
        type: "ETIMEDOUT",
        pattern: "connect <address> after <number> s",
        jobs: 2,
        first: toIso(at(0)),
        last: toIso(at(day)),
        uid: new JobStory(email, "3").uid,
      },
      expect.objectContaining({ pattern: "no such user", jobs: 1 }),
    ]);
    expect(await idsOf(store, having({ fingerprint: groups[0]?.fingerprint ?? "" }))).toEqual(["3", "1"]);
    expect(await store.errors({ where: [], range: { of: "queued", to: at(3) } })).toMatchObject([{ jobs: 1 }]);
  });

  test("jobs are found by any attribute of theirs or of their last run", async () => {
    await using opened = await open();
    const { store } = opened;
    const [a, b] = [
      new JobStory(email, "1", { "job.priority": 3 }),
      new JobStory(email, "2", { "job.priority": 12, "job.actor.type": "user" }),
    ];
    await keep(store, a.queued(0), a.started(1, 1), a.succeeded(1, 2, { "job.counter.emails": 40 }), b.queued(1));
    const found = (
      field: `attribute.${string}`,
      op: "is" | "not" | "<" | ">=" | "prefix",
      value: string | number,
    ): Promise<unknown> => idsOf(store, { where: [{ field, op, value }] });
    expect({
      is: await found("attribute.job.priority", "is", "3"),
      not: await found("attribute.job.priority", "not", "3"),
      most: await found("attribute.job.priority", ">=", 4),
      least: await found("attribute.job.priority", "<", 12),
      counter: await found("attribute.job.counter.emails", "is", "40"),
      flag: await found("attribute.job.run.final", "is", "true"),
      prefix: await found("attribute.job.actor.type", "prefix", "us"),
      none: await found("attribute.no.such", "is", "1"),
    }).toEqual({
      is: ["1"],
      not: ["2"],
      most: ["2"],
      least: ["1"],
      counter: ["1"],
      flag: ["1"],
      prefix: ["2"],
      none: [],
    });
  });

  test("what cannot be counted in time is refused with what to ask for instead", async () => {
    await using opened = await open({ longestReading: 0 });
    const { store } = opened;
    await keep(store, ...severalStories());
    await append(store, [received(new JobStory(email, "9").queued(day))], at(day));
    for (const asked of [store.statistics(having({}), []), store.definitions(having({})), store.errors(having({}))])
      await expect(asked).rejects.toThrow(QueryError);
    await expect(store.statistics(having({}), ["hour"])).rejects.toThrow("ask for a shorter time (from, to)");
  });
}
