import { redis } from "@jobtrail/testing";
import { withService } from "@jobtrail/testing/vitest";
import { Redis } from "ioredis";
import { afterEach, expect, test } from "vitest";
import { pick, until, watching } from "./watching.ts";

const { stackTraceLimit } = Error;
afterEach(() => void (Error.stackTraceLimit = stackTraceLimit));

/** The functions of a stored stack, without those of the test. */
const functionsIn = (stack: string | undefined): readonly string[] =>
  (stack ?? "")
    .split("\n")
    .slice(1)
    .map((line) => line.trim())
    .filter((line) => !line.includes("host.test.ts"))
    .map((line) => line.replace(/ \(.*/, ""));

const handlers: Readonly<Record<string, () => unknown>> = {
  "thrown at once": () => {
    throw new RangeError("never works");
  },
  "thrown in an async function": async () => {
    throw new RangeError("never works");
  },
  "thrown after a pause": async () => {
    await new Promise((resolve) => setImmediate(resolve));
    throw new RangeError("never works");
  },
  "rejected with": () => Promise.reject(new RangeError("never works")),
};

withService("what BullMQ's host sees", redis, (service) => {
  for (const [how, handler] of Object.entries(handlers))
    test(`the stored stack of an error ${how} is what it is without us`, async () => {
      Error.stackTraceLimit = 10;
      const stackOf = async (isWatched: boolean): Promise<readonly string[]> => {
        await using watched = watching(service().url);
        if (!isWatched) watched.undo();
        const queue = watched.queue();
        await watched.worker(handler);
        const { id } = await queue.add("fail", {});
        const job = await until(async () => {
          const found = await queue.getJob(String(id));
          return found?.finishedOn === undefined ? undefined : found;
        });
        return functionsIn(job?.stacktrace?.[0]);
      };
      const bare = await stackOf(false);
      expect(bare.length).toBeGreaterThan(0);
      expect(await stackOf(true)).toEqual(bare);
    });

  test("a job whose stored hash has lost its timestamp is recorded, without what follows from it", async () => {
    await using watched = watching(service().url);
    const client = new Redis(service().url);
    watched.opened({ close: () => client.disconnect() });
    const { id } = await watched.queue().add("odd", {});
    await client.hdel(`bull:${watched.name}:${id}`, "timestamp");
    await watched.worker(() => "done");
    const ended = await watched.event("job.run.ended");
    const keys = ["job.id", "job.name", "job.run.number", "job.run.result", "job.uid", "job.created_at"] as const;
    expect(pick(ended, ...keys)).toEqual([id, "odd", 1, "success", undefined, undefined]);
    expect(watched.told().slice(1)).toEqual([["job.run.started"], ["job.run.ended"]]);
  });

  test("an outcome that the server refuses to store is called by the server's own words", async () => {
    await using watched = watching(service().url);
    const client = new Redis(service().url);
    watched.opened({
      async close() {
        await client.config("SET", "min-replicas-to-write", "0");
        client.disconnect();
      },
    });
    await watched.worker(() => client.config("SET", "min-replicas-to-write", "1"));
    await watched.queue().add("refused", {});
    const ended = await watched.event("job.run.ended");
    const keys = ["job.run.result", "job.run.final", "job.state", "job.reason"] as const;
    expect(pick(ended, ...keys)).toEqual(["error", undefined, "stalled", "the outcome could not be stored"]);
    expect(ended.error).toMatchObject({ type: "ReplyError", message: expect.stringContaining("NOREPLICAS") });
  });

  test("a job that is gone while it is worked says so", async () => {
    await using watched = watching(service().url);
    const client = new Redis(service().url);
    watched.opened({ close: () => client.disconnect() });
    await watched.worker((job) => client.del(`bull:${watched.name}:${job.id}`));
    await watched.queue().add("gone", {});
    const ended = await watched.event("job.run.ended");
    expect([...pick(ended, "job.run.result", "job.state"), ended.error?.type]).toEqual([
      "error",
      "removed",
      "job_gone",
    ]);
  });
});
