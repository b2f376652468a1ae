import { withActor } from "@jobtrail/core";
import { postgres } from "@jobtrail/testing";
import { withService } from "@jobtrail/testing/vitest";
import { describe, expect, test } from "vitest";
import { borrow, named, pick, soon } from "./borrowed.ts";

withService("jobs of pg-boss", postgres, (service) => {
  describe("a job that is asked for", () => {
    test("is queued with what is known of it", async () => {
      await using lent = await borrow(service().url);
      const { boss, telemetry } = lent;
      await boss.createQueue("email", { retryLimit: 4 });
      const id = await boss.send("email", { to: "ann@example.org" }, { priority: 3 });
      const [queued, ...more] = named(telemetry, "job.queued");
      expect(more).toEqual([]);
      expect(queued?.attributes).toEqual({
        "job.system.name": "pgboss",
        "job.namespace": lent.schema,
        "job.queue.name": "email",
        "job.name": "email",
        "job.id": id,
        "job.uid": expect.stringMatching(/^[\da-f]{32}$/),
        "job.state": "waiting",
        "job.priority": 3,
        "job.max_attempts": 5,
        "job.trigger.type": "api",
        "job.record.source": "hook",
        "job.event.sequence": expect.any(Number),
        "log.record.uid": expect.any(String),
      });
    });

    test("for later says when", async () => {
      await using lent = await borrow(service().url);
      const { boss, telemetry } = lent;
      await boss.createQueue("later");
      await boss.send("later", null, { startAfter: 60 });
      const at = new Date(Date.now() + 3_600_000);
      await boss.sendAfter("later", {}, {}, at);
      await boss.send("later", null, { startAfter: "2 hours" });
      await boss.send("later", null, { startAfter: "2001-01-01" });
      const [seconds, date, interval, past] = named(telemetry, "job.queued");
      expect(pick(seconds, "job.state", "job.delay", "job.trigger.type")).toEqual(["scheduled", 60, "delay"]);
      expect(Date.parse(date?.attributes["job.available_at"] ?? "")).toBeCloseTo(at.getTime(), -1);
      expect(pick(interval, "job.state", "job.available_at")).toEqual(["scheduled", undefined]);
      expect(pick(past, "job.state", "job.available_at")).toEqual(["waiting", undefined]);
    });

    test("and not stored is not queued", async () => {
      await using lent = await borrow(service().url);
      const { boss, telemetry } = lent;
      await boss.createQueue("once");
      const ids = [];
      for (const _ of [1, 2]) ids.push(await boss.sendThrottled("once", {}, {}, 60, "key"));
      expect(ids).toEqual([expect.any(String), null]);
      expect(named(telemetry, "job.queued").map(({ attributes }) => attributes["job.id"])).toEqual([ids[0]]);
      expect(telemetry.spans().map(({ name }) => name)).toEqual(["send once", "send once"]);
    });

    test("again by its key stands for both", async () => {
      await using lent = await borrow(service().url);
      const { boss, telemetry } = lent;
      await boss.createQueue("kept");
      const first = await boss.upsert("kept", { n: 1 }, { singletonKey: "k" });
      const second = await boss.upsert("kept", { n: 2 }, { singletonKey: "k" });
      expect(second).toEqual({ jobs: first.jobs, updated: 1, inserted: 0 });
      expect(named(telemetry, "job.queued")).toHaveLength(1);
      const [event] = named(telemetry, "job.deduplicated");
      expect(pick(event, "job.id", "job.deduplication.key")).toEqual([first.jobs[0], "k"]);
    });

    test("by an event says so", async () => {
      await using lent = await borrow(service().url);
      const { boss, telemetry } = lent;
      await boss.createQueue("one");
      await boss.createQueue("other");
      for (const queue of ["one", "other"]) await boss.subscribe("signed-up", queue);
      await boss.publish("signed-up", { id: 1 });
      const queued = named(telemetry, "job.queued")
        .map((event) => pick(event, "job.queue.name", "job.trigger.type"))
        .toSorted(([one], [other]) => String(one).localeCompare(String(other)));
      expect(queued).toEqual([
        ["one", "event"],
        ["other", "event"],
      ]);
    });

    test("by a schedule says which, and so does its run", async () => {
      const timekeeper = { schedule: true, cronMonitorIntervalSeconds: 1, cronWorkerIntervalSeconds: 1 };
      await using lent = await borrow(service().url, { options: timekeeper });
      const { boss, telemetry } = lent;
      await boss.createQueue("report");
      await boss.schedule("report", "* * * * *", { of: "sales" }, { key: "sales" });
      await boss.work("report", soon, async () => undefined);
      await lent.event("job.run.ended");
      for (const name of ["job.queued", "job.run.started"] as const)
        expect(pick(named(telemetry, name)[0], "job.trigger.type", "job.schedule.id")).toEqual([
          "cron",
          "report/sales",
        ]);
      expect(telemetry.events().filter(({ attributes }) => attributes["job.queue.name"] !== "report")).toEqual([]);
    });

    test("in a flow waits for the jobs before it", async () => {
      await using lent = await borrow(service().url);
      const { boss, telemetry } = lent;
      for (const queue of ["first", "second"]) await boss.createQueue(queue);
      const ids = await boss.flow([
        { ref: "a", name: "first" },
        { ref: "b", name: "second", dependsOn: ["a"] },
      ]);
      const queued = named(telemetry, "job.queued");
      expect(queued.map((event) => pick(event, "job.id", "job.queue.name", "job.state", "job.trigger.type"))).toEqual([
        [ids["a"], "first", "waiting", "api"],
        [ids["b"], "second", "blocked", "dependency"],
      ]);
      expect(telemetry.spans().map(({ name }) => name)).toEqual(["flow"]);
    });

    test("by insert is told one by one, and the caller gets what it gets without us", async () => {
      await using lent = await borrow(service().url);
      const { boss, telemetry } = lent;
      await boss.createQueue("many");
      const id = "0d0f8b2e-56d0-4c5a-9c52-2f6ad7b0a111";
      expect(await boss.insert("many", [{ id, priority: 4 }, {}])).toBeNull();
      expect(await boss.insert("many", [{ id, priority: 5 }, { startAfter: 60 }], { returnId: true })).toHaveLength(1);
      const queued = named(telemetry, "job.queued");
      expect(queued.map((event) => pick(event, "job.priority", "job.state"))).toEqual([
        [4, "waiting"],
        [undefined, "waiting"],
        // One of the two was there already: nobody knows what the other was asked for with.
        [undefined, undefined],
      ]);
      expect(queued[0]?.attributes["job.id"]).toBe(id);
    });
  });

  describe("what is stored", () => {
    test("is one key beside pg-boss's own", async () => {
      await using lent = await borrow(service().url);
      await lent.boss.createQueue("email");
      await withActor({ id: "ann" }, () => lent.boss.send("email"));
      const [stored] = (await lent.stored()) as { jobtrail: string }[];
      expect(Object.keys(stored ?? {})).toEqual(["jobtrail"]);
      const [span] = lent.telemetry.spans();
      expect(JSON.parse(stored?.jobtrail ?? "")).toEqual({
        traceparent: `00-${span?.traceId}-${span?.spanId}-01`,
        jobtrail: JSON.stringify({ actor: { id: "ann" } }),
        queue: "email",
        ready: expect.stringMatching(/^\d{13}$/),
      });
    });

    test("is nothing where the app switched pg-boss's telemetry off, and its runs are told still", async () => {
      await using lent = await borrow(service().url, { options: { openTelemetry: { enabled: false } } });
      const { boss } = lent;
      await boss.createQueue("quiet");
      await boss.send("quiet");
      await boss.work("quiet", soon, async () => undefined);
      await lent.event("job.run.ended");
      expect(await lent.stored()).toEqual([null]);
      const run = lent.telemetry.spans().find(({ name }) => name === "process quiet");
      expect([run?.parentSpanId, run?.links]).toEqual([undefined, []]);
    });

    test("is nothing where nothing may travel", async () => {
      await using lent = await borrow(service().url, { recorder: { propagation: false } });
      await lent.boss.createQueue("plain");
      await lent.boss.send("plain");
      await lent.boss.insert("plain", [{}]);
      expect(await lent.stored()).toEqual([null, null]);
    });
  });

  describe("a job that someone changes", () => {
    test("ends when it is cancelled, and begins again when it is resumed", async () => {
      await using lent = await borrow(service().url);
      const { boss, telemetry } = lent;
      await boss.createQueue("changed");
      const id = (await boss.send("changed")) ?? "";
      await boss.cancel("changed", id);
      const [ended] = named(telemetry, "job.ended");
      expect(pick(ended, "job.id", "job.run.result", "job.state")).toEqual([id, "cancellation", "cancelled"]);
      await boss.resume("changed", id);
      const [restarted] = named(telemetry, "job.restarted");
      expect(pick(restarted, "job.id", "job.state", "job.trigger.type")).toEqual([id, "waiting", "manual"]);
    });

    test("and that is at work elsewhere is left to whoever works at it", async () => {
      await using lent = await borrow(service().url);
      const { boss, telemetry, schema } = lent;
      await boss.createQueue("changed");
      const id = (await boss.send("changed")) ?? "";
      // What another process's claim does.
      const claim = `UPDATE ${schema}.job SET state = 'active', started_on = now(), heartbeat_on = now()`;
      await boss.getDb().executeSql(claim);
      await boss.cancel("changed", id);
      expect(named(telemetry, "job.ended")).toEqual([]);
    });

    test("fails, and is tried again, without a run", async () => {
      await using lent = await borrow(service().url);
      const { boss, telemetry } = lent;
      await boss.createQueue("changed", { retryLimit: 0 });
      const id = (await boss.send("changed")) ?? "";
      await boss.fail("changed", id, new RangeError("no use"));
      const [ended] = named(telemetry, "job.ended");
      expect(pick(ended, "job.run.result", "job.state")).toEqual(["failure", "failed"]);
      expect(ended?.error).toMatchObject({ type: "RangeError", message: "no use" });
      await boss.retry("changed", id);
      expect(named(telemetry, "job.restarted")).toHaveLength(1);
      const again = (await boss.send("changed", null, { retryLimit: 1, retryDelay: 60 })) ?? "";
      await boss.fail("changed", again);
      expect(pick(named(telemetry, "job.retry_scheduled")[0], "job.id", "job.retry.attempt")).toEqual([again, 2]);
    });

    test("is removed", async () => {
      await using lent = await borrow(service().url);
      const { boss, telemetry } = lent;
      await boss.createQueue("changed");
      const id = (await boss.send("changed")) ?? "";
      await boss.deleteJob("changed", id);
      await boss.deleteJob("changed", id);
      const removed = named(telemetry, "job.removed").map((event) => pick(event, "job.id", "job.state"));
      expect(removed).toEqual([[id, "removed"]]);
    });

    test("in the app's own transaction is told without reading on its connection", async () => {
      await using lent = await borrow(service().url);
      const { boss, telemetry } = lent;
      await boss.createQueue("changed");
      const id = (await boss.send("changed")) ?? "";
      const texts: string[] = [];
      const db = boss.getDb();
      const own = {
        executeSql: (text: string, values?: unknown[]) => {
          texts.push(text);
          return db.executeSql(text, values);
        },
      };
      await boss.cancel("changed", id, { db: own });
      expect(texts).toHaveLength(1);
      expect(named(telemetry, "job.ended")).toHaveLength(1);
    });
  });

  test("queues that are not to be watched are left alone", async () => {
    await using lent = await borrow(service().url, { recorder: { ignore: ["secret"] } });
    const { boss, telemetry } = lent;
    await boss.createQueue("secret");
    await boss.insert("secret", [{}]);
    await boss.send("secret");
    const worked = Promise.withResolvers<void>();
    await boss.work("secret", { ...soon, batchSize: 2 }, async () => worked.resolve());
    await worked.promise;
    await boss.offWork("secret");
    expect([telemetry.events(), telemetry.spans()]).toEqual([[], []]);
    expect(await lent.stored()).toEqual([null, null]);
  });
});
