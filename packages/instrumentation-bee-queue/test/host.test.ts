import { once } from "node:events";
import { createRecorder, sdkSink } from "@jobtrail/core/recorder";
import { assertConventional, redis, startTelemetry } from "@jobtrail/testing";
import type { Telemetry } from "@jobtrail/testing";
import { withService } from "@jobtrail/testing/vitest";
import Job from "bee-queue/lib/job.js";
import Queue from "bee-queue/lib/queue.js";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { readJob } from "../src/job.ts";
import { watcher } from "../src/watch.ts";

const { stackTraceLimit } = Error;
afterEach(() => void (Error.stackTraceLimit = stackTraceLimit));

let serial = 0;

/** A queue of its own, watched or not. */
function open(url: string, isWatched = true) {
  const telemetry = startTelemetry();
  const scope = { name: "@jobtrail/instrumentation-bee-queue", version: "0" };
  const watching = watcher(createRecorder(scope, {}, sdkSink(telemetry.providers)));
  const files = { "lib/job.js": Job, "lib/queue.js": Queue };
  if (isWatched)
    for (const [file, exports] of Object.entries(files))
      watching.loaded({ module: "bee-queue", file, version: "2.0.0", exports });
  const { hostname: host, port } = new URL(url);
  const queue = new Queue(`host-${++serial}`, { redis: { host, port: Number(port) }, activateDelayedJobs: true });
  queue.on("error", () => undefined);
  return {
    queue,
    telemetry,
    over: (event: string) => once(queue, event),
    async [Symbol.asyncDispose]() {
      await queue.close();
      watching.undo();
      await assertConventional(telemetry);
      await telemetry[Symbol.asyncDispose]();
    },
  };
}

const told = (telemetry: Telemetry, ...keys: readonly ("job.run.result" | "job.run.attempt" | "job.reason")[]) =>
  telemetry.events().map(({ name, attributes }) => [name, ...keys.map((key) => attributes[key])]);

const functionsIn = (stack: unknown): readonly string[] =>
  String(stack)
    .split("\n")
    .slice(1)
    .map((line) => line.trim())
    .filter((line) => !line.includes("host.test.ts"))
    .map((line) => line.replace(/ \(.*/, ""));

withService("what Bee-Queue's host sees", redis, (service) => {
  for (const [how, handler] of Object.entries({
    "thrown at once": () => {
      throw new RangeError("never works");
    },
    "thrown in an async function": async () => {
      throw new RangeError("never works");
    },
  }))
    test(`the stored stack of an error ${how} is what it is without us`, async () => {
      Error.stackTraceLimit = 10;
      const stackOf = async (isWatched: boolean): Promise<readonly string[]> => {
        await using host = open(service().url, isWatched);
        const failed = host.over("failed:fatal");
        host.queue.process(handler);
        const { id } = await host.queue.createJob({}).save();
        await failed;
        return functionsIn((await Job.fromId(host.queue, id))?.options.stacktraces[0]);
      };
      const bare = await stackOf(false);
      expect(bare.length).toBeGreaterThan(0);
      expect(await stackOf(true)).toEqual(bare);
    });

  test("what is stored for us is not on the app's own job object", async () => {
    await using host = open(service().url);
    const job = await host.queue.createJob({ n: 1 }).save();
    expect(Object.keys(job.options).sort()).toEqual(["stacktraces", "timestamp"]);
    const stored = await Job.fromId(host.queue, job.id);
    expect(Object.keys(stored?.options ?? {})).toContain("jobtrail");
  });

  test("an exponential delay is asked for once, by Bee-Queue itself", async () => {
    await using host = open(service().url);
    let tries = 0;
    const done = host.over("succeeded");
    host.queue.process(async () => {
      if (++tries < 3) throw new Error("not yet");
    });
    const { id } = await host.queue.createJob({}).retries(2).backoff("exponential", 10).save();
    await done;
    const stored = await Job.fromId(host.queue, id);
    expect(stored?.options.backoff).toEqual({ strategy: "exponential", delay: 40 });
    expect(
      told(host.telemetry, "job.run.attempt", "job.run.result").filter(([name]) => name === "job.run.ended"),
    ).toEqual([
      ["job.run.ended", 1, "failure"],
      ["job.run.ended", 2, "failure"],
      ["job.run.ended", 3, "success"],
    ]);
  });

  test("a job that took too long has run out of time, and a handler may fail with a text", async () => {
    await using host = open(service().url);
    const failed = host.over("failed:fatal");
    host.queue.process(({ data }: { data: unknown }, reply: (error: Error) => void) => {
      if ((data as { how: string }).how === "text") reply("a text" as unknown as Error);
    });
    await host.queue.createJob({ how: "slow" }).timeout(20).save();
    await failed;
    const again = host.over("failed:fatal");
    await host.queue.createJob({ how: "text" }).save();
    await again;
    const ended = host.telemetry.events().filter(({ name }) => name === "job.run.ended");
    expect(ended.map(({ attributes, error }) => [attributes["job.run.result"], error?.type, error?.message])).toEqual([
      ["timeout", "timeout", expect.stringContaining("timed out (20 ms)")],
      ["failure", expect.any(String), "a text"],
    ]);
  });

  test("of many jobs by one call each is queued once, in one span", async () => {
    await using host = open(service().url);
    const jobs = [1, 2, 3].map((n) => host.queue.createJob({ n }));
    expect((await host.queue.saveAll(jobs)).size).toBe(0);
    await expect.poll(() => told(host.telemetry)).toEqual([["job.queued"], ["job.queued"], ["job.queued"]]);
    expect(host.telemetry.spans().map(({ name }) => name.split(" ")[0])).toEqual(["saveAll"]);
  });
});

test("an odd field of a job costs what is read from it, and nothing else", () => {
  const sound = {
    id: "7",
    data: {},
    queue: { name: "mail", settings: { keyPrefix: "bq:mail:", redis: {} }, client: null },
    options: { timestamp: 1_700_000_000_000, retries: 1, stacktraces: [] },
    status: "created",
  };
  const whole = readJob(sound);
  expect(whole).toMatchObject({ namespace: "bq/0", queue: "mail", id: "7", maxAttempts: 2, attempt: 1 });
  const depends = {
    id: ["id", "runNumber"],
    data: ["input"],
    queue: ["namespace", "queue", "name", "runNumber"],
  };
  const odd = fc.oneof(fc.anything(), fc.constant("throws"));
  fc.assert(
    fc.property(fc.constantFrom(...(Object.keys(depends) as (keyof typeof depends)[])), odd, (key, value) => {
      const job = Object.defineProperty({ ...sound }, key, {
        get() {
          if (value === "throws") throw new Error("a getter that throws");
          return value;
        },
      });
      const reading = readJob(job);
      for (const field of Object.keys(whole) as (keyof typeof whole)[])
        if (!depends[key].includes(field)) expect([field, reading[field]]).toEqual([field, whole[field]]);
    }),
  );
});
