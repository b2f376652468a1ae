import { postgres } from "@jobtrail/testing";
import { withService } from "@jobtrail/testing/vitest";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { readDelivered } from "../src/job.ts";
import type { Delivered } from "../src/job.ts";
import { borrow, soon } from "./borrowed.ts";

const { stackTraceLimit } = Error;
afterEach(() => void (Error.stackTraceLimit = stackTraceLimit));

const handlers: Readonly<Record<string, () => Promise<unknown>>> = {
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
};

withService("what pg-boss's host sees", postgres, (service) => {
  for (const [how, handler] of Object.entries(handlers))
    test(`the stored stack of an error ${how} is what it is without us`, async () => {
      Error.stackTraceLimit = 10;
      const stackOf = async (isWatched: boolean): Promise<readonly string[]> => {
        await using lent = await borrow(service().url);
        if (!isWatched) lent.undo();
        const { boss } = lent;
        await boss.createQueue("stack", { retryLimit: 0 });
        const id = await boss.send("stack");
        await boss.work("stack", soon, handler);
        for (;;) {
          const [job] = await boss.findJobs("stack", { id: id ?? "" });
          if (job?.state === "failed") return functionsIn((job.output as { stack?: string }).stack);
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      };
      const bare = await stackOf(false);
      expect(await stackOf(true)).toEqual(bare);
    });
});

/** The functions of a stored stack, without those of the test. */
const functionsIn = (stack: string | undefined): readonly string[] =>
  (stack ?? "")
    .split("\n")
    .slice(1)
    .map((line) => line.trim())
    .filter((line) => !line.includes("host.test.ts"))
    .map((line) => line.replace(/ \(.*/, ""));

const sound = {
  id: "0d0f8b2e-56d0-4c5a-9c52-2f6ad7b0a111",
  retryCount: 1,
  retryLimit: 3,
  startedOn: new Date(1_700_000_000_000),
  startAfter: new Date(1_699_999_999_000),
  createdOn: new Date(1_699_999_998_000),
  priority: 2,
};

test("an odd field of a row costs that field, and what is read from it, and nothing else", () => {
  const delivered = (job: object): Delivered =>
    ({ manager: { config: { schema: "s" } }, queue: "q", id: sound.id, job, from: undefined }) as unknown as Delivered;
  const whole = readDelivered(delivered(sound));
  const depends: Readonly<Record<string, readonly string[]>> = {
    id: [],
    retryCount: ["runNumber", "attempt", "runMark", "ready"],
    retryLimit: ["maxAttempts"],
    startedOn: ["runMark"],
    startAfter: ["ready"],
    createdOn: ["created"],
    priority: ["priority"],
  };
  const odd = fc.oneof(fc.anything(), fc.constant("throws"), fc.constant(new Date(Number.NaN)));
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(sound)), odd, (key, value) => {
      const job = Object.defineProperty({ ...sound }, key, {
        get() {
          if (value === "throws") throw new Error("a getter that throws");
          return value;
        },
      });
      const reading = readDelivered(delivered(job));
      for (const field of Object.keys(whole) as (keyof typeof whole)[])
        if (depends[key]?.includes(field) !== true)
          expect([key, field, reading[field]]).toEqual([key, field, whole[field]]);
    }),
    { numRuns: 1000 },
  );
});
