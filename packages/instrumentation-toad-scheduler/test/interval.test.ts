import { createRecorder, sdkSink } from "@jobtrail/core/recorder";
import { load, startTelemetry } from "@jobtrail/testing";
import type { Telemetry } from "@jobtrail/testing";
import { expect, test } from "vitest";
import { toadScheduler } from "../src/system.ts";
import { watcher } from "../src/watch.ts";
import type { Library } from "./library.ts";

function watching(): Telemetry & { library: Library; told(...names: string[]): unknown[] } {
  const telemetry = startTelemetry();
  const recorder = createRecorder({ name: "@jobtrail/testing", version: "0" }, {}, sdkSink(telemetry.providers));
  const [variant] = toadScheduler.variants;
  if (variant === undefined) throw new Error("toad-scheduler has no variant");
  const watched = watcher(recorder);
  const library = load<Library>(watched, variant, import.meta.url);
  return {
    ...telemetry,
    library,
    told: (...names) =>
      telemetry
        .events()
        .filter(({ name }) => names.length === 0 || names.includes(name))
        .map(({ name, attributes }) => [name, attributes["job.trigger.type"] ?? attributes["job.reason"]]),
    [Symbol.asyncDispose]() {
      watched.undo();
      return telemetry[Symbol.asyncDispose]();
    },
  };
}

test("an interval runs at once where it is told to, then each time counted from the last", async () => {
  await using watched = watching();
  const { SimpleIntervalJob, Task } = watched.library;
  await new Promise<void>((resolve) => {
    let runs = 0;
    const task = new Task("count", () => {
      if (++runs === 3) resolve();
    });
    const job = new SimpleIntervalJob({ milliseconds: 40, runImmediately: true }, task, { id: "counting" });
    job.start();
    void job;
  });
  const nominals = watched
    .events()
    .filter(({ name }) => name === "job.run.started")
    .map(({ attributes }) => Date.parse(attributes["job.schedule.nominal_time"] ?? ""));
  expect(nominals).toHaveLength(3);
  expect(watched.told()[0]).toEqual(["job.schedule.created", undefined]);
  expect((nominals[1] ?? 0) - (nominals[0] ?? 0)).toBe(40);
});

test("what is called by hand is manual, and a task of two jobs runs for the one that is named", async () => {
  await using watched = watching();
  const { SimpleIntervalJob, Task } = watched.library;
  const task = new Task("shared", () => undefined);
  const jobs = ["one", "other"].map((id) => new SimpleIntervalJob({ hours: 1 }, task, { id }));
  for (const job of jobs) job.start();
  task.execute("other");
  for (const job of jobs) job.stop();
  const started = watched.events().find(({ name }) => name === "job.run.started");
  expect(started?.attributes).toMatchObject({ "job.schedule.id": "other", "job.trigger.type": "manual" });
  expect(watched.told("job.schedule.created", "job.schedule.deleted")).toHaveLength(4);
});

test("an interval that is too long for a timer waits by tasks of its own, which are no runs", async () => {
  await using watched = watching();
  const { LongIntervalJob, Task } = watched.library;
  const job = new LongIntervalJob({ days: 40 }, new Task("monthly", () => undefined), { id: "monthly" });
  job.start();
  job.stop();
  const [created, ...more] = watched.events();
  const next = Date.parse(created?.attributes["job.schedule.next_time"] ?? "") - Date.now();
  expect(Math.round(next / 86_400_000)).toBe(40);
  expect(more.map(({ name }) => name)).toEqual(["job.schedule.deleted"]);
});

test("a schedule that starts once more goes on as the same", async () => {
  await using watched = watching();
  const { SimpleIntervalJob, Task } = watched.library;
  const job = new SimpleIntervalJob({ hours: 1 }, new Task("again", () => undefined), { id: "again" });
  job.start();
  job.stop();
  job.start();
  job.stop();
  const ids = watched.events().map(({ attributes }) => attributes["job.schedule.id"]);
  expect(ids).toEqual(["again", "again", "again", "again"]);
});

test("without croner being watched, the ticks of a cron job have no nominal time", async () => {
  await using watched = watching();
  const { CronJob, Task } = watched.library;
  await new Promise<void>((resolve) => {
    const job = new CronJob({ cronExpression: "* * * * * *" }, new Task("cron", () => resolve(job.stop())));
    job.start();
  });
  const started = watched.events().find(({ name }) => name === "job.run.started");
  expect(started?.attributes["job.trigger.type"]).toBe("cron");
  expect(started?.attributes).not.toHaveProperty(["job.schedule.nominal_time"]);
});
