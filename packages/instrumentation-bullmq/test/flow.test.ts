import { redis } from "@jobtrail/testing";
import { withService } from "@jobtrail/testing/vitest";
import { expect, test } from "vitest";
import { gate, linksOf, pick, until, watching } from "./watching.ts";

withService("flows of BullMQ", redis, (service) => {
  test("a flow is one span; its parent is blocked until its children are done, and that is no wait", async () => {
    await using watched = watching(service().url);
    const children = `${watched.name}-children`;
    const flow = await watched.flows().add({
      name: "parent",
      queueName: watched.name,
      children: [
        { name: "one", queueName: children, opts: { attempts: 2 } },
        { name: "two", queueName: children, opts: { jobId: "chosen" } },
      ],
    });
    await watched.event("job.queued", 3);
    const queued = watched.named("job.queued");
    expect(queued.map((event) => pick(event, "job.name", "job.state", "job.trigger.type"))).toEqual(
      expect.arrayContaining([
        ["parent", "blocked", "dependency"],
        ["one", "waiting", "api"],
        ["two", "waiting", "api"],
      ]),
    );
    const [span, ...more] = watched.spans();
    expect(more).toEqual([]);
    expect([span?.name, span?.kind]).toEqual([`addFlow ${watched.name}`, "producer"]);
    const { passed, open } = gate();
    await watched.worker(() => "done");
    await watched.worker(() => passed, { name: children, concurrency: 2 });
    await watched.event("job.run.started", 2);
    open();
    await watched.event("job.run.ended", 3);
    const started = watched.named("job.run.started");
    expect(new Set(started.map((event) => event.attributes["job.uid"]))).toEqual(
      new Set(queued.map((event) => event.attributes["job.uid"])),
    );
    for (const event of started) expect(linksOf(watched.spanOf(event))).toEqual({ producer: span?.spanId });
    expect(pick(started.at(-1), "job.id", "job.run.wait", "job.trigger.type")).toEqual([
      flow.job.id,
      undefined,
      "dependency",
    ]);
    expect(started[0]?.attributes["job.run.wait"]).toBeGreaterThanOrEqual(0);
  });

  test("a parent that a child fails ends without a run", async () => {
    await using watched = watching(service().url);
    await watched.flows().add({
      name: "parent",
      queueName: watched.name,
      children: [{ name: "child", queueName: watched.name, opts: { failParentOnFailure: true } }],
    });
    await watched.worker(() => Promise.reject(new RangeError("no")));
    const ended = await watched.event("job.ended");
    expect(pick(ended, "job.name", "job.run.result", "job.state")).toEqual(["parent", "failure", "failed"]);
    expect(ended.error?.message).toMatch(/^child .* failed$/);
    expect(watched.named("job.run.started").map((event) => pick(event, "job.name"))).toEqual([["child"]]);
  });

  test("flows by one call are one span", async () => {
    await using watched = watching(service().url);
    const flow = (name: string) => ({
      name,
      queueName: watched.name,
      children: [{ name: "child", queueName: "deep" }],
    });
    await watched.flows().addBulk([flow("one"), flow("two")]);
    expect(watched.spans().map(({ name }) => name)).toEqual([`addBulkFlows ${watched.name}`]);
    expect(watched.named("job.queued").map((event) => pick(event, "job.name", "job.state"))).toEqual([
      ["one", "blocked"],
      ["two", "blocked"],
      ["child", "waiting"],
      ["child", "waiting"],
    ]);
    await watched.flows().addBulk([]);
    expect(watched.spans()).toHaveLength(1);
  });

  test("a child that is there already is told as deduplicated", async () => {
    await using watched = watching(service().url);
    await watched.queue().add("there", {}, { jobId: "chosen" });
    const child = { name: "again", queueName: watched.name, opts: { jobId: "chosen" } };
    await watched.flows().add({ name: "parent", queueName: `${watched.name}-parents`, children: [child] });
    const kept = await watched.event("job.deduplicated");
    expect(pick(kept, "job.name", "job.uid")).toEqual(["there", watched.named("job.queued")[0]?.attributes["job.uid"]]);
  });

  test("a job that a flow made is told when it is removed", async () => {
    await using watched = watching(service().url);
    const flow = await watched.flows().add({ name: "alone", queueName: watched.name });
    await flow.job.remove();
    expect(watched.told("job.id")).toEqual([
      ["job.queued", flow.job.id],
      ["job.removed", flow.job.id],
    ]);
  });

  test("a flow in another database has the uids that its workers know", async () => {
    await using watched = watching(service().url);
    const connection = { url: service().url, db: 7, maxRetriesPerRequest: null };
    await watched.flows({ connection, prefix: "own" }).add({ name: "there", queueName: watched.name });
    await watched.worker(() => "done", { connection, prefix: "own" });
    const started = await watched.event("job.run.started");
    const keys = ["job.namespace", "job.uid"] as const;
    expect(pick(started, ...keys)).toEqual(pick(watched.named("job.queued")[0], ...keys));
    expect(started.attributes["job.namespace"]).toBe("own/7");
    await until(() => watched.named("job.run.ended")[0]);
  });
});
