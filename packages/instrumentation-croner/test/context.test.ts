import { setTimeout as wait } from "node:timers/promises";
import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { withActor } from "@jobtrail/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { everySecond, pass, stopTheClock, versions, watching } from "./watching.ts";

beforeAll(() => context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
afterAll(() => context.disable());

test.for(versions)(
  "a schedule made inside a span ticks as roots that are linked to it, and takes no actor from there (%s)",
  async ([, Cron]) => {
    await using watched = watching(Cron);
    const request = watched.providers().tracer.getTracer("app").startSpan("request");
    const active: unknown[] = [];
    await new Promise<void>((resolve) => {
      context.with(trace.setSpan(context.active(), request), () =>
        withActor({ id: "ann" }, () =>
          watched.make(everySecond, { name: "leak", maxRuns: 2 }, () => {
            active.push(trace.getActiveSpan()?.spanContext().spanId);
            if (active.length === 2) resolve();
          }),
        ),
      );
      request.end();
    });
    const { traceId, spanId } = request.spanContext();
    const runs = watched.spans().filter(({ name }) => name === "run leak");
    expect(runs.map((run) => run.spanId)).toEqual(active);
    expect(new Set(runs.map((run) => run.traceId)).size).toBe(2);
    for (const run of runs) {
      expect(run.kind).toBe("internal");
      expect(run.parentSpanId).toBeUndefined();
      expect(run.traceId).not.toBe(traceId);
      expect(run.links).toEqual([{ traceId, spanId, attributes: { "job.link.type": "scheduled_by" } }]);
    }
    expect(
      watched
        .events()
        .filter(({ name }) => name.startsWith("job.run."))
        .map(({ attributes }) => attributes["job.actor.id"]),
    ).not.toContain("ann");
  },
);

test.for(versions)(
  "a run by hand has no nominal time, an id of its own, and a link to who asked for it (%s)",
  async ([, Cron]) => {
    await using watched = watching(Cron);
    stopTheClock();
    const cron = watched.make("0 0 1 1 *", { name: "yearly" }, () => undefined);
    const request = watched.providers().tracer.getTracer("app").startSpan("request");
    await context.with(trace.setSpan(context.active(), request), () =>
      withActor({ id: "ann" }, () => Promise.all([cron.trigger(), cron.trigger()])),
    );
    const { traceId, spanId } = request.spanContext();
    const started = watched.events().filter(({ name }) => name === "job.run.started");
    expect(started.map(({ attributes }) => [attributes["job.trigger.type"], attributes["job.actor.id"]])).toEqual([
      ["manual", "ann"],
      ["manual", "ann"],
    ]);
    const [one, other] = started.map(({ attributes }) => attributes);
    expect(one?.["job.id"]).toMatch(/^yearly@2030-01-01T11:59:59\.500Z#\d+$/);
    expect(one?.["job.uid"]).not.toBe(other?.["job.uid"]);
    expect(one).not.toHaveProperty(["job.schedule.nominal_time"]);
    expect(one).not.toHaveProperty(["job.schedule.lateness"]);
    for (const span of watched.spans().filter(({ name }) => name === "run yearly")) {
      expect(span.parentSpanId).toBeUndefined();
      expect(span.links).toEqual([{ traceId, spanId, attributes: { "job.link.type": "producer" } }]);
    }
  },
);

test.for(versions)(
  "an error is a failure before `catch` swallows it, and `catch` belongs to the run (%s)",
  async ([, Cron]) => {
    await using watched = watching(Cron);
    stopTheClock();
    const thrown = new RangeError("never works");
    const caught: unknown[] = [];
    const fail = (): never => {
      throw thrown;
    };
    const onError = (error: unknown): number => caught.push([error, trace.getActiveSpan()?.spanContext().spanId]);
    watched.make(everySecond, { name: "caught", maxRuns: 1, catch: onError }, fail);
    watched.make(everySecond, { name: "swallowed", maxRuns: 1, catch: true }, async () => fail());
    await pass(1);
    const ended = watched.events().filter(({ name }) => name === "job.run.ended");
    expect(ended.map(({ error }) => ({ type: error?.type, message: error?.message }))).toEqual([
      { type: "RangeError", message: "never works" },
      { type: "RangeError", message: "never works" },
    ]);
    expect(ended.map(({ attributes }) => [attributes["job.run.result"], attributes["job.run.final"]])).toEqual([
      ["failure", true],
      ["failure", true],
    ]);
    expect(caught).toEqual([[thrown, watched.spans().find(({ name }) => name === "run caught")?.spanId]]);
  },
);

test.for(versions)(
  "without `catch` the rejection stays unhandled, once, with the host's own error (%s)",
  async ([, Cron]) => {
    await using watched = watching(Cron);
    const thrown = new Error("nobody catches it");
    using unhandled = unhandledRejections();
    watched.make(everySecond, { name: "loose", maxRuns: 1 }, () => {
      throw thrown;
    });
    await expect.poll(() => unhandled.reasons, { timeout: 5000 }).toEqual([thrown]);
    expect(watched.told("job.run.result")).toContainEqual(["job.run.ended", "failure"]);
    const byHand = watched.make(everySecond, { name: "by hand", paused: true }, () => Promise.reject(thrown));
    await expect(byHand.trigger()).rejects.toBe(thrown);
    await wait(0);
    expect(unhandled.reasons).toEqual([thrown]);
  },
);

test.for(versions)("a lazy thenable is asked once (%s)", async ([, Cron]) => {
  await using watched = watching(Cron);
  let asked = 0;
  const query = {
    // oxlint-disable-next-line unicorn/no-thenable
    then(done: () => void) {
      asked++;
      done();
    },
  };
  await watched.make(everySecond, { paused: true }, () => query as unknown as Promise<void>).trigger();
  expect(asked).toBe(1);
  expect(watched.told("job.run.result")).toContainEqual(["job.run.ended", "success"]);
});

/** Takes unhandled rejections away from the test runner, which would fail on them. */
function unhandledRejections(): Disposable & { readonly reasons: readonly unknown[] } {
  const before = process.listeners("unhandledRejection");
  const reasons: unknown[] = [];
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", (reason) => reasons.push(reason));
  return {
    reasons,
    [Symbol.dispose]() {
      process.removeAllListeners("unhandledRejection");
      for (const each of before) process.on("unhandledRejection", each);
    },
  };
}
