import { count, withActor } from "@jobtrail/core";
import { postgres } from "@jobtrail/testing";
import { withService } from "@jobtrail/testing/vitest";
import { describe, expect, test } from "vitest";
import { borrow, named, pick, soon } from "./borrowed.ts";

withService("runs of pg-boss", postgres, (service) => {
  describe("a batch", () => {
    test("has one span with a link to each sender, and a run and an outcome for each job", async () => {
      await using lent = await borrow(service().url);
      const { boss, telemetry } = lent;
      await boss.createQueue("dead");
      await boss.createQueue("many", { retryLimit: 1, deadLetter: "dead" });
      for (const n of [1, 2, 3, 4]) await boss.send("many", { n });
      let ids: string[] = [];
      await boss.work("many", { ...soon, batchSize: 4, perJobResults: true }, async (jobs) => {
        count({ emails: jobs.length });
        ids = jobs.map(({ id }) => id);
        return [
          { id: jobs[0]!.id, status: "completed", output: { fine: true } },
          { id: jobs[1]!.id, status: "failed", output: new TypeError("one of them") },
          { id: jobs[2]!.id, status: "deadletter", output: new RangeError("beyond help") },
        ];
      });
      await lent.event("job.run.ended", 4);
      const ended = named(telemetry, "job.run.ended").map(({ attributes, error }) => [
        ids.indexOf(attributes["job.id"] ?? ""),
        attributes["job.run.result"],
        attributes["job.run.final"],
        error && `${error.type}: ${error.message}`,
        attributes["job.batch.size"],
        attributes["job.reason"],
      ]);
      expect(ended).toEqual([
        [0, "success", true, undefined, 4, undefined],
        [1, "failure", false, "TypeError: one of them", 4, undefined],
        [2, "failure", true, "RangeError: beyond help", 4, "copied to the dead letter queue dead"],
        [3, "failure", false, "Error: The handler gave no result for this job.", 4, undefined],
      ]);
      expect(named(telemetry, "job.retry_scheduled")).toHaveLength(2);
      const senders = telemetry.spans().filter(({ name }) => name === "send many");
      const [span, ...more] = telemetry.spans().filter(({ name }) => name === "process many");
      expect(more).toEqual([]);
      expect(span?.parentSpanId).toBeUndefined();
      expect(span?.status.code).toBe("error");
      expect(span?.links.map(({ spanId }) => spanId).sort()).toEqual(senders.map(({ spanId }) => spanId).sort());
      expect(span?.attributes["messaging.batch.message_count"]).toBe(4);
      expect(named(telemetry, "job.run.started").every((event) => event.span?.spanId === span?.spanId)).toBe(true);
      const counted = named(telemetry, "job.run.ended").map(({ attributes }) => attributes["job.counter.emails"]);
      expect(counted).toEqual([4, undefined, undefined, undefined]);
    });

    test("fails as a whole where its handler throws", async () => {
      await using lent = await borrow(service().url);
      const { boss, telemetry } = lent;
      await boss.createQueue("many", { retryLimit: 0 });
      await boss.insert("many", [{}, {}]);
      await boss.work("many", { ...soon, batchSize: 5 }, () => Promise.reject(new TypeError("all of them")));
      await lent.event("job.run.ended", 2);
      const ended = named(telemetry, "job.run.ended");
      expect(ended.map((event) => pick(event, "job.run.result", "job.run.final"))).toEqual([
        ["failure", true],
        ["failure", true],
      ]);
      expect(ended.map(({ error }) => error?.type)).toEqual(["TypeError", "TypeError"]);
    });
  });

  test("a handler that works too long has run out of time, and the next try tells its wait", async () => {
    await using lent = await borrow(service().url);
    const { boss, telemetry } = lent;
    await boss.createQueue("slow", { retryLimit: 1, retryDelay: 1, expireInSeconds: 1 });
    await boss.send("slow");
    await boss.work("slow", soon, async ([job]) => {
      if (job!.retryCount > 0) return;
      // It stops when it is told to, as pg-boss asks of handlers.
      await new Promise((resolve) => job!.signal.addEventListener("abort", resolve));
    });
    const first = await lent.event("job.run.ended", 1);
    expect(pick(first, "job.run.result", "job.run.final", "job.status.native")).toEqual(["timeout", false, "retry"]);
    expect(first.error).toMatchObject({ type: "timeout", message: "handler execution exceeded 1s" });
    await lent.event("job.run.ended", 2);
    const [, second] = named(telemetry, "job.run.started");
    expect(pick(second, "job.run.number")).toEqual([2]);
    expect(second?.attributes["job.run.wait"]).toBeLessThan(5);
    expect(telemetry.spans().filter(({ name }) => name === "process slow")).toHaveLength(2);
  });

  test("a job that is cancelled at work ends as cancelled, said once", async () => {
    await using lent = await borrow(service().url);
    const { boss, telemetry } = lent;
    await boss.createQueue("busy");
    await boss.send("busy");
    await boss.work("busy", soon, async ([job]) => {
      await boss.cancel("busy", job!.id);
      return "done";
    });
    const ended = await lent.event("job.run.ended");
    expect(pick(ended, "job.run.result", "job.run.final", "job.state")).toEqual(["cancellation", true, "cancelled"]);
    expect(named(telemetry, "job.ended")).toEqual([]);
  });

  test("a job that is settled by its own handler has that outcome", async () => {
    await using lent = await borrow(service().url);
    const { boss, telemetry } = lent;
    await boss.createQueue("own", { retryLimit: 0 });
    await boss.insert("own", [
      { data: { how: "complete" }, priority: 3 },
      { data: { how: "fail" }, priority: 2 },
      { data: { how: "delete" }, priority: 1 },
    ]);
    await boss.work<{ how: string }>("own", soon, async ([job]) => {
      if (job!.data.how === "complete") await boss.complete("own", job!.id);
      else if (job!.data.how === "fail") await boss.fail("own", job!.id, new RangeError("by hand"));
      else await boss.deleteJob("own", job!.id);
    });
    await lent.event("job.run.ended", 3);
    expect(
      named(telemetry, "job.run.ended").map((event) => [
        ...pick(event, "job.run.result", "job.run.final", "job.state"),
        event.error?.type,
      ]),
    ).toEqual([
      ["success", true, "completed", undefined],
      ["failure", true, "failed", "RangeError"],
      ["success", true, "removed", undefined],
    ]);
    expect(named(telemetry, "job.removed")).toHaveLength(1);
    expect(named(telemetry, "job.ended")).toEqual([]);
  });

  test("a run that is at work when pg-boss stops is no failure of the job", async () => {
    await using lent = await borrow(service().url);
    const { boss } = lent;
    await boss.createQueue("endless", { retryLimit: 2 });
    await boss.send("endless");
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    await boss.work("endless", soon, () => {
      begin();
      return new Promise(() => undefined);
    });
    await begun;
    await boss.stop({ timeout: 1000 });
    const ended = await lent.event("job.run.ended");
    expect(ended.error?.type).toBe("shutdown");
    expect(pick(ended, "job.run.result")).toEqual(["error"]);
  });

  test("a handler's transaction that cannot be committed is a failure", async () => {
    await using lent = await borrow(service().url);
    const { boss } = lent;
    await boss.createQueue("careful", { retryLimit: 0 });
    await boss.send("careful");
    await boss.work("careful", { ...soon, transactional: true }, async (_, tx) => {
      await tx.executeSql("SELECT 1 / 0").catch(() => undefined);
    });
    const ended = await lent.event("job.run.ended");
    expect(pick(ended, "job.run.result", "job.run.final")).toEqual(["failure", true]);
    expect(ended.error?.type).toBe("25P02");
  });

  test("a copy in a dead letter queue is linked to the first sender, and its wait is not the first job's", async () => {
    await using lent = await borrow(service().url);
    const { boss, telemetry } = lent;
    await boss.createQueue("dead");
    await boss.createQueue("first", { retryLimit: 0, deadLetter: "dead" });
    await boss.send("first");
    await boss.work("first", soon, () => Promise.reject(new Error("no")));
    await boss.work("dead", soon, async () => undefined);
    await lent.event("job.run.ended", 2);
    const [first, copy] = named(telemetry, "job.run.started");
    expect(first?.attributes["job.run.wait"]).toBeGreaterThanOrEqual(0);
    expect(copy?.attributes["job.run.wait"]).toBeUndefined();
    const sender = telemetry.spans().find(({ name }) => name === "send first");
    const links = telemetry.spans().find(({ name }) => name === "process dead")?.links;
    expect(links?.map(({ spanId }) => spanId)).toEqual([sender?.spanId]);
  });

  test("who asks is at hand in the handler, and asks for what it sends", async () => {
    await using lent = await borrow(service().url);
    const { boss, telemetry } = lent;
    await boss.createQueue("outer");
    await boss.createQueue("inner");
    await withActor({ id: "ann" }, () => boss.send("outer"));
    await boss.work("outer", soon, async () => {
      count({ emails: 3 });
      await boss.send("inner");
    });
    const ended = await lent.event("job.run.ended");
    expect(pick(ended, "job.actor.id", "job.counter.emails")).toEqual(["ann", 3]);
    const queued = named(telemetry, "job.queued").map((event) => pick(event, "job.queue.name", "job.actor.id"));
    expect(queued).toEqual([
      ["outer", "ann"],
      ["inner", "ann"],
    ]);
    const inner = telemetry.spans().find(({ name }) => name === "send inner");
    const outer = telemetry.spans().find(({ name }) => name === "process outer");
    expect(inner?.parentSpanId).toBe(outer?.spanId);
  });

  test("with metadata, what the row says is told", async () => {
    await using lent = await borrow(service().url);
    const { boss } = lent;
    await boss.createQueue("told", { retryLimit: 4 });
    const id = await boss.send("told", null, { priority: 7 });
    let row: { startedOn?: Date; createdOn?: Date } = {};
    await boss.work("told", { ...soon, includeMetadata: true }, async ([job]) => {
      row = job!;
    });
    const started = await lent.event("job.run.started");
    expect(pick(started, "job.id", "job.priority", "job.max_attempts", "job.created_at")).toEqual([
      id,
      7,
      5,
      row.createdOn?.toISOString(),
    ]);
    expect(started.attributes["job.run.uid"]).toBe(`${started.attributes["job.uid"]}-0.${row.startedOn?.getTime()}`);
    expect(started.attributes["job.run.wait"]).toBeGreaterThanOrEqual(0);
  });

  describe("a job that the app fetches itself", () => {
    test("is at work until it is completed", async () => {
      await using lent = await borrow(service().url);
      const { boss, telemetry } = lent;
      await boss.createQueue("own");
      await boss.send("own");
      const [job] = await boss.fetch("own");
      const started = await lent.event("job.run.started");
      expect(named(telemetry, "job.run.ended")).toEqual([]);
      await boss.complete("own", job!, { done: 1 });
      const [ended] = named(telemetry, "job.run.ended");
      expect(pick(ended, "job.run.result", "job.run.final")).toEqual(["success", true]);
      expect(ended?.attributes["job.run.uid"]).toBe(started.attributes["job.run.uid"]);
      const sender = telemetry.spans().find(({ name }) => name === "send own");
      const [run, ...more] = telemetry.spans().filter(({ name }) => name === "process own");
      expect(more).toEqual([]);
      expect(run?.links.map(({ spanId }) => spanId)).toEqual([sender?.spanId]);
    });

    test("tells of the next try when it is failed", async () => {
      await using lent = await borrow(service().url);
      const { boss, telemetry } = lent;
      await boss.createQueue("own", { retryLimit: 1, retryDelay: 60 });
      await boss.send("own");
      const [job] = await boss.fetch("own");
      await boss.fail("own", job!.id, new TypeError("not yet"));
      const [ended] = named(telemetry, "job.run.ended");
      expect(pick(ended, "job.run.result", "job.run.final")).toEqual(["failure", false]);
      expect(ended?.error).toMatchObject({ type: "TypeError", message: "not yet" });
      const [retry] = named(telemetry, "job.retry_scheduled");
      expect(retry?.attributes["job.retry.attempt"]).toBe(2);
      const ahead = Date.parse(retry?.attributes["job.available_at"] ?? "") - Date.now();
      expect(ahead).toBeGreaterThan(50_000);
    });

    test("is over when pg-boss has taken it back", async () => {
      await using lent = await borrow(service().url, {
        options: { supervise: true, superviseIntervalSeconds: 1, monitorIntervalSeconds: 1 },
      });
      const { boss } = lent;
      await boss.createQueue("own", { retryLimit: 0, expireInSeconds: 1 });
      await boss.send("own");
      await boss.fetch("own");
      const ended = await lent.event("job.run.ended");
      expect(pick(ended, "job.run.result", "job.run.final")).toEqual(["timeout", true]);
      expect(ended.error).toEqual({ type: "timeout", message: "job timed out" });
    });
  });
});
