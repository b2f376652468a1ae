import timers from "node:timers";

// Taken when this file is loaded: a host's tests may put their own in the place of the globals, which
// run when the test says, or give back numbers.
const { clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } = timers;

/** Stops a timer; a second call does nothing. */
export type Stop = () => void;

/** The longest delay that a timer can have; a longer one would be over at once. */
const longestMs = 2_147_483_647;

/** Calls once after so many milliseconds. It keeps no process alive. */
export function after(ms: number, call: () => void): Stop {
  const timer = setTimeout(call, Math.min(ms, longestMs));
  timer.unref?.();
  return () => clearTimeout(timer);
}

/** Calls every so many milliseconds; never where that is no length of time. It keeps no process alive. */
export function every(ms: number, call: () => void): Stop {
  if (!(ms > 0 && ms < Number.POSITIVE_INFINITY)) return () => undefined;
  const timer = setInterval(call, Math.min(ms, longestMs));
  timer.unref?.();
  return () => clearInterval(timer);
}

/** Calls in the next turn of the event loop. It keeps no process alive. */
export function soon(call: () => void): void {
  setImmediate(call).unref?.();
}

/** Milliseconds of a clock that nobody sets: for what we ourselves wait. */
export const elapsedMs: () => number = globalThis.performance.now.bind(globalThis.performance);
