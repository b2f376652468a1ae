import { secondsBetween } from "@jobtrail/core/event";
import { fileURLToPath } from "node:url";
import { trace } from "@opentelemetry/api";
import { count } from "@jobtrail/core";
import { DelayedError, QueueEvents, UnrecoverableError, WaitingChildrenError, WaitingError, Worker } from "bullmq";
import type { Job } from "bullmq";
import { redis } from "@jobtrail/testing";
import { withService } from "@jobtrail/testing/vitest";
import { describe, expect, test } from "vitest";
import { firstOnly, gate, linksOf, pick, until, watching } from "./watching.ts";

withService("runs of BullMQ", redis, (service) => {
  test("a failed try tells when the next may start, and the next tells its wait from there", async () => {
    await using watched = watching(service().url);
    await watched.worker(
      firstOnly(() => {
        throw new TypeError("not at the first try");
      }),
    );
    await watched.queue().add("retry", {}, { attempts: 3, backoff: { type: "fixed", delay: 300 } });
    await watched.event("job.run.ended", 2);
    const [first, second] = watched.named("job.run.ended");
    const keys = ["job.run.result", "job.run.final", "job.state", "job.status.native"] as const;
    expect(pick(first, ...keys)).toEqual(["failure", false, "retrying", "delayed"]);
    expect(pick(second, ...keys)).toEqual(["success", true, "completed", "completed"]);
    const [scheduled] = watched.named("job.retry_scheduled");
    expect(pick(scheduled, "job.retry.attempt", "job.run.uid")).toEqual([2, first?.attributes["job.run.uid"]]);
    const [one, two] = watched.named("job.run.started");
    expect(pick(two, "job.run.number", "job.run.attempt", "job.max_attempts")).toEqual([2, 2, 3]);
    const nextAt = Date.parse(String(scheduled?.attributes["job.available_at"]));
    const [seconds, part] = two?.time ?? [0, 0];
    expect(two?.attributes["job.run.wait"]).toBeCloseTo(Math.max(0, (seconds * 1e3 + part / 1e6 - nextAt) / 1e3), 2);
    expect(two?.attributes["job.run.wait"]).toBeLessThan(0.25);
    expect(linksOf(watched.spanOf(two))).toEqual({
      producer: watched.named("job.queued")[0]?.span?.spanId,
      previous_run: one?.span?.spanId,
    });
    const retries = (await watched.points()).find(({ name }) => name === "job.run.retries");
    expect(retries?.value).toBe(1);
  });

  test("an unrecoverable error is final at once, whatever tries are left", async () => {
    await using watched = watching(service().url);
    await watched.worker(() => Promise.reject(new UnrecoverableError("beyond help")));
    await watched.queue().add("fail", {}, { attempts: 5, backoff: 10 });
    const ended = await watched.event("job.run.ended");
    expect(pick(ended, "job.run.result", "job.run.final", "job.state")).toEqual(["failure", true, "failed"]);
    expect(ended.error).toMatchObject({ type: "UnrecoverableError", message: "beyond help" });
    expect(watched.named("job.retry_scheduled")).toEqual([]);
    expect(watched.spanOf(ended).status).toEqual({ code: "error", message: "beyond help" });
  });

  const putBacks: Readonly<Record<string, [how: (job: Job, token: string) => unknown, reason: string, state: string]>> =
    {
      "for later": [
        async (job, token) => {
          await job.moveToDelayed(Date.now() + 200, token);
          throw new DelayedError();
        },
        "delayed",
        "scheduled",
      ],
      "to wait": [
        async (job, token) => {
          await job.moveToWait(token);
          throw new WaitingError();
        },
        "put back to wait",
        "waiting",
      ],
      "as rate limited": [
        async () => {
          await limit();
          throw Worker.RateLimitError();
        },
        "rate limited",
        "waiting",
      ],
      "as rate limited, without a promise": [
        () => {
          throw Worker.RateLimitError();
        },
        "rate limited",
        "waiting",
      ],
    };
  let limit: () => Promise<void>;
  for (const [title, [how, reason, state]] of Object.entries(putBacks))
    test(`a job put back ${title} has a run that is deferred: no failure, and no try`, async () => {
      await using watched = watching(service().url);
      const queue = watched.queue();
      limit = () => queue.rateLimit(50);
      // Not an async function: what it throws is thrown at once.
      await watched.worker((job, token) => (job.attemptsStarted === 1 ? how(job, token ?? "") : "done"));
      await queue.add("again", {}, { attempts: 1 });
      await watched.event("job.run.ended", 2);
      const [first, second] = watched.named("job.run.ended");
      const keys = ["job.run.result", "job.run.final", "job.state", "job.reason"] as const;
      expect(pick(first, ...keys)).toEqual(["deferred", false, state, reason]);
      expect(first?.error).toBeUndefined();
      expect(watched.spanOf(first).status.code).toBe("unset");
      expect(pick(second, ...keys)).toEqual(["success", true, "completed", undefined]);
      const [, started] = watched.named("job.run.started");
      expect(pick(started, "job.run.number", "job.run.attempt")).toEqual([2, 1]);
      // It waits from the put-back on, and not since it was made.
      const since = secondsBetween(first?.time ?? [0, 0], started?.time ?? [0, 0]);
      expect(started?.attributes["job.run.wait"]).toBeLessThan(since + 0.05);
      expect(linksOf(watched.spanOf(started))["previous_run"]).toBe(first?.span?.spanId);
      expect(watched.named("job.retry_scheduled")).toEqual([]);
    });

  test("a job put back for later says until when", async () => {
    await using watched = watching(service().url);
    const at = Date.now() + 300;
    await watched.worker(
      firstOnly(async (job, token) => {
        await job.moveToDelayed(at, token);
        throw new DelayedError();
      }),
    );
    await watched.queue().add("later", {});
    await watched.event("job.run.ended", 2);
    expect(pick(watched.named("job.run.ended")[0], "job.available_at")).toEqual([new Date(at).toISOString()]);
  });

  test("a job that waits for children it made itself is blocked, and its wait is not known", async () => {
    await using watched = watching(service().url);
    const children = watched.queue({ name: `${watched.name}-children` });
    await watched.worker(
      firstOnly(async (job, token) => {
        const parent = { id: String(job.id), queue: job.queueQualifiedName };
        await children.add("child", {}, { parent });
        if (await job.moveToWaitingChildren(token ?? "")) throw new WaitingChildrenError();
      }),
    );
    await watched.queue().add("parent", {});
    const first = await watched.event("job.run.ended");
    expect(pick(first, "job.name", "job.run.result", "job.state")).toEqual(["parent", "deferred", "blocked"]);
    await watched.worker(() => "done", { name: children.name });
    await watched.event("job.run.ended", 3);
    const again = watched.named("job.run.started").at(-1);
    expect(pick(again, "job.name", "job.run.number", "job.run.wait")).toEqual(["parent", 2, undefined]);
  });

  test("the work of a lazy result is the run's own", async () => {
    await using watched = watching(service().url);
    const spans: unknown[] = [];
    // As query builders do: they begin when somebody waits for them.
    // oxlint-disable-next-line unicorn/no-thenable
    const lazy = { then: (done: (value: unknown) => void) => setTimeout(() => work(done), 30) };
    const work = (done: (value: unknown) => void): void => {
      spans.push(trace.getActiveSpan()?.spanContext().spanId);
      count({ rows: 3 });
      done("rows");
    };
    await watched.worker(() => lazy);
    const job = await watched.queue().add("query", {});
    const ended = await watched.event("job.run.ended");
    expect(spans).toEqual([ended.span?.spanId]);
    expect(pick(ended, "job.run.result", "job.counter.rows")).toEqual(["success", 3]);
    expect(ended.attributes["job.run.duration"]).toBeGreaterThan(0.02);
    expect((await watched.queue().getJob(String(job.id)))?.returnvalue).toBe("rows");
  });

  test("an app's own worker class keeps its ways", async () => {
    const heard: string[] = [];
    class OwnWorker extends Worker {
      protected override async callProcessJob(...given: Parameters<Worker["callProcessJob"]>): Promise<unknown> {
        heard.push("processor");
        return await super.callProcessJob(...given);
      }
    }
    await using watched = watching(service().url);
    const worker = watched.opened(
      new OwnWorker(watched.name, () => Promise.resolve("done"), { connection: watched.connection }),
    );
    await worker.waitUntilReady();
    await watched.queue().add("own", {});
    const ended = await watched.event("job.run.ended");
    expect(pick(ended, "job.run.result")).toEqual(["success"]);
    expect(watched.spanOf(ended).name).toBe(`process ${watched.name}`);
    expect(heard).toEqual(["processor"]);
  });

  test("a result that cannot be stored fails the run", async () => {
    await using watched = watching(service().url);
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    await watched.worker(() => Promise.resolve(circle));
    await watched.queue().add("circle", {});
    const ended = await watched.event("job.run.ended");
    expect(pick(ended, "job.run.result", "job.run.final")).toEqual(["failure", true]);
    expect(ended.error?.type).toBe("TypeError");
  });

  test("progress is told now and then, as a number; an object only as a sign of life", async () => {
    await using watched = watching(service().url, { progressInterval: 60_000 });
    await watched.worker(async (job) => {
      for (let percent = 0; percent < 100; percent++) await job.updateProgress(percent);
    });
    const queue = watched.queue();
    await queue.add("busy", {});
    const ended = await watched.event("job.run.ended");
    expect(watched.named("job.run.progress").map((event) => pick(event, "job.progress"))).toEqual([[0]]);
    expect(ended.attributes["job.progress"]).toBe(99);
    await watched.worker((job) => job.updateProgress({ percent: 10 }), { name: "objects" });
    await watched.queue({ name: "objects" }).add("busy", {});
    await watched.event("job.run.ended", 2);
    expect(pick(watched.named("job.run.progress")[1], "job.progress")).toEqual([undefined]);
  });

  test("a job that is started again by hand has a second life, with a wait of its own", async () => {
    await using watched = watching(service().url);
    const queue = watched.queue();
    await queue.add("again", {});
    await watched.worker(() => "done");
    await watched.event("job.run.ended");
    const job = await until(async () => (await queue.getCompleted())[0]);
    await job?.retry("completed", { resetAttemptsStarted: true, resetAttemptsMade: true });
    await watched.event("job.run.ended", 2);
    const isRestart = (each: unknown): boolean => Array.isArray(each) && each[0] === "job.restarted";
    // The worker may begin before the call that started the job again has returned.
    await watched.event("job.restarted");
    const told = watched.told("job.run.number", "job.run.attempt", "job.run.result");
    expect(told.filter(isRestart)).toEqual([["job.restarted"]]);
    expect(told.filter((each) => !isRestart(each))).toEqual([
      ["job.queued"],
      ["job.run.started", 1, 1],
      ["job.run.ended", 1, 1, "success"],
      ["job.run.started", 1, 1],
      ["job.run.ended", 1, 1, "success"],
    ]);
    expect(new Set(watched.events().map(({ attributes }) => attributes["job.uid"])).size).toBe(1);
    const [one, two] = watched.named("job.run.started").map(({ attributes }) => attributes);
    expect(two?.["job.run.uid"]).not.toBe(one?.["job.run.uid"]);
    expect(two?.["job.run.wait"]).toBeLessThan(0.5);
  });

  test("a job that is removed as soon as it is done is told to its end", async () => {
    await using watched = watching(service().url);
    await watched.worker((job) => (job.name === "fail" ? Promise.reject(new Error("no")) : Promise.resolve()));
    const queue = watched.queue({ defaultJobOptions: { removeOnComplete: true, removeOnFail: true } });
    await queue.addBulk([
      { name: "succeed", data: {} },
      { name: "fail", data: {} },
    ]);
    await watched.event("job.run.ended", 2);
    expect(watched.named("job.run.ended").map((event) => pick(event, "job.name", "job.run.result"))).toEqual([
      ["succeed", "success"],
      ["fail", "failure"],
    ]);
    expect(watched.named("job.removed")).toEqual([]);
  });

  describe("a worker that is closed", () => {
    test("waits for its job, which ends as it ends", async () => {
      await using watched = watching(service().url);
      const { passed, open } = gate();
      const worker = await watched.worker(() => passed);
      await watched.queue().add("busy", {});
      await watched.event("job.run.started");
      const closed = worker.close();
      open();
      await closed;
      expect(pick(watched.named("job.run.ended")[0], "job.run.result")).toEqual(["success"]);
    });

    test("by force leaves a run whose outcome is stored nowhere", async () => {
      await using watched = watching(service().url);
      const { passed, open } = gate();
      const worker = await watched.worker(() => passed);
      await watched.queue().add("busy", {});
      await watched.event("job.run.started");
      await worker.close(true);
      open();
      const ended = await watched.event("job.run.ended");
      const keys = ["job.run.result", "job.run.final", "job.state", "job.reason"] as const;
      expect(pick(ended, ...keys)).toEqual(["error", undefined, "stalled", "the worker was closed"]);
      expect(ended.error?.type).toBe("worker_closed");
    });
  });

  test("a run that was not watched to its end has no result", async () => {
    await using watched = watching(service().url);
    const { passed, open } = gate();
    const worker = await watched.worker(() => passed);
    await watched.queue().add("busy", {});
    await watched.event("job.run.started");
    watched.undo();
    open();
    await worker.close();
    const [ended] = watched.named("job.run.ended");
    expect(pick(ended, "job.run.result", "job.reason")).toEqual([undefined, "no longer watched"]);
    expect(ended?.error).toBeUndefined();
  });

  test("the app's own event listeners are none of ours: nothing is told twice", async () => {
    await using watched = watching(service().url);
    const listener = watched.opened(new QueueEvents(watched.name, { connection: watched.connection }));
    await listener.waitUntilReady();
    const heard = new Promise((resolve) => listener.on("failed", resolve));
    await watched.worker(() => Promise.reject(new Error("no")));
    const queue = watched.queue();
    await queue.add("fail", {});
    await heard;
    const gone = new Promise((resolve) => listener.on("removed", resolve));
    await queue.remove("1");
    await gone;
    expect(watched.told("job.id")).toEqual([
      ["job.queued", "1"],
      ["job.run.started", "1"],
      ["job.run.ended", "1"],
      ["job.removed", "1"],
    ]);
  });

  for (const useWorkerThreads of [false, true])
    test(`a sandboxed processor's runs are told by its worker (${useWorkerThreads ? "thread" : "process"})`, async () => {
      await using watched = watching(service().url);
      await watched.worker(fileURLToPath(new URL("sandboxed.cjs", import.meta.url)), { useWorkerThreads });
      const queue = watched.queue();
      await queue.add("work", {});
      await queue.add("work", { how: "fail" });
      await queue.add("work", { how: "put back" });
      await watched.event("job.run.ended", 4);
      const ended = watched.named("job.run.ended");
      expect(ended.map((event) => pick(event, "job.id", "job.run.result"))).toEqual([
        ["1", "success"],
        ["2", "failure"],
        ["3", "deferred"],
        ["3", "success"],
      ]);
      expect(pick(ended[2], "job.available_at")).toEqual([expect.any(String)]);
      expect(pick(watched.named("job.run.progress")[0], "job.id", "job.progress")).toEqual(["1", 50]);
      expect(ended[1]?.error?.message).toBe("never works");
      // The child is given the sender's context, and not its run's.
      const [done] = await queue.getCompleted();
      const sender = watched.named("job.queued")[Number(done?.id) - 1]?.span;
      expect(done?.returnvalue).toBe(`00-${sender?.traceId}-${sender?.spanId}-01`);
    });

  test("a job that an app takes and settles by itself is seen when it is queued, and not at work", async () => {
    await using watched = watching(service().url);
    const worker = watched.opened(new Worker(watched.name, null, { connection: watched.connection }));
    await watched.queue().add("manual", {});
    const job = await worker.getNextJob("token");
    await job?.moveToCompleted("done", "token", false);
    expect(watched.told()).toEqual([["job.queued"]]);
  });
});
