import { createRecorder, sdkSink } from "@jobtrail/core/recorder";
import { assertConventional, startTelemetry } from "@jobtrail/testing";
import type { Telemetry } from "@jobtrail/testing";
import { afterEach, expect, test } from "vitest";
import { reader, tap, watcherOf, yielding } from "../src/adapter.ts";
import type { Adapter, Jobs } from "../src/adapter.ts";
import { jobsOf } from "../src/jobs.ts";
import { sample } from "./sample.ts";

interface Job {
  readonly id: string;
  readonly runNumber?: number;
  readonly ready?: number;
}

const read = reader<Job>("sample", {
  queue: () => "mail",
  id: ({ id }) => id,
  runNumber: ({ runNumber }) => runNumber,
  attempt: ({ runNumber }) => runNumber,
  ready: ({ ready }) => ready,
});

const scope = { name: "@jobtrail/instrumentation-sample", version: "0" };
const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each[Symbol.asyncDispose]();
});

function start(): { readonly jobs: Jobs; readonly telemetry: Telemetry } {
  const telemetry = startTelemetry();
  open.push({
    async [Symbol.asyncDispose]() {
      await assertConventional(telemetry);
      await telemetry[Symbol.asyncDispose]();
    },
  });
  const recorder = createRecorder(scope, {}, sdkSink(telemetry.providers));
  return { jobs: jobsOf({ system: "sample", reusesIds: false }, recorder, { active: true, undos: [] }), telemetry };
}

type Name = "job.id" | "job.run.result" | "job.run.final" | "job.state" | "job.reason" | "job.retry.attempt";
const told = (telemetry: Telemetry, ...keys: readonly Name[]) =>
  telemetry
    .events()
    .map(({ name, attributes }) => [name, ...keys.map((key) => attributes[key])].filter((each) => each !== undefined));

test("an outcome is recorded once, with the state that follows from it, and the try that comes next", () => {
  const { jobs, telemetry } = start();
  const key = {};
  jobs.run([{ key, reading: read({ id: "1" }) }], { outcome: "later" });
  expect(jobs.isOpen(key)).toBe(true);
  jobs.settle(key, new RangeError("not yet"));
  const retry = { attempt: 2, at: Date.now() + 1000 };
  expect(jobs.end(key, { result: "failure", final: false, retry })).toBe(true);
  expect(jobs.end(key, { result: "success", final: true })).toBe(false);
  expect(told(telemetry, "job.run.result", "job.run.final", "job.state", "job.retry.attempt")).toEqual([
    ["job.run.started"],
    ["job.run.ended", "failure", false, "retrying"],
    ["job.retry_scheduled", "retrying", 2],
  ]);
  expect(telemetry.events()[1]?.error?.type).toBe("RangeError");
});

test("a run that is started again before its outcome is known has lost it", () => {
  const { jobs, telemetry } = start();
  jobs.run([{ key: "1", reading: read({ id: "1" }) }], { outcome: "later" });
  jobs.run([{ key: "1", reading: read({ id: "1", runNumber: 2 }) }], { outcome: "later" });
  jobs.end("1", { result: "success", final: true });
  expect(told(telemetry, "job.run.result")).toEqual([
    ["job.run.started"],
    ["job.run.ended", "error"],
    ["job.run.started"],
    ["job.run.ended", "success"],
  ]);
});

test("a wait counts from when the job could start: as its store says, or as its last failure here did", () => {
  const { jobs, telemetry } = start();
  const waits = () =>
    telemetry
      .events()
      .flatMap(({ name, attributes }) => (name === "job.run.started" ? [attributes["job.run.wait"]] : []));
  jobs.run([{ key: 1, reading: read({ id: "1", ready: Date.now() - 5000 }) }], { outcome: "later" });
  jobs.end(1, { result: "failure", final: false, retry: { attempt: 2, at: Date.now() - 2000 } });
  jobs.run([{ key: 1, reading: read({ id: "1", runNumber: 2 }) }], { outcome: "later" });
  jobs.end(1, { result: "success", final: true });
  jobs.run([{ key: 1, reading: read({ id: "1", runNumber: 3 }) }], { outcome: "later" });
  expect(waits().map((wait) => (wait === undefined ? undefined : Math.round(wait)))).toEqual([5, 2, undefined]);
});

test("several jobs of one handler have one span, which ends with the last of them and has its first error", () => {
  const { jobs, telemetry } = start();
  const work = ["1", "2"].map((id) => ({ key: id, reading: read({ id }) }));
  jobs.run(work, { outcome: "later" });
  jobs.end("1", { result: "failure", final: true, thrown: new TypeError("one of them") });
  expect(telemetry.spans()).toEqual([]);
  jobs.end("2", { result: "success", final: true });
  expect(telemetry.spans().map(({ status }) => status)).toEqual([{ code: "error", message: "one of them" }]);
});

test("what outlives a call that gathers jobs gathers no more", async () => {
  const { jobs, telemetry } = start();
  const call = jobs.queue({ verb: "addFlow", to: { queue: "mail" }, gathers: true });
  const { promise, resolve } = Promise.withResolvers<void>();
  let late: Promise<unknown> = Promise.resolve();
  call?.within?.(() => {
    jobs.gathering()?.add(() => [{ reading: read({ id: "1" }) }]);
    late = promise.then(() => jobs.gathering());
  });
  call?.returned?.(undefined);
  resolve();
  expect(await late).toBeUndefined();
  expect(told(telemetry, "job.id")).toEqual([["job.queued", "1"]]);
});

test("an undo puts functions back, ends what is open without a result, and lets surrounded functions be", () => {
  const { telemetry } = start();
  const library = { work: (handler: () => unknown) => handler };
  const adapter: Adapter = (jobs) => ({
    ".": () => [
      tap<unknown, [() => unknown]>(library, "work", (_, [handler]) => ({
        args: [
          jobs.surround(handler, "handler", () =>
            jobs.run([{ key: handler, reading: read({ id: "1" }) }], { outcome: "later" }),
          ),
        ],
      })),
    ],
  });
  const { work } = library;
  const watcher = watcherOf(sample, { "sample 2": adapter })(createRecorder(scope, {}, sdkSink(telemetry.providers)));
  watcher.loaded({ module: "sample-jobs", file: ".", version: "2.0.0", exports: library });
  const handler = library.work(() => "done");
  expect(handler()).toBe("done");
  watcher.undo();
  expect(library.work).toBe(work);
  expect(handler()).toBe("done");
  expect(told(telemetry, "job.run.result", "job.reason")).toEqual([
    ["job.run.started"],
    ["job.run.ended", "no longer watched"],
  ]);
  watcher.watch();
  expect(handler()).toBe("done");
  expect(told(telemetry)).toHaveLength(3);
});

test("a schedule that an outer engine makes in another is the outer one's: the inner records nothing of it", () => {
  const { jobs, telemetry } = start();
  const schedules = jobs.schedules<{ readonly name: string }>({
    name: ({ name }) => name,
    trigger: () => "cron",
    next: () => Date.now() + 60_000,
  });
  const inner = { name: "inner" };
  const own = { name: "own" };
  yielding(() => schedules.made(inner));
  expect(schedules.tick(inner)).toEqual([]);
  const [work] = schedules.tick({ name: "outer" });
  const run = work && jobs.run([work]);
  // A schedule that a handler makes is its own, though the handler's run was made inside of an outer engine.
  yielding(() => run?.within?.(() => schedules.made(own)));
  run?.returned?.(undefined);
  expect(schedules.tick(own)).toHaveLength(1);
  expect(telemetry.events().map(({ name, attributes }) => [name, attributes["job.name"]])).toEqual([
    ["job.run.started", "outer"],
    ["job.schedule.created", "own"],
    ["job.run.ended", "outer"],
  ]);
});
