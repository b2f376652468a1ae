import { expect, test } from "vitest";
import { block, but, everySecond, pass, second, stopTheClock, versions, watching } from "./watching.ts";
import type { Watching } from "./watching.ts";

test.for(versions)("a blocked event loop makes a run late and its other times missed (%s)", async ([, Cron]) => {
  await using watched = watching(Cron);
  await new Promise<void>((resolve) => {
    let ticks = 0;
    watched.make(everySecond, { name: "blocked" }, () => {
      ticks++;
      // Between two ticks, and to the middle of a second.
      if (ticks === 1) setTimeout(() => sleepUntil(Math.ceil(Date.now() / 1000) * 1000 + 2500), 50);
      else resolve();
    });
  });
  const late = watched.events().findLast(({ name }) => name === "job.run.started");
  expect(late?.attributes["job.schedule.lateness"]).toBeGreaterThan(2.4);
  expect(late?.attributes["job.schedule.lateness"]).toBeLessThan(3);
  expect(watched.told("job.schedule.missed_count", "job.reason")).toContainEqual(["job.schedule.missed", 2, "late"]);
  const lateness = (await watched.points()).find(({ name }) => name === "job.schedule.lateness");
  expect(lateness?.attributes).toEqual({ "job.system.name": "croner", "job.schedule.id": "blocked" });
  expect(lateness?.sum).toBeGreaterThan(2.4);
});

test.for(versions)("`protect` skips a tick, which is told as missed at once (%s)", async ([, Cron]) => {
  await using watched = watching(Cron);
  stopTheClock();
  const skipped: unknown[] = [];
  watched.make(everySecond, { name: "protected", protect: (job) => skipped.push(job.name) }, slowly);
  await pass(3.6);
  expect(watched.told("job.schedule.nominal_time", "job.schedule.missed_count", "job.reason")).toEqual([
    ["job.schedule.created"],
    ["job.run.started", second(0)],
    ["job.schedule.missed", second(1), 1, "overlap"],
    ["job.schedule.missed", second(2), 1, "overlap"],
    ["job.run.ended", second(0)],
    ["job.run.started", second(3)],
  ]);
  expect(skipped).toEqual(["protected", "protected"]);
});

test.for(versions)("without `protect` runs overlap, each a run of its own (%s)", async ([, Cron]) => {
  await using watched = watching(Cron);
  stopTheClock();
  const cron = watched.make(everySecond, { name: "overlapping" }, slowly);
  await pass(2.6);
  cron.stop();
  const active = (await watched.points()).find(({ name }) => name === "job.run.active");
  expect(active?.value).toBe(3);
  await pass(3);
  const uids = (name: string): unknown[] =>
    watched
      .events()
      .filter((event) => event.name === name)
      .map(({ attributes }) => attributes["job.run.uid"]);
  expect(new Set(uids("job.run.started")).size).toBe(3);
  expect(uids("job.run.ended")).toEqual(uids("job.run.started"));
});

test.for(versions)("pause and resume are told, and what passes in a pause is not missed (%s)", async ([, Cron]) => {
  await using watched = watching(Cron);
  stopTheClock();
  const cron = watched.make(everySecond, { name: "paused", paused: true }, () => undefined);
  cron.pause();
  await pass(3);
  cron.resume();
  cron.resume();
  await pass(2);
  cron.pause();
  await pass(3);
  cron.resume();
  await pass(1);
  cron.stop();
  cron.stop();
  expect(watched.told("job.schedule.nominal_time", "job.schedule.next_time", "job.reason")).toEqual([
    ["job.schedule.created"],
    ["job.schedule.paused"],
    ["job.schedule.resumed", second(3)],
    ["job.run.started", second(3), second(4)],
    ["job.run.ended", second(3), second(4)],
    ["job.run.started", second(4), second(5)],
    ["job.run.ended", second(4), second(5)],
    ["job.schedule.paused"],
    ["job.schedule.resumed", second(8)],
    ["job.run.started", second(8), second(9)],
    ["job.run.ended", second(8), second(9)],
    ["job.schedule.deleted", "stopped"],
  ]);
});

test.for(versions)(
  "a night's sleep of the machine is one late run and a bounded count of missed times (%s)",
  async ([, Cron]) => {
    await using watched = watching(Cron);
    stopTheClock();
    watched.make(everySecond, { name: "asleep" }, () => undefined);
    block(8 * 3600);
    await pass(0.5);
    expect(watched.told("job.schedule.missed_count")).toContainEqual(["job.schedule.missed", 1000]);
    expect(nominals(watched)).toEqual([second(0)]);
  },
);

test.for(versions)(
  "a function that blocks for longer than its period is told with what it made the schedule miss (%s)",
  async ([, Cron]) => {
    await using watched = watching(Cron);
    stopTheClock();
    let ticks = 0;
    watched.make(everySecond, { name: "busy" }, () => {
      if (++ticks === 1) block(3.2);
    });
    await pass(2.5);
    const times = watched
      .events()
      .flatMap(({ attributes, name }) =>
        name === "job.schedule.missed"
          ? [attributes["job.schedule.missed_count"] ?? 0]
          : name === "job.run.started"
            ? [1]
            : [],
      );
    // The seconds 0 to 5: each has started, or is told as missed.
    expect(times.reduce((sum, each) => sum + each, 0)).toBe(6);
  },
);

// In croner 7 and 8 the first run, too, comes when an interval has passed.
test.for(but(7, 8))("an interval counts from the run before, and a date is one run (%s)", async ([, Cron]) => {
  await using watched = watching(Cron);
  stopTheClock();
  watched.make(everySecond, { name: "interval", interval: 10 }, () => undefined);
  await pass(11);
  watched.make(new Date(Date.now() + 1500), { utcOffset: -330 }, () => undefined);
  await pass(2);
  expect(watched.told("job.name", "job.trigger.type", "job.schedule.nominal_time", "job.schedule.timezone")).toEqual([
    ["job.schedule.created", "interval"],
    ["job.run.started", "interval", "interval", second(0)],
    ["job.run.ended", "interval", "interval", second(0)],
    ["job.run.started", "interval", "interval", second(10)],
    ["job.run.ended", "interval", "interval", second(10)],
    ["job.schedule.created", "once", "-05:30"],
    ["job.run.started", "once", "delay", second(12), "-05:30"],
    ["job.run.ended", "once", "delay", second(12), "-05:30"],
    ["job.schedule.deleted", "once", "-05:30"],
  ]);
});

const slowly = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2500));

const nominals = (watched: Watching): unknown[] =>
  watched
    .events()
    .filter(({ name }) => name === "job.run.started")
    .map(({ attributes }) => attributes["job.schedule.nominal_time"]);

function sleepUntil(time: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, time - Date.now());
}
