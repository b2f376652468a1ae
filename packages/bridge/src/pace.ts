import timers from "node:timers/promises";

/** The time of day, and waiting. Tests pass their own. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Waits, at most until it is stopped; never rejects. */
  wait(ms: number, stop: AbortSignal): Promise<void>;
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  wait: (ms, stop) => timers.setTimeout(ms, undefined, { signal: stop }).catch(() => undefined),
};

const firstMs = 1000;
const longestMs = 300_000;

/** No server is waited for longer than this, whatever it asks for. */
const longestAskedMs = 3_600_000;

/**
 * How long to wait before a try: twice as long each time, up to five minutes, and never less than the server asks for.
 * A part of it is random, so that bridges that failed together do not come back together.
 * @param tries how many tries have failed in a row, from 1.
 */
export function pauseMs(tries: number, askedMs = 0, random: () => number = Math.random): number {
  const grown = Math.min(longestMs, firstMs * 2 ** Math.min(tries - 1, 20)) * (0.5 + random() / 2);
  const asked = Math.min(longestAskedMs, askedMs);
  return Math.round(Math.max(grown, asked * (1 + random() / 10)));
}

/** Keeps requests so far apart that a limit per minute holds. */
export interface Pace {
  /** Waits for the next request's turn. */
  turn(stop: AbortSignal): Promise<void>;
}

/** Keeps below a number of requests a minute; the first ten in a minute may follow each other at once. */
export function paceOf(perMinute: number | undefined, clock: Clock): Pace {
  if (perMinute === undefined) return { turn: () => Promise.resolve() };
  const apartMs = 60_000 / perMinute;
  const burst = Math.min(10, perMinute / 5);
  let next = 0;
  return {
    turn(stop) {
      const now = clock.now();
      next = Math.max(next, now - burst * apartMs) + apartMs;
      return next > now ? clock.wait(next - now, stop) : Promise.resolve();
    },
  };
}
