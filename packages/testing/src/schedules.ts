import { createRecorder, sdkSink } from "@jobtrail/core/recorder";
import type { Recorder } from "@jobtrail/core/recorder";
import type { JobEvent } from "@jobtrail/core/event";
import { afterEach, describe, expect, test, vi } from "vitest";
import { startTelemetry } from "./telemetry.ts";
import type { Telemetry } from "./telemetry.ts";

/** A scheduler of the process, as the suite drives it. */
export interface Scheduler {
  /** With its version, such as `node-cron 4`. */
  readonly title: string;
  /** Watches the library with a recorder, until the undo. */
  watch(recorder: Recorder): { undo(): void };
  /** A schedule that runs each second. */
  everySecond(name: string, work: () => unknown): Made;
  /** One that skips a time while its last run is at work. Absent where there is no such option. */
  exclusive?(name: string, work: () => unknown): Made;
  /** One that runs each day at 02:30 in Berlin. Absent where there are no time zones. */
  daily?(name: string, work: () => unknown): Made;
  /** It starts every time that has passed, so that none is missed. */
  readonly startsPassed?: true;
  /** It asks each second, counted from its start, whether it is time: here it is half a second late. */
  readonly polls?: true;
  /** It looks at the clock at least every half minute, so that a test may skip hours in which nothing is due. */
  readonly looks?: true;
}

/** A schedule that was made. */
export interface Made {
  stop(): unknown;
  /** Starts it again after a stop; absent where that cannot be done. */
  start?(): unknown;
}

/**
 * Tests that a scheduler's schedules are recorded as everywhere: each nominal time is started or
 * missed, and told once, over a blocked event loop, set clocks and daylight saving.
 */
export function schedules(scheduler: Scheduler): void {
  describe(`schedules of ${scheduler.title}`, () => {
    afterEach(() => {
      vi.useRealTimers();
    });
    const possible = Object.keys(cases).filter((title) => isPossible(scheduler, cases[title]));
    test.for(possible)("%s", async (title) => {
      await using watched = watch(scheduler);
      await cases[title]?.check(scheduler, watched);
    });
  });
}

const isPossible = (scheduler: Scheduler, check: Check | undefined): boolean =>
  check?.needs === undefined || scheduler[check.needs] !== undefined;

interface Watched extends Telemetry {
  /** The nominal times that were started or missed, in seconds of the test; a count of several as often. */
  nominals(name: "job.run.started" | "job.schedule.missed"): number[];
  named(name: JobEvent["name"]): readonly JobEvent["attributes"][];
  end(made: Made): void;
}

function watch(scheduler: Scheduler): Watched {
  const telemetry = startTelemetry();
  const recorder = createRecorder({ name: "@jobtrail/testing", version: "0" }, {}, sdkSink(telemetry.providers));
  const watching = scheduler.watch(recorder);
  const made: Made[] = [];
  const named = (name: JobEvent["name"]): readonly JobEvent["attributes"][] =>
    telemetry.events().flatMap((event) => (event.name === name ? [event.attributes] : []));
  return {
    ...telemetry,
    named,
    nominals: (name) =>
      named(name).flatMap((attributes) => {
        const first = (Date.parse(attributes["job.schedule.nominal_time"] ?? "") - full) / 1000;
        return Array.from({ length: attributes["job.schedule.missed_count"] ?? 1 }, (_, at) => first + at);
      }),
    end: (each) => made.push(each),
    async [Symbol.asyncDispose]() {
      const stopping = made.map((each) => each.stop());
      // Some wait for the run that is at work.
      if (vi.isFakeTimers()) await pass(10);
      await Promise.all(stopping);
      watching.undo();
      await telemetry[Symbol.asyncDispose]();
    },
  };
}

/** The full minute at which the tests begin; the clock stands half a second before it. */
const full = Date.UTC(2030, 0, 1, 12);
const second = (seconds: number): string => new Date(full + seconds * 1000).toISOString();

function stopTheClock(at = full - 500): void {
  const toFake = [
    "setTimeout",
    "clearTimeout",
    "setInterval",
    "clearInterval",
    "Date",
    "performance",
    "hrtime",
  ] as const;
  vi.useFakeTimers({ now: at, toFake: [...toFake] });
}

/** Lets so many seconds pass, timer by timer. */
const pass = async (seconds: number): Promise<void> => {
  await vi.advanceTimersByTimeAsync(seconds * 1000);
};

/** Sets the clock, or lets the event loop stand still for so long. */
const set = (seconds: number): void => {
  vi.setSystemTime(Date.now() + seconds * 1000);
};

const lasting = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** From one minute past the half hour to the next. */
async function passHour({ polls, looks }: Scheduler): Promise<void> {
  const skips = polls === true || looks === true;
  if (skips) set(58 * 60);
  await pass(skips ? 120 : 3600);
}

interface Check {
  readonly needs?: "exclusive" | "daily";
  check(scheduler: Scheduler, watched: Watched): Promise<void>;
}

const cases: Readonly<Record<string, Check>> = {
  "a tick is a job with one run, told with its nominal time, its lateness and the next time": {
    async check(scheduler, watched) {
      stopTheClock();
      watched.end(scheduler.everySecond("mail", () => undefined));
      expect(watched.named("job.schedule.created")).toMatchObject([
        { "job.schedule.id": "mail", "job.schedule.next_time": second(0) },
      ]);
      await pass(1);
      const [started] = watched.named("job.run.started");
      expect(started).toMatchObject({
        "job.id": `mail@${second(0)}`,
        "job.name": "mail",
        "job.run.number": 1,
        "job.state": "active",
        "job.schedule.nominal_time": second(0),
        "job.schedule.lateness": scheduler.polls === true ? 0.5 : 0,
        "job.schedule.next_time": second(1),
      });
      expect(watched.named("job.run.ended")).toMatchObject([
        {
          "job.uid": started?.["job.uid"],
          "job.run.result": "success",
          "job.run.final": true,
          "job.state": "completed",
        },
      ]);
      expect(watched.named("job.schedule.missed")).toEqual([]);
      const points = (await watched.points()).filter(({ name }) => name.startsWith("job.schedule."));
      expect(Object.fromEntries(points.map(({ name, value, sum }) => [name, value ?? sum]))).toEqual({
        "job.schedule.lateness": scheduler.polls === true ? 0.5 : 0,
        "job.schedule.last_success.time": full / 1000 + (scheduler.polls === true ? 0.5 : 0),
        "job.schedule.next_run.time": full / 1000 + 1,
      });
    },
  },

  "each time that passes while the event loop is blocked is started late or missed, and told once": {
    async check(scheduler, watched) {
      stopTheClock();
      watched.end(scheduler.everySecond("blocked", () => undefined));
      await pass(1);
      set(3.2);
      await pass(2);
      assertEachOnce(watched, scheduler.startsPassed === true ? 0 : 1);
    },
  },

  "what passed before a schedule was made is not missed, nor what passes after its end": {
    async check(scheduler, watched) {
      stopTheClock();
      await pass(2);
      const made = scheduler.everySecond("late", () => undefined);
      await pass(1);
      await made.stop();
      await pass(3);
      expect(watched.nominals("job.run.started")).toEqual([2]);
      expect(watched.named("job.schedule.deleted")).toMatchObject([{ "job.reason": "stopped" }]);
      if (made.start === undefined) return;
      await made.start();
      watched.end(made);
      await pass(1);
      expect(watched.nominals("job.run.started")).toEqual([2, 6]);
      expect(watched.named("job.schedule.created")).toHaveLength(2);
      expect(watched.named("job.schedule.missed")).toEqual([]);
    },
  },

  "runs that overlap are runs of their own": {
    async check(scheduler, watched) {
      stopTheClock();
      const made = scheduler.everySecond("overlapping", () => lasting(4));
      await pass(3.1);
      expect((await watched.points()).find(({ name }) => name === "job.run.active")?.value).toBe(3);
      await made.stop();
      await pass(4);
      const uids = (name: "job.run.started" | "job.run.ended") =>
        watched.named(name).map((each) => each["job.run.uid"]);
      expect(new Set(uids("job.run.started")).size).toBe(3);
      expect(uids("job.run.ended")).toEqual(uids("job.run.started"));
    },
  },

  "a time that is skipped because the last run is at work is told as missed at once": {
    needs: "exclusive",
    async check(scheduler, watched) {
      stopTheClock();
      const made = scheduler.exclusive?.("exclusive", () => lasting(2.5));
      if (made !== undefined) watched.end(made);
      await pass(2.6);
      expect(watched.nominals("job.run.started")).toEqual([0]);
      expect(watched.nominals("job.schedule.missed")).toEqual([1, 2]);
      await pass(1);
      expect(watched.nominals("job.run.started")).toEqual([0, 3]);
      expect(watched.named("job.schedule.missed").map((each) => each["job.reason"])).toEqual(["overlap", "overlap"]);
    },
  },

  "a clock that is set back an hour misses nothing, and brings no job twice": {
    async check(scheduler, watched) {
      stopTheClock();
      watched.end(scheduler.everySecond("back", () => undefined));
      await pass(2);
      set(-3600);
      // Some count their timers by the clock, and wait until it has come back.
      await pass(3);
      await pass(3600);
      expect(watched.named("job.schedule.missed")).toEqual([]);
      const uids = watched.named("job.run.started").map((each) => each["job.uid"]);
      expect(uids.length).toBeGreaterThan(2);
      expect(new Set(uids).size).toBe(uids.length);
    },
  },

  "a clock that is set ahead an hour tells each of its times once": {
    async check(scheduler, watched) {
      stopTheClock();
      watched.end(scheduler.everySecond("ahead", () => undefined));
      await pass(2);
      set(60);
      await pass(2);
      assertEachOnce(watched, 0);
    },
  },

  "daylight saving makes no time missed and none told twice": {
    needs: "daily",
    async check(scheduler, watched) {
      // 02:30 does not exist on 31 March 2030 in Berlin, and comes twice on 27 October.
      for (const begin of [Date.UTC(2030, 2, 29, 12, 31), Date.UTC(2030, 9, 25, 12, 31)]) {
        stopTheClock(begin);
        watched.reset();
        const made = scheduler.daily?.("daily", () => undefined);
        for (let hours = 0; hours < 62; hours++) await passHour(scheduler);
        await made?.stop();
        const started = watched.named("job.run.started");
        // Some run at another time on the day that has none, some leave that day out.
        expect(started.length).toBeGreaterThan(1);
        expect(new Set(started.map((each) => each["job.uid"])).size).toBe(started.length);
        expect(watched.named("job.schedule.missed")).toEqual([]);
        const told = [...watched.named("job.schedule.created"), ...started].map(
          (each) => each["job.schedule.next_time"],
        );
        expect(started.map((each) => each["job.schedule.nominal_time"])).toEqual(told.slice(0, -1));
        vi.useRealTimers();
      }
    },
  },
};

/** The seconds from 0 on were each started or missed, one time. */
function assertEachOnce(watched: Watched, missedAtLeast: number): void {
  const started = watched.nominals("job.run.started");
  const missed = watched.nominals("job.schedule.missed");
  const all = [...started, ...missed].toSorted((one, other) => one - other);
  expect(all).toEqual(all.map((_, at) => at));
  expect(missed.length).toBeGreaterThanOrEqual(missedAtLeast);
  expect(watched.named("job.schedule.missed").every((each) => each["job.reason"] === "late")).toBe(true);
}
