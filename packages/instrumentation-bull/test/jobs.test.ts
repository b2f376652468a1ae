import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { compareTimes } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { createRecorder, sdkSink } from "@jobtrail/core/recorder";
import { assertConventional, redis, startTelemetry } from "@jobtrail/testing";
import type { Telemetry } from "@jobtrail/testing";
import { withService } from "@jobtrail/testing/vitest";
import type Bull from "bull";
import Job from "bull/lib/job.js";
import Queue from "bull/lib/queue.js";
import scripts from "bull/lib/scripts.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readJob } from "../src/job.ts";
import { watcher } from "../src/watch.ts";

let serial = 0;

/** A queue of its own that is watched. */
function open(url: string, settings: Bull.AdvancedSettings = {}) {
  const telemetry = startTelemetry();
  const scope = { name: "@jobtrail/instrumentation-bull", version: "0" };
  const watching = watcher(createRecorder(scope, {}, sdkSink(telemetry.providers)));
  const files = { "lib/scripts.js": scripts, "lib/job.js": Job, "lib/queue.js": Queue };
  for (const [file, exports] of Object.entries(files))
    watching.loaded({ module: "bull", file, version: "4.16.5", exports });
  const queue = new Queue(`jobs-${++serial}`, url, { settings });
  queue.on("error", () => undefined);
  return {
    queue,
    telemetry,
    over: (event: string) => once(queue, event),
    async [Symbol.asyncDispose]() {
      await queue.close(true);
      watching.undo();
      await assertConventional(telemetry);
      await telemetry[Symbol.asyncDispose]();
    },
  };
}

const told = (
  telemetry: Telemetry,
  ...keys: readonly (keyof ReturnType<Telemetry["events"]>[number]["attributes"])[]
) => telemetry.events().map(({ name, attributes }) => [name, ...keys.map((key) => attributes[key])]);

const byTime = (one: JobEvent, other: JobEvent): number => compareTimes(one.time ?? one.seen, other.time ?? other.seen);

const never = () => new Promise(() => undefined);

withService("jobs of Bull", redis, (service) => {
  test("a job with a chosen id or a debounce key is queued once, and the others stand aside", async () => {
    await using host = open(service().url);
    const delay = 60_000;
    await host.queue.add({ n: 1 }, { jobId: "one", delay });
    await host.queue.add({ n: 2 }, { jobId: "one", delay });
    await host.queue.add({ n: 3 }, { debounce: { id: "key", ttl: 60_000 }, delay });
    await host.queue.add({ n: 4 }, { debounce: { id: "key", ttl: 60_000 }, delay });
    await expect
      .poll(() => told(host.telemetry, "job.reason", "job.deduplication.key"))
      .toEqual([
        ["job.queued", undefined, undefined],
        ["job.deduplicated", "a job with this id exists", undefined],
        ["job.queued", undefined, undefined],
        ["job.deduplicated", "a job with this debounce key exists", "key"],
      ]);
  });

  test("an attempt that is delayed says when the next may start", async () => {
    await using host = open(service().url);
    const failed = host.over("failed");
    void host.queue.process(async () => {
      throw new Error("later");
    });
    await host.queue.add({}, { attempts: 2, backoff: 3_600_000 });
    await failed;
    const retry = host.telemetry.events().find(({ name }) => name === "job.retry_scheduled");
    const wait = Date.parse(retry?.attributes["job.available_at"] ?? "") - Date.now();
    expect([retry?.attributes["job.retry.attempt"], Math.round(wait / 60_000)]).toEqual([2, 60]);
  });

  test("a job that took too long has run out of time", async () => {
    await using host = open(service().url);
    const failed = host.over("failed");
    void host.queue.process(never);
    await host.queue.add({}, { timeout: 20 });
    await failed;
    const ended = host.telemetry.events().find(({ name }) => name === "job.run.ended");
    expect([ended?.attributes["job.run.result"], ended?.attributes["job.run.final"], ended?.error?.type]).toEqual([
      "timeout",
      true,
      "timeout",
    ]);
  });

  test("a run that has lost its lock ends with that error, and one whose job is gone with another", async () => {
    await using host = open(service().url, { retryProcessDelay: 20 });
    const { queue, telemetry } = host;
    const ended = () => telemetry.events().filter(({ name }) => name === "job.run.ended");
    void queue.process(async ({ id, data }) => {
      await queue.client.del(data.key === "lock" ? `bull:${queue.name}:${id}:lock` : `bull:${queue.name}:${id}`);
    });
    await queue.add({ key: "lock" });
    await expect.poll(() => ended().length).toBe(1);
    await queue.add({ key: "job" });
    await expect
      .poll(() => ended().map(({ error }) => error?.type), { timeout: 10_000 })
      .toEqual(["lock_lost", "job_gone"]);
  });

  test("a job that stalled is told by the check, and its next run counts; too many stalls are its end", async () => {
    await using host = open(service().url, {
      lockDuration: 200,
      lockRenewTime: 100_000,
      stalledInterval: 250,
      maxStalledCount: 1,
    });
    const failed = host.over("failed");
    // Its lock is never renewed, as that of a worker that is gone.
    void host.queue.process(3, never);
    await host.queue.add({});
    await failed;
    const events = host.telemetry.events().toSorted(byTime);
    const keys = ["job.run.number", "job.run.result"] as const;
    expect(events.map(({ name, attributes }) => [name, ...keys.map((key) => attributes[key])])).toEqual([
      ["job.queued", undefined, undefined],
      ["job.run.started", 1, undefined],
      ["job.stalled", undefined, undefined],
      ["job.run.started", 2, undefined],
      ["job.ended", undefined, "error"],
    ]);
    expect(events.at(-1)?.error?.type).toBe("worker_lost");
  });

  test("a schedule's jobs have the time that was meant; those that a worker queues are nobody's call", async () => {
    await using host = open(service().url);
    let runs = 0;
    const twice = Promise.withResolvers<void>();
    void host.queue.process("tick", async () => {
      if (++runs === 2) twice.resolve();
    });
    await host.queue.add("tick", {}, { repeat: { every: 300 } });
    await twice.promise;
    await host.queue.removeRepeatable("tick", { every: 300 });
    const queued = host.telemetry.events().filter(({ name }) => name === "job.queued");
    const nominal = queued.map(({ attributes }) => Date.parse(attributes["job.schedule.nominal_time"] ?? ""));
    expect(nominal.slice(0, 2).map((ms) => ms % 300)).toEqual([0, 0]);
    expect((nominal[1] ?? 0) - (nominal[0] ?? 0)).toBeGreaterThanOrEqual(300);
    expect(queued[0]?.attributes["job.trigger.type"]).toBe("interval");
    expect(host.telemetry.spans().filter(({ name }) => name.startsWith("add"))).toHaveLength(1);
  });

  test("a processor in a process of its own is its worker's run", async () => {
    await using host = open(service().url);
    void host.queue.process(fileURLToPath(new URL("sandboxed.cjs", import.meta.url)));
    const completed = host.over("completed");
    await host.queue.add({});
    await completed;
    const failed = host.over("failed");
    await host.queue.add({ fails: true });
    await failed;
    expect(told(host.telemetry, "job.run.result").filter(([name]) => name !== "job.queued")).toEqual([
      ["job.run.started", undefined],
      ["job.run.progress", undefined],
      ["job.run.ended", "success"],
      ["job.run.started", undefined],
      ["job.run.progress", undefined],
      ["job.run.ended", "failure"],
    ]);
    expect(host.telemetry.events().at(-1)?.error?.message).toBe("in the sandbox");
  });

  test("what is stored for us stands beside Bull's own options, and data is as it was", async () => {
    await using host = open(service().url);
    const { id } = await host.queue.add({ n: 1 });
    const stored = await host.queue.client.hgetall(`bull:${host.queue.name}:${id}`);
    expect(JSON.parse(stored["data"] ?? "")).toEqual({ n: 1 });
    expect(Object.keys(JSON.parse(stored["opts"] ?? "") as object).sort()).toEqual([
      "attempts",
      "delay",
      "jobtrail",
      "timestamp",
    ]);
  });
});

test("an odd field of a job costs what is read from it, and nothing else", () => {
  const sound = {
    id: "7",
    name: "send",
    data: {},
    timestamp: 1_700_000_000_000,
    attemptsMade: 1,
    processedOn: 1_700_000_000_500,
    queue: { name: "mail", keyPrefix: "bull", handlers: {}, clients: [] },
    opts: { attempts: 2, repeat: { key: "r", every: 1000 }, prevMillis: 1_700_000_000_400 },
  };
  const whole = readJob(sound);
  expect(whole).toMatchObject({
    namespace: "bull/0",
    queue: "mail",
    id: "7",
    maxAttempts: 2,
    attempt: 2,
    schedule: "r",
  });
  const depends: Readonly<Record<string, readonly string[]>> = {
    id: ["id", "runNumber"],
    data: ["input"],
    timestamp: ["created", "ready"],
    queue: ["namespace", "queue", "name", "runNumber"],
    attemptsMade: ["runNumber", "attempt", "runMark", "ready"],
    opts: [
      "schedule",
      "expression",
      "timezone",
      "delay",
      "ready",
      "nominal",
      "trigger",
      "maxAttempts",
      "priority",
      "carried",
    ],
  };
  const odd = fc.oneof(fc.anything(), fc.constant("throws"));
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(depends)), odd, (key, value) => {
      const job = Object.defineProperty({ ...sound }, key, {
        get() {
          if (value === "throws") throw new Error("a getter that throws");
          return value;
        },
      });
      const reading = readJob(job);
      for (const field of Object.keys(whole) as (keyof typeof whole)[])
        if (depends[key]?.includes(field) !== true) expect([field, reading[field]]).toEqual([field, whole[field]]);
    }),
  );
});
