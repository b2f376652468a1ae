import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { count } from "@jobtrail/core";
import type { JobEvent } from "@jobtrail/core/event";
import { fold } from "@jobtrail/core/fold";
import { assertConventional } from "@jobtrail/testing";
import { expect, test } from "vitest";
import { block, but, everySecond, pass, second, stopTheClock, versions, watching } from "./watching.ts";

// croner 6 does not count the milliseconds of a time in a zone, so its timers are set for other times.
test.for(but(6))("a tick is a job with one run: its names, times and result (%s)", async ([, Cron]) => {
  await using watched = watching(Cron, { namespace: "shop" });
  stopTheClock();
  watched.make(everySecond, { name: "mail", timezone: "Europe/Berlin", maxRuns: 2 }, () => {
    block(0.25);
    count({ emails: 3 });
  });
  await pass(0.5);
  const [created, started, ended] = watched.events();
  const constants = {
    "job.system.name": "croner",
    "job.namespace": "shop",
    "job.name": "mail",
    "job.schedule.id": "mail",
    "job.schedule.expression": everySecond,
    "job.schedule.timezone": "Europe/Berlin",
  };
  expect(created?.attributes).toMatchObject({ ...constants, "job.schedule.next_time": second(0) });
  const uid = started?.attributes["job.uid"];
  expect(started?.attributes).toMatchObject({
    ...constants,
    "job.id": `mail@${second(0)}`,
    "job.run.uid": `${uid}-1`,
    "job.run.number": 1,
    "job.run.attempt": 1,
    "job.state": "active",
    "job.trigger.type": "cron",
    "job.schedule.nominal_time": second(0),
    "job.schedule.lateness": 0,
    "job.schedule.next_time": second(1),
  });
  expect(ended?.attributes).toMatchObject({
    "job.uid": uid,
    "job.run.uid": `${uid}-1`,
    "job.run.result": "success",
    "job.run.final": true,
    "job.state": "completed",
    "job.run.duration": 0.25,
    "job.counter.emails": 3,
  });
  await pass(2);
  expect(watched.told("job.run.result", "job.reason").slice(3)).toEqual([
    ["job.run.started"],
    ["job.run.ended", "success"],
    ["job.schedule.deleted", "ended"],
  ]);
  await assertConventional(watched);
});

test.for(versions)(
  "a schedule without a name is called by its pattern and its place, which is free again after its end (%s)",
  async ([, Cron]) => {
    await using watched = watching(Cron);
    const make = () => watched.make("0 5 * * 1", () => undefined);
    make();
    const second = make();
    make();
    second.stop();
    make();
    expect(watched.told("job.schedule.id")).toEqual([
      ["job.schedule.created", "0 5 * * 1"],
      ["job.schedule.created", "0 5 * * 1 #2"],
      ["job.schedule.created", "0 5 * * 1 #3"],
      ["job.schedule.deleted", "0 5 * * 1 #2"],
      ["job.schedule.created", "0 5 * * 1 #2"],
    ]);
  },
);

test.for(versions)(
  "a schedule begins when it is given its function; one that never runs is not told of (%s)",
  async ([, Cron]) => {
    await using watched = watching(Cron);
    stopTheClock();
    const cron = watched.make(everySecond, { name: "later", maxRuns: 1 });
    watched.make(everySecond, { name: "calculator" }).stop();
    watched.make(new Date(0), { name: "past" }, () => undefined).stop();
    await pass(1);
    expect(watched.told()).toEqual([]);
    cron.schedule(() => undefined);
    await pass(1);
    expect(watched.told()).toEqual([
      ["job.schedule.created"],
      ["job.run.started"],
      ["job.run.ended"],
      ["job.schedule.deleted"],
    ]);
    expect(() => cron.schedule(() => undefined)).toThrow("two functions");
  },
);

test.for(versions)("a name that is free again may stand for another pattern (%s)", async ([, Cron]) => {
  await using watched = watching(Cron);
  watched.make("0 5 * * 1", { name: "weekly" }, () => undefined).stop();
  watched.make("0 6 * * 2", { name: "weekly", timezone: "Asia/Tokyo" }, () => undefined);
  expect(watched.told("job.schedule.expression", "job.schedule.timezone")).toEqual([
    ["job.schedule.created", "0 5 * * 1"],
    ["job.schedule.deleted", "0 5 * * 1"],
    ["job.schedule.created", "0 6 * * 2", "Asia/Tokyo"],
  ]);
});

test.for(versions)(
  "the host's function stays where it was, and an undo leaves schedules at work (%s)",
  async ([, Cron]) => {
    await using watched = watching(Cron);
    stopTheClock();
    const work = (): void => void seen.push(Reflect.get(cron, "fn") === work);
    const seen: boolean[] = [];
    const cron = watched.make(everySecond, { name: "kept" }, work);
    await pass(0.6);
    watched.undo();
    const before = watched.told();
    await pass(1);
    expect(seen).toEqual([true, true]);
    expect(watched.told()).toEqual(before);
    expect(Reflect.get(cron, "fn")).toBe(work);
  },
);

test.for(versions)("what is ignored is left alone (%s)", async ([, Cron]) => {
  await using watched = watching(Cron, { ignore: ["noise"] });
  stopTheClock();
  let ticks = 0;
  watched.make(everySecond, { name: "noise" }, () => void ticks++);
  await pass(1.6);
  expect(ticks).toBe(2);
  expect(watched.events()).toEqual([]);
  expect(watched.spans()).toEqual([]);
});

test("two replicas that tick at once have two jobs with one id", async () => {
  const started = await Promise.all([startReplica(), startReplica()]);
  const at = new Date(Math.ceil(Date.now() / 1000) * 1000 + 3000).toISOString();
  const replicas = await Promise.all(started.map((tick) => tick(at)));
  const [one, other] = replicas.map(({ attributes }) => attributes);
  expect(one?.["job.id"]).toBe(`nightly@${at}`);
  expect(other?.["job.id"]).toBe(one?.["job.id"]);
  expect(other?.["job.uid"]).not.toBe(one?.["job.uid"]);
  expect(fold(replicas).map(({ runs }) => runs.length)).toEqual([1, 1]);
});

/** Another process that is ready for a schedule: given its time, it tells the start of its run. */
async function startReplica(): Promise<(at: string) => Promise<JobEvent>> {
  const program = fileURLToPath(new URL("replica.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=@jobtrail/source", program], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  await lines.next();
  return async (at) => {
    child.stdin.write(`${at}\n`);
    const { value } = (await lines.next()) as { value: string };
    return JSON.parse(value) as JobEvent;
  };
}
