import { join } from "node:path";
import { SHARE_ENV } from "node:worker_threads";
import { createRecorder, sdkSink } from "@jobtrail/core/recorder";
import type { RecorderOptions } from "@jobtrail/core/recorder";
import { load, startTelemetry } from "@jobtrail/testing";
import type { Telemetry } from "@jobtrail/testing";
import { expect, test } from "vitest";
import { bree } from "../src/system.ts";
import { watcher } from "../src/watch.ts";

interface Bree {
  readonly workers: ReadonlyMap<string, { terminate(): Promise<number>; once(event: string, then: () => void): void }>;
  start(name?: string): Promise<void>;
  run(name: string): Promise<void>;
  stop(name?: string): Promise<void>;
  on(event: string, then: (name: string) => void): void;
}

type Class = new (options: object) => Bree;

interface Watching extends Telemetry {
  make(jobs: readonly object[], more?: object): Bree;
  /** Resolves once so many workers have ended. */
  ended(of: Bree, count?: number): Promise<void>;
  outcomes(): unknown[];
}

function watching(options: RecorderOptions = {}): Watching {
  const telemetry = startTelemetry();
  const recorder = createRecorder({ name: "@jobtrail/testing", version: "0" }, options, sdkSink(telemetry.providers));
  const watched = watcher(recorder);
  const [variant, later] = bree.variants;
  if (variant === undefined || later === undefined) throw new Error("Bree has two variants");
  const Bree = load<Class>(watched, variant, import.meta.url);
  load(watched, later, import.meta.resolve("bree"));
  return {
    ...telemetry,
    make: (jobs, more) =>
      new Bree({
        root: join(import.meta.dirname, "jobs"),
        defaultExtension: "cjs",
        acceptedExtensions: [".cjs"],
        worker: { execArgv: [] },
        logger: false,
        timeout: false,
        jobs,
        ...more,
      }),
    ended: (of, count = 1) =>
      new Promise((resolve) => {
        let left = count;
        of.on("worker deleted", () => --left === 0 && resolve());
      }),
    outcomes: () =>
      telemetry
        .events()
        .filter(({ name }) => name === "job.run.ended")
        .map(({ attributes, error }) => [attributes["job.run.result"], attributes["job.reason"] ?? error?.type]),
    [Symbol.asyncDispose]() {
      watched.undo();
      return telemetry[Symbol.asyncDispose]();
    },
  };
}

test.each([
  ["succeed", ["success", undefined]],
  ["fail", ["failure", "RangeError"]],
  ["exit", ["failure", "exit_3"]],
])("the run of %s has one end, and says how it came to it", async (name, outcome) => {
  await using watched = watching();
  const made = watched.make([{ name }]);
  const over = watched.ended(made);
  await made.run(name);
  await over;
  expect(watched.outcomes()).toEqual([outcome]);
});

test("a worker that Bree closes after its time is a timeout, no failure", async () => {
  await using watched = watching();
  const made = watched.make([{ name: "hang", closeWorkerAfterMs: 50 }]);
  const over = watched.ended(made);
  await made.run("hang");
  await over;
  expect(watched.outcomes()).toEqual([["timeout", "timeout"]]);
});

test("a worker that is told to stop, or is ended by the host, is cancelled", async () => {
  await using watched = watching();
  const made = watched.make([{ name: "hang", closeWorkerAfterMs: 60_000 }]);
  for (const end of [() => made.stop("hang"), () => made.workers.get("hang")?.terminate()]) {
    const over = watched.ended(made);
    await made.run("hang");
    await new Promise<void>((resolve) => made.workers.get("hang")?.once("online", resolve));
    await end();
    await over;
  }
  expect(watched.outcomes()).toEqual([
    ["cancellation", "cancelled"],
    ["cancellation", "terminated"],
  ]);
});

test("the thread has the run's context in its environment, beside its own variables", async () => {
  await using watched = watching();
  const told: unknown[] = [];
  const made = watched.make([{ name: "environment", worker: { env: { OWN: "1" } } }], {
    workerMessageHandler: ({ message }: { message: unknown }) => told.push(message),
  });
  const over = watched.ended(made);
  await made.run("environment");
  await over;
  const [run] = watched.spans();
  expect(told).toEqual([{ TRACEPARENT: `00-${run?.traceId}-${run?.spanId}-01`, own: "1" }]);
});

test.each([
  ["with propagation off", { propagation: false }, {}],
  ["where it is shared with the process", {}, { worker: { execArgv: [], env: SHARE_ENV } }],
])("the thread's environment is as without us %s", async (_, options, worker) => {
  await using watched = watching(options);
  const told: unknown[] = [];
  const made = watched.make([{ name: "environment" }], {
    ...worker,
    workerMessageHandler: ({ message }: { message: unknown }) => told.push(message),
  });
  const over = watched.ended(made);
  await made.run("environment");
  await over;
  expect(told).toEqual([{}]);
  expect(watched.outcomes()).toEqual([["success", undefined]]);
});

test("a pattern has nominal times, a run by hand has none, and a schedule ends with stop", async () => {
  await using watched = watching();
  const made = watched.make([{ name: "succeed", cron: "* * * * * *", hasSeconds: true, timezone: "Europe/Berlin" }]);
  const twice = watched.ended(made, 2);
  await made.start();
  await twice;
  await made.stop();
  const once = watched.ended(made);
  await made.run("succeed");
  await once;
  const started = watched.events().filter(({ name }) => name === "job.run.started");
  expect(started.map(({ attributes }) => attributes["job.trigger.type"])).toEqual(["cron", "cron", "manual"]);
  const [first, second, third] = started.map(({ attributes }) => attributes);
  const [created] = watched.events();
  expect(created?.attributes).toMatchObject({
    "job.schedule.id": "succeed",
    "job.schedule.expression": "* * * * * *",
    "job.schedule.timezone": "Europe/Berlin",
    "job.schedule.next_time": first?.["job.schedule.nominal_time"],
  });
  expect(first?.["job.schedule.next_time"]).toBe(second?.["job.schedule.nominal_time"]);
  expect(first?.["job.schedule.nominal_time"]).toMatch(/\.000Z$/);
  expect(third).not.toHaveProperty(["job.schedule.nominal_time"]);
});

test("a date and a timeout are one run each, and the schedule ends with it", async () => {
  await using watched = watching();
  const made = watched.make([
    { name: "succeed", date: new Date(Date.now() + 300) },
    { name: "exit", timeout: 100, worker: { env: { CODE: "0" } } },
  ]);
  const over = watched.ended(made, 2);
  await made.start();
  await over;
  const told = watched
    .events()
    .filter(({ name }) => name.startsWith("job.schedule."))
    .map(({ name, attributes }) => [name, attributes["job.schedule.id"], attributes["job.reason"]]);
  expect(told).toEqual([
    ["job.schedule.created", "succeed", undefined],
    ["job.schedule.created", "exit", undefined],
    ["job.schedule.deleted", "exit", "ended"],
    ["job.schedule.deleted", "succeed", "ended"],
  ]);
  expect(watched.outcomes()).toEqual([
    ["success", undefined],
    ["success", undefined],
  ]);
});
