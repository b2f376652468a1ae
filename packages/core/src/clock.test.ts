import { afterEach, expect, it, vi } from "vitest";
import { happened, mail, recording } from "../test/memory.ts";
import { after, elapsedMs, every, soon } from "./clock.ts";
import { isTime, now, toMillis } from "./event/time.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it("leaves no timer to a host's fake clock, which would run it for ever", () => {
  vi.useFakeTimers();
  const { recorder } = recording({ heartbeatInterval: 1000 });
  const run = recorder.start(recorder.define(mail), happened("job.run.started"));
  expect(vi.getTimerCount()).toBe(0);
  vi.runAllTimers();
  run.end(happened("job.run.ended"));
});

it("calls by its own clock while a fake one stands still", async () => {
  vi.useFakeTimers();
  const began = elapsedMs();
  await new Promise<void>((resolve) => {
    after(1, resolve);
  });
  await new Promise<void>((resolve) => soon(resolve));
  await new Promise<void>((resolve) => {
    const stop = every(1, () => {
      stop();
      resolve();
    });
  });
  expect(elapsedMs()).toBeGreaterThan(began);
});

it("never calls where an interval is no length of time, and waits where it is longer than a timer can", async () => {
  const calls: number[] = [];
  const stops = [0, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31].map((ms) => every(ms, () => calls.push(ms)));
  stops.push(after(2 ** 40, () => calls.push(2 ** 40)));
  await new Promise<void>((resolve) => {
    after(5, resolve);
  });
  for (const stop of stops) stop();
  expect(calls).toEqual([]);
});

it("gives the time of the host's own clock, and never one that OTLP cannot hold", () => {
  vi.useFakeTimers({ now: Date.UTC(2031, 0, 1) });
  expect(now()).toEqual([Date.UTC(2031, 0, 1) / 1000, 0]);
  vi.advanceTimersByTime(1500);
  expect(now()).toEqual([Date.UTC(2031, 0, 1) / 1000 + 1, 500_000_000]);
  vi.useRealTimers();
  for (const odd of [Number.NaN, -1, 1e300, undefined, "today"]) {
    vi.spyOn(Date, "now").mockReturnValue(odd as number);
    const told = now();
    vi.restoreAllMocks();
    expect(isTime(told)).toBe(true);
    expect(Math.abs(toMillis(told) - Date.now())).toBeLessThan(60_000);
  }
});
