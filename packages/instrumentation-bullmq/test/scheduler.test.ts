import { redis } from "@jobtrail/testing";
import { withService } from "@jobtrail/testing/vitest";
import { describe, expect, test } from "vitest";
import { linksOf, pick, until, watching } from "./watching.ts";

withService("job schedulers of BullMQ", redis, (service) => {
  describe.each([
    ["every", { every: 1000 }, "interval"],
    ["pattern", { pattern: "* * * * * *" }, "cron"],
  ] as const)("%s", (_, repeat, trigger) => {
    test("each of its jobs is queued for its time, run, and linked to who made the schedule", async () => {
      await using watched = watching(service().url);
      const queue = watched.queue();
      await watched.worker(() => "done");
      await queue.upsertJobScheduler("ticks", repeat, { name: "tick", data: {} });
      await watched.event("job.run.ended", 2);
      await queue.removeJobScheduler("ticks");
      const queued = watched.named("job.queued").slice(0, 2);
      const started = watched.named("job.run.started").slice(0, 2);
      const ids = ["job.name", "job.schedule.id", "job.trigger.type"] as const;
      for (const event of [...queued, ...started]) expect(pick(event, ...ids)).toEqual(["tick", "ticks", trigger]);
      const same = ["job.id", "job.uid", "job.schedule.nominal_time"] as const;
      expect(started.map((event) => pick(event, ...same))).toEqual(queued.map((event) => pick(event, ...same)));
      const [one = 0, two = 0] = queued.map((event) => Date.parse(String(pick(event, "job.schedule.nominal_time")[0])));
      expect(two - one).toBe(1000);
      for (const event of started) {
        const [lateness, wait] = pick(event, "job.schedule.lateness", "job.run.wait");
        expect(lateness).toBeGreaterThanOrEqual(0);
        expect(lateness).toBeLessThan(1);
        expect(wait).toBe(lateness);
      }
      const [span, ...more] = watched.spans().filter(({ kind }) => kind === "producer");
      expect(more).toEqual([]);
      expect([span?.name, span?.spanId]).toEqual([`add ${watched.name}`, queued[0]?.span?.spanId]);
      for (const event of started) expect(linksOf(watched.spanOf(event))).toEqual({ producer: span?.spanId });
      const success = (await watched.points()).find(({ name }) => name === "job.schedule.last_success.time");
      expect(success?.attributes).toMatchObject({ "job.schedule.id": "ticks" });
    });
  });

  test("a job has the uid under which it was queued, however close to the next millisecond it was made", async () => {
    await using watched = watching(service().url);
    const queue = watched.queue();
    await Promise.all(
      Array.from({ length: 50 }, (_, index) => queue.upsertJobScheduler(`s${index}`, { every: 3_600_000 })),
    );
    const worker = await watched.worker(() => "done", { concurrency: 10 });
    await until(() => watched.named("job.run.ended").length === 50 || undefined);
    await worker.close();
    const uidsOf = (name: "job.queued" | "job.run.started"): Set<unknown> =>
      new Set(
        watched
          .named(name)
          .flatMap(({ attributes }) => (attributes["job.trigger.type"] === "interval" ? [attributes["job.uid"]] : [])),
      );
    expect(uidsOf("job.run.started").size).toBe(50);
    expect([...uidsOf("job.run.started")].filter((uid) => !uidsOf("job.queued").has(uid))).toEqual([]);
  });

  test("the scheduler itself is stored as it is without us", async () => {
    await using watched = watching(service().url);
    const queue = watched.queue();
    const job = await queue.upsertJobScheduler("yearly", { pattern: "0 0 1 1 *" }, { opts: { attempts: 3 } });
    expect(job?.opts.telemetry?.metadata).toContain("traceparent");
    expect((await queue.getJobScheduler("yearly"))?.template?.opts).toEqual({ attempts: 3 });
  });

  test("a schedule that is wrong is no job, and its span says why", async () => {
    await using watched = watching(service().url);
    await expect(watched.queue().upsertJobScheduler("wrong", {})).rejects.toThrow("must be defined");
    expect(watched.events()).toEqual([]);
    expect(watched.spans().map(({ status }) => status.code)).toEqual(["error"]);
  });
});
