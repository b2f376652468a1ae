import { createRecorder, sdkSink } from "@jobtrail/core/recorder";
import { load, startTelemetry } from "@jobtrail/testing";
import type { Telemetry } from "@jobtrail/testing";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { cron } from "../src/system.ts";
import { watcher } from "../src/watch.ts";

interface Job {
  addCallback(callback: () => unknown): void;
  fireOnTick(): Promise<void>;
  start(): void;
  stop(): void;
}

interface Library {
  readonly CronJob: { from(options: object): Job };
}

const begin = Date.UTC(2030, 0, 1, 11, 59, 59, 500);

beforeEach(() => void vi.useFakeTimers({ now: begin, toFake: ["setTimeout", "clearTimeout", "Date", "performance"] }));
afterEach(() => void vi.useRealTimers());

/** cron, watched, and a way to make jobs of every second. */
function watching(): Telemetry & { make(onTick: unknown, options?: object): Job; told(): unknown[] } {
  const telemetry = startTelemetry();
  const recorder = createRecorder({ name: "@jobtrail/testing", version: "0" }, {}, sdkSink(telemetry.providers));
  const [variant] = cron.variants;
  if (variant === undefined) throw new Error("cron has no variant");
  const watched = watcher(recorder);
  const { CronJob } = load<Library>(watched, variant, import.meta.url);
  return {
    ...telemetry,
    make: (onTick, options) => CronJob.from({ cronTime: "* * * * * *", name: "job", onTick, ...options }),
    told: () =>
      telemetry.events().map(({ name, attributes, error }) => [name, attributes["job.run.result"] ?? error?.message]),
    [Symbol.asyncDispose]() {
      watched.undo();
      return telemetry[Symbol.asyncDispose]();
    },
  };
}

const lasting = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

test("several callbacks of one tick are one run, which ends with the last of them", async () => {
  await using watched = watching();
  const job = watched.make(() => lasting(3));
  job.addCallback(() => lasting(2));
  job.addCallback(() => undefined);
  job.start();
  await vi.advanceTimersByTimeAsync(600);
  job.stop();
  await vi.advanceTimersByTimeAsync(5000);
  const [started, ...more] = watched.events().filter(({ name }) => name === "job.run.started");
  expect(more).toEqual([]);
  const ended = watched.events().filter(({ name }) => name === "job.run.ended");
  expect(ended.map(({ attributes }) => [attributes["job.run.uid"], attributes["job.run.duration"]])).toEqual([
    [started?.attributes["job.run.uid"], 3],
  ]);
});

test("one that waits for each callback calls them in the same run, and fails with the first that fails", async () => {
  await using watched = watching();
  const handled: unknown[] = [];
  const errorHandler = (error: unknown): number => handled.push(error);
  const thrown = new RangeError("never works");
  const calls: string[] = [];
  const job = watched.make(async () => void calls.push("first"), { waitForCompletion: true, errorHandler });
  job.addCallback(() => {
    calls.push("second");
    throw thrown;
  });
  job.addCallback(() => calls.push("third"));
  await job.fireOnTick();
  expect(calls).toEqual(["first", "second"]);
  expect(handled).toEqual([thrown]);
  expect(watched.told()).toEqual([
    ["job.run.started", undefined],
    ["job.run.ended", "failure"],
  ]);
});

test("an error in a callback that cron catches, or that nobody catches, is the failure of its own tick", async () => {
  await using watched = watching();
  const errorHandler = (): undefined => undefined;
  let ticks = 0;
  const job = watched.make(
    async () => {
      if (++ticks === 2) throw new Error("the second");
    },
    { errorHandler },
  );
  job.start();
  await vi.advanceTimersByTimeAsync(2600);
  job.stop();
  const results = watched.events().flatMap(({ attributes }) => attributes["job.run.result"] ?? []);
  expect(results).toEqual(["success", "failure", "success"]);
});

test("a date is one run with its nominal time, and the schedule ends with it", async () => {
  await using watched = watching();
  watched.make(() => undefined, { cronTime: new Date(begin + 1500), start: true });
  await vi.advanceTimersByTimeAsync(2000);
  const told = watched
    .events()
    .map(({ name, attributes }) => [name, attributes["job.trigger.type"] ?? attributes["job.reason"]]);
  expect(told).toEqual([
    ["job.schedule.created", undefined],
    ["job.run.started", "delay"],
    ["job.schedule.deleted", "ended"],
    ["job.run.ended", "delay"],
  ]);
});

test("a command is a run that ends with its process", async () => {
  vi.useRealTimers();
  await using watched = watching();
  await watched.make(`${process.execPath} -e process.exit(3)`).fireOnTick();
  await expect
    .poll(() => watched.events().findLast(({ name }) => name === "job.run.ended")?.error?.message, { timeout: 10_000 })
    .toBe(`${process.execPath} -e process.exit(3) ended with 3`);
});
