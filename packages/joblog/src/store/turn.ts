import type { Turn } from "./list.ts";

/** A turn that lets others be answered between its steps, and ends after some milliseconds. */
export function newTurn(longestMs: number): Turn {
  const end = performance.now() + longestMs;
  return {
    seconds: longestMs / 1000,
    async next() {
      await new Promise((resolve) => setImmediate(resolve));
      return performance.now() < end;
    },
  };
}
