import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { propagation, trace } from "@opentelemetry/api";
import type { TextMapPropagator } from "@opentelemetry/api";
import { count, withActor } from "@jobtrail/core";
import type { JobEvent } from "@jobtrail/core/event";
import { inject } from "@jobtrail/core/recorder";
import { redis } from "@jobtrail/testing";
import { withService } from "@jobtrail/testing/vitest";
import { BullMQOtel } from "bullmq-otel";
import type { Telemetry as OwnTelemetry } from "bullmq";
import { Redis } from "ioredis";
import { describe, expect, test } from "vitest";
import { linksOf, pick, until, watching } from "./watching.ts";

/** What bullmq-otel asks of the app: a propagator. It comes with every SDK. */
const traceparent: TextMapPropagator = {
  inject: (context, carrier: Record<string, string>) =>
    void Object.assign(carrier, inject(trace.getSpanContext(context), {})),
  extract: (context, carrier: Record<string, string>) => {
    const [, traceId = "", spanId = ""] = (carrier["traceparent"] ?? "").split("-");
    return traceId === "" ? context : trace.setSpanContext(context, { traceId, spanId, traceFlags: 1, isRemote: true });
  },
  fields: () => ["traceparent"],
};

withService("what travels with jobs of BullMQ", redis, (service) => {
  test("who asks in one process is known in another, and what is counted there is the run's", async () => {
    await using watched = watching(service().url);
    const program = fileURLToPath(new URL("asker.ts", import.meta.url));
    const given = ["--conditions=@jobtrail/source", program, service().url, watched.name];
    const { stdout } = await promisify(execFile)(process.execPath, given);
    const queued = JSON.parse(stdout) as JobEvent;
    const by = ["job.actor.type", "job.actor.id", "job.actor.name", "job.scope.type", "job.scope.id"] as const;
    const next = watched.queue({ name: `${watched.name}-next` });
    await watched.worker(async () => {
      count({ emails: 2 });
      count({ emails: 3 });
      await next.add("next", {});
    });
    const ended = await watched.event("job.run.ended");
    expect(pick(queued, ...by)).toEqual(["user", "ada", "Ada", "space", "north"]);
    expect(pick(watched.named("job.run.started")[0], ...by, "job.uid")).toEqual(pick(queued, ...by, "job.uid"));
    expect(pick(ended, ...by, "job.counter.emails")).toEqual([...pick(queued, ...by), 5]);
    expect(linksOf(watched.spanOf(ended))).toEqual({ producer: queued.span?.spanId });
    // What the job queues in its turn is asked for by the same.
    expect(watched.named("job.queued").map((event) => pick(event, ...by))).toEqual([pick(queued, ...by)]);
  });

  test("the context of the worker's start is none of its runs'", async () => {
    await using watched = watching(service().url);
    const tracer = watched.providers().tracer.getTracer("app");
    await tracer.startActiveSpan("the app's start", async (span) => {
      await watched.worker(() => "done");
      span.end();
    });
    await watched.queue().add("work", {});
    const ended = await watched.event("job.run.ended");
    expect(watched.spanOf(ended).parentSpanId).toBeUndefined();
  });

  test("nothing of what jobs carry, give back or say of their progress is in the telemetry", async () => {
    const marker = randomBytes(12).toString("hex");
    await using watched = watching(service().url, { progressInterval: 0, capture: "hash" });
    const data = { secret: marker, [marker]: true };
    await watched.worker(
      async (job) => {
        await job.updateProgress({ secret: marker });
        await job.updateData({ ...data, more: marker });
        await job.log(marker);
        if (job.name === "fail" && job.attemptsMade === 0) throw new Error("not yet");
        return data;
      },
      { name: watched.name },
    );
    const queue = watched.queue();
    await queue.add("work", data);
    await queue.addBulk([{ name: "fail", data, opts: { attempts: 2 } }]);
    await queue.upsertJobScheduler("ticks", { every: 3_600_000 }, { name: "tick", data });
    await watched.flows().add({ name: "flow", queueName: watched.name, data });
    await watched.event("job.run.ended", 5);
    const all = [watched.records(), watched.spans(), await watched.points()];
    expect(JSON.stringify(all)).not.toContain(marker);
    expect(watched.named("job.run.ended")[0]?.attributes["job.run.output.size"]).toBeGreaterThan(0);
  });

  describe("metadata of others", () => {
    test("that is no JSON stays as it is, and ours stands in an option of its own", async () => {
      await using watched = watching(service().url);
      const metadata = "0123456789abcdef0123456789abcdef-0123456789abcdef-1";
      const queue = watched.queue();
      const job = await withActor({ id: "ada" }, () => queue.add("work", {}, { telemetry: { metadata } }));
      const stored = await queue.getJob(String(job.id));
      expect(stored?.opts).toMatchObject({ telemetry: { metadata }, jobtrail: expect.stringContaining("traceparent") });
      await watched.worker(() => "done");
      const ended = await watched.event("job.run.ended");
      expect(pick(ended, "job.run.result", "job.actor.id")).toEqual(["success", "ada"]);
      expect(linksOf(watched.spanOf(ended))).toEqual({ producer: watched.named("job.queued")[0]?.span?.spanId });
    });

    test("that is no JSON stays on the jobs of a flow, and a parent that waits is known as one", async () => {
      await using watched = watching(service().url);
      const telemetry = { metadata: "0123456789abcdef0123456789abcdef-0123456789abcdef-1" };
      const child = { name: "child", queueName: watched.name, opts: { telemetry } };
      await watched.flows().add({ name: "parent", queueName: watched.name, opts: { telemetry }, children: [child] });
      await watched.worker(() => "done");
      await watched.event("job.run.ended", 2);
      const queued = watched.named("job.queued").map((event) => pick(event, "job.name", "job.state"));
      expect(queued).toEqual(
        expect.arrayContaining([
          ["parent", "blocked"],
          ["child", "waiting"],
        ]),
      );
      for (const ended of watched.named("job.run.ended"))
        expect(linksOf(watched.spanOf(ended))).toEqual({ producer: watched.named("job.queued")[0]?.span?.spanId });
    });

    test("that is an object is kept beside ours", async () => {
      await using watched = watching(service().url);
      const queue = watched.queue();
      const own = { _datadog: { "x-datadog-trace-id": "1" } };
      const job = await queue.add("work", {}, { telemetry: { metadata: JSON.stringify(own) } });
      const stored = (await queue.getJob(String(job.id)))?.opts.telemetry?.metadata;
      expect(JSON.parse(String(stored))).toEqual({ traceparent: expect.any(String), ...own });
      await watched.worker(() => "done");
      const ended = await watched.event("job.run.ended");
      expect(linksOf(watched.spanOf(ended))).toEqual({ producer: watched.named("job.queued")[0]?.span?.spanId });
    });

    test("of a sender who wants no context stays absent", async () => {
      await using watched = watching(service().url);
      const queue = watched.queue();
      const telemetry = { omitContext: true };
      const job = await queue.add("work", {}, { telemetry });
      const stored = await queue.getJob(String(job.id));
      expect(stored?.opts).toEqual({ attempts: 0, telemetry });
    });

    test("that is protected by `omitContext`, as dd-trace's is, is kept beside ours", async () => {
      await using watched = watching(service().url);
      const queue = watched.queue();
      const telemetry = { metadata: '{"_datadog":{}}', omitContext: true };
      const job = await queue.add("work", {}, { telemetry });
      const stored = (await queue.getJob(String(job.id)))?.opts.telemetry;
      expect(stored?.omitContext).toBe(true);
      expect(JSON.parse(String(stored?.metadata))).toEqual({ traceparent: expect.any(String), _datadog: {} });
      await watched.worker(() => "done");
      const ended = await watched.event("job.run.ended");
      expect(linksOf(watched.spanOf(ended))).toEqual({ producer: watched.named("job.queued")[0]?.span?.spanId });
    });
  });

  describe("the app's own `telemetry` option", () => {
    /** BullMQ with bullmq-otel, which writes to the global providers. */
    function traced(url: string) {
      const watched = watching(url);
      trace.setGlobalTracerProvider(watched.providers().tracer);
      propagation.setGlobalPropagator(traceparent);
      const telemetry = new BullMQOtel({ tracerName: "own" });
      const forget = watched.opened({
        close() {
          trace.disable();
          propagation.disable();
        },
      });
      return { watched, telemetry, forget };
    }
    const relevant = /^(add|addBulk|addFlow|addNode|process) /;

    test("has its spans adopted: one for a call and one for a run, with our links", async () => {
      const { watched, telemetry } = traced(service().url);
      await using _ = watched;
      const queue = watched.queue({ telemetry });
      await withActor({ id: "ada" }, () => queue.add("work", {}, { attempts: 2 }));
      let tries = 0;
      await watched.worker(
        () => (++tries === 1 ? Promise.reject(new TypeError("not at the first try")) : Promise.resolve("done")),
        { telemetry },
      );
      await watched.event("job.run.ended", 2);
      await until(() => watched.spans().filter(({ name }) => name.startsWith("process")).length === 2 || undefined);
      const spans = watched.spans().filter(({ name }) => relevant.test(name));
      expect(spans.map(({ name, scope }) => [name.split(" ")[0], scope.name])).toEqual([
        ["add", "own"],
        ["process", "own"],
        ["process", "own"],
      ]);
      const [add, first, second] = spans;
      expect(watched.named("job.queued")[0]?.span?.spanId).toBe(add?.spanId);
      expect(first?.parentSpanId).toBe(add?.spanId);
      expect(first && linksOf(first)).toEqual({ producer: add?.spanId });
      expect(second && linksOf(second)).toEqual({ producer: add?.spanId, previous_run: first?.spanId });
      expect(first?.status).toEqual({ code: "error", message: "not at the first try" });
      expect(first?.attributes["job.run.uid"]).toBe(watched.named("job.run.started")[0]?.attributes["job.run.uid"]);
      expect(pick(watched.named("job.run.started")[0], "job.actor.id")).toEqual(["ada"]);
    });

    test("has its spans adopted in flows and schedulers, inside of a span of the app's too", async () => {
      const { watched, telemetry } = traced(service().url);
      await using _ = watched;
      const queue = watched.queue({ telemetry });
      const flows = watched.flows({ telemetry });
      const children = [{ name: "child", queueName: watched.name, opts: {} }];
      await trace.getTracer("app").startActiveSpan("request", async (span) => {
        await withActor({ id: "ada" }, async () => {
          await flows.add({ name: "parent", queueName: watched.name, children });
          await queue.addBulk([{ name: "bulk", data: {} }]);
          await queue.upsertJobScheduler("ticks", { every: 3_600_000 }, { name: "tick" });
        });
        span.end();
      });
      await watched.event("job.queued", 4);
      const spans = watched.spans().filter(({ name }) => relevant.test(name));
      expect(spans.map(({ name, scope }) => [name.split(" ")[0], scope.name])).toEqual([
        ["addNode", "own"],
        ["addNode", "own"],
        ["addFlow", "own"],
        ["addBulk", "own"],
        ["add", "own"],
      ]);
      const makers = watched
        .named("job.queued")
        .map((event) => [event.attributes["job.name"], watched.spanOf(event).name.split(" ")[0]]);
      expect(makers).toEqual([
        ["parent", "addNode"],
        ["child", "addNode"],
        ["bulk", "addBulk"],
        ["tick", "add"],
      ]);
      await watched.worker(() => "done", { telemetry });
      await watched.event("job.run.ended", 4);
      for (const started of watched.named("job.run.started").slice(0, 4)) {
        const queued = watched
          .named("job.queued")
          .find(({ attributes }) => attributes["job.uid"] === started.attributes["job.uid"]);
        expect(started.attributes["job.actor.id"]).toBe("ada");
        expect(
          linksOf(
            (await until(() => watched.spans().find(({ spanId }) => spanId === started.span?.spanId))) ?? never(),
          ),
        ).toEqual({
          producer: queued?.span?.spanId,
        });
      }
    });

    test("that is none of OpenTelemetry's leaves the app's spans alone", async () => {
      await using watched = watching(service().url);
      const span = {
        setSpanOnContext: (context: unknown) => context,
        setAttribute: nothing,
        setAttributes: nothing,
        addEvent: nothing,
        recordException: nothing,
        end: nothing,
      };
      const telemetry = {
        tracer: { startSpan: () => span },
        contextManager: {
          with: (_: unknown, run: () => unknown) => run(),
          active: () => undefined,
          getMetadata: () => '{"own":"1"}',
          fromMetadata: () => undefined,
        },
      } as unknown as OwnTelemetry;
      const queue = watched.queue({ telemetry });
      const tracer = watched.providers().tracer.getTracer("app");
      await tracer.startActiveSpan("request", async (request) => {
        await queue.add("work", {});
        await watched.worker(() => Promise.reject(new Error("no")), { telemetry });
        await watched.event("job.run.ended");
        request.end();
      });
      const spans = Object.fromEntries(watched.spans().map((each) => [each.name.split(" ")[0], each]));
      expect(Object.keys(spans).sort()).toEqual(["add", "process", "request"]);
      expect(spans["request"]).toMatchObject({ status: { code: "unset" }, attributes: {} });
      expect(spans["process"] && linksOf(spans["process"])).toEqual({ producer: spans["add"]?.spanId });
    });
  });

  test("where a job lives is its prefix and its database, however they are given", async () => {
    await using watched = watching(service().url);
    const { hostname: host, port } = new URL(service().url);
    const instance = new Redis(Number(port), host, { db: 3, maxRetriesPerRequest: null });
    watched.opened({ close: () => instance.disconnect() });
    const places = [
      [{ connection: { url: service().url } }, "bull/0"],
      [{ connection: { host, port: Number(port), db: 3 } }, "bull/3"],
      [{ connection: { host, port: Number(port), db: "3" as unknown as number } }, "bull/3"],
      [{ connection: { url: `${service().url}/3` } }, "bull/3"],
      [{ connection: { url: service().url, db: 3 } }, "bull/3"],
      [{ connection: instance }, "bull/3"],
      [{ connection: { url: `${service().url}/3` }, prefix: "own" }, "own/3"],
      [{ connection: { url: service().url }, prefix: "{own}:deep" }, "{own}:deep/0"],
    ] as const;
    for (const [options] of places) await watched.queue(options).add("work", {}, { timestamp: 1_900_000_000_000 });
    const queued = watched.named("job.queued");
    expect(queued.map((event) => event.attributes["job.namespace"])).toEqual(places.map(([, namespace]) => namespace));
    // In one place ids go on; in each of the others they begin again.
    expect(queued.map((event) => event.attributes["job.id"])).toEqual(["1", "1", "2", "3", "4", "5", "1", "1"]);
    expect(new Set(queued.map((event) => event.attributes["job.uid"])).size).toBe(8);
  });
});

const nothing = (): void => undefined;
const never = (): never => {
  throw new Error("a span never came");
};
