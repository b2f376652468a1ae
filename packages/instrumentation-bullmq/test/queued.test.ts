import { Job, Queue } from "bullmq";
import { redis } from "@jobtrail/testing";
import { withService } from "@jobtrail/testing/vitest";
import { expect, test } from "vitest";
import { pick, watching } from "./watching.ts";

withService("jobs that are given to BullMQ", redis, (service) => {
  test("a delayed job is scheduled, and its wait begins when its delay is over", async () => {
    await using watched = watching(service().url);
    await watched.queue().add("later", {}, { delay: 400 });
    const [queued] = watched.named("job.queued");
    expect(pick(queued, "job.state", "job.delay", "job.trigger.type")).toEqual(["scheduled", 0.4, "delay"]);
    await watched.worker(() => "done");
    const started = await watched.event("job.run.started");
    expect(started.attributes["job.uid"]).toBe(queued?.attributes["job.uid"]);
    const available = Date.parse(String(queued?.attributes["job.available_at"]));
    expect(available - Date.parse(String(started.attributes["job.created_at"]))).toBe(400);
    const [seconds, part] = started.time ?? [0, 0];
    expect(started.attributes["job.run.wait"]).toBeCloseTo((seconds * 1e3 + part / 1e6 - available) / 1e3, 2);
    await watched.event("job.run.ended");
  });

  test("a call of addBulk is one span, and each of its jobs is queued once", async () => {
    await using watched = watching(service().url);
    const queue = watched.queue();
    await queue.addBulk(["one", "two", "three"].map((name) => ({ name, data: {} })));
    const queued = watched.named("job.queued");
    expect(queued.map((event) => pick(event, "job.name", "job.id"))).toEqual([
      ["one", "1"],
      ["two", "2"],
      ["three", "3"],
    ]);
    const [span, ...more] = watched.spans();
    expect(more).toEqual([]);
    expect([span?.name, span?.kind]).toEqual([`addBulk ${watched.name}`, "producer"]);
    expect(new Set(queued.map((event) => event.span?.spanId))).toEqual(new Set([span?.spanId]));
    await watched.worker(() => "done");
    await watched.event("job.run.ended", 3);
    const links = watched.spans().flatMap(({ name, links }) => (name.startsWith("process") ? links : []));
    expect(links.map(({ spanId }) => spanId)).toEqual([span?.spanId, span?.spanId, span?.spanId]);
  });

  test("an id that is used twice in one call of addBulk is one job", async () => {
    await using watched = watching(service().url);
    const one = { name: "one", data: {}, opts: { jobId: "chosen", attempts: 2 } };
    await watched.queue().addBulk([one, { ...one, name: "other", opts: { jobId: "chosen", attempts: 9 } }]);
    const kept = await watched.event("job.deduplicated");
    const [queued, ...more] = watched.named("job.queued");
    expect(more).toEqual([]);
    const keys = ["job.uid", "job.id", "job.name", "job.max_attempts"] as const;
    expect(pick(kept, ...keys)).toEqual(pick(queued, ...keys));
    expect(pick(kept, ...keys).slice(1)).toEqual(["chosen", "one", 2]);
  });

  test("a job whose id is taken is told as deduplicated, and names the job that was kept", async () => {
    await using watched = watching(service().url);
    const queue = watched.queue();
    await queue.add("first", {}, { jobId: "chosen" });
    await queue.add("second", {}, { jobId: "chosen" });
    const kept = await watched.event("job.deduplicated");
    expect(pick(kept, "job.uid", "job.name", "job.reason", "job.deduplication.key")).toEqual([
      watched.named("job.queued")[0]?.attributes["job.uid"],
      "first",
      "a job with this id exists",
      undefined,
    ]);
    expect(watched.named("job.queued")).toHaveLength(1);
  });

  test("a deduplicated job names its key and the job that was kept", async () => {
    await using watched = watching(service().url);
    const queue = watched.queue();
    await queue.add("first", {}, { deduplication: { id: "key" } });
    await queue.add("second", {}, { deduplication: { id: "key" } });
    const kept = await watched.event("job.deduplicated");
    const [queued, ...more] = watched.named("job.queued");
    expect(more).toEqual([]);
    expect(pick(kept, "job.uid", "job.id", "job.deduplication.key")).toEqual([
      ...pick(queued, "job.uid", "job.id"),
      "key",
    ]);
  });

  test("of two jobs of one id at one instant, one is queued, though nothing travels with them", async () => {
    await using watched = watching(service().url, { propagation: false });
    const queue = watched.queue();
    const opts = { jobId: "chosen", timestamp: 1_900_000_000_000 };
    await Promise.all([queue.add("same", {}, opts), queue.add("same", {}, opts)]);
    await watched.event("job.deduplicated");
    expect(watched.named("job.queued")).toHaveLength(1);
  });

  test("a job with a chosen id that is done and removed before anyone looks was queued", async () => {
    await using watched = watching(service().url);
    await watched.worker(() => "done");
    await watched.queue().add("quick", {}, { jobId: "chosen", removeOnComplete: true });
    const queued = await watched.event("job.queued");
    const ended = await watched.event("job.run.ended");
    expect(ended.attributes["job.uid"]).toBe(queued.attributes["job.uid"]);
    expect(watched.named("job.deduplicated")).toEqual([]);
  });

  test("priorities are told, and the most urgent job runs first", async () => {
    await using watched = watching(service().url);
    const queue = watched.queue();
    for (const priority of [3, 1, 2]) await queue.add(`p${priority}`, {}, { priority });
    await watched.worker(() => "done");
    await watched.event("job.run.ended", 3);
    expect(watched.named("job.queued").map((event) => pick(event, "job.name", "job.priority"))).toEqual([
      ["p3", 3],
      ["p1", 1],
      ["p2", 2],
    ]);
    expect(watched.named("job.run.started").map((event) => pick(event, "job.name", "job.priority"))).toEqual([
      ["p1", 1],
      ["p2", 2],
      ["p3", 3],
    ]);
  });

  test("a job that is removed is told with its uid, by the job and by its id", async () => {
    await using watched = watching(service().url);
    const queue = watched.queue();
    const first = await queue.add("first", {}, { delay: 60_000 });
    await first.remove();
    const second = await queue.add("second", {});
    expect(await queue.remove(String(second.id))).toBe(1);
    expect(await queue.remove("never there")).toBe(1);
    await watched.event("job.removed", 2);
    const uids = watched.named("job.queued").map(({ attributes }) => attributes["job.uid"]);
    expect(watched.named("job.removed").map((event) => pick(event, "job.id", "job.name", "job.uid"))).toEqual([
      [first.id, "first", uids[0]],
      [second.id, "second", uids[1]],
    ]);
  });

  test("what cannot be removed is not told as removed", async () => {
    await using watched = watching(service().url);
    const queue = watched.queue();
    const results: unknown[] = [];
    await watched.worker(async (job) => {
      results.push(await queue.remove(String(job.id)));
      results.push(await job.remove().catch((error: Error) => error.message));
    });
    await queue.add("busy", {});
    await watched.event("job.run.ended");
    expect(results).toEqual([0, expect.stringContaining("locked by another worker")]);
    expect(watched.named("job.removed")).toEqual([]);
  });

  test("a job that BullMQ refuses is no job, and its span says why", async () => {
    await using watched = watching(service().url);
    await expect(watched.queue().add("wrong", {}, { jobId: "12" })).rejects.toThrow("Custom Id cannot be integers");
    expect(watched.events()).toEqual([]);
    expect(watched.spans().map(({ status }) => status)).toEqual([
      { code: "error", message: "Custom Id cannot be integers" },
    ]);
  });

  test("an app's own classes keep their ways", async () => {
    class OwnJob extends Job {
      readonly own = true;
    }
    class OwnQueue extends Queue {
      protected override get Job(): typeof Job {
        return OwnJob as unknown as typeof Job;
      }
    }
    await using watched = watching(service().url);
    const queue = watched.opened(new OwnQueue(watched.name, { connection: watched.connection }));
    const job = await queue.add("own", {}, { jobId: "chosen" });
    const [bulk] = await queue.addBulk([{ name: "own", data: {} }]);
    expect([job, bulk].map((each) => each instanceof OwnJob && each.own)).toEqual([true, true]);
    await watched.event("job.queued", 2);
  });

  test("what the caller passes is not changed", async () => {
    await using watched = watching(service().url);
    const queue = watched.queue();
    const opts = Object.freeze({ attempts: 2, telemetry: Object.freeze({ metadata: '{"own":"1"}' }) });
    const entries = Object.freeze([Object.freeze({ name: "bulk", data: Object.freeze({}), opts })]);
    const job = await queue.add("frozen", Object.freeze({}), opts);
    await queue.addBulk([...entries]);
    expect(JSON.parse(String(job.opts.telemetry?.metadata))).toMatchObject({
      own: "1",
      traceparent: expect.any(String),
    });
    expect(opts).toEqual({ attempts: 2, telemetry: { metadata: '{"own":"1"}' } });
  });
});
