import { randomFillSync } from "node:crypto";

// One call for many ids: each call costs more than the bytes.
const pool = Buffer.allocUnsafeSlow(4096);
let used = pool.length;

function random(bytes: number): string {
  do {
    if (used + bytes > pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    used += bytes;
    // An id of zeros means that there is none.
  } while (isZero(used - bytes, used));
  return pool.toString("hex", used - bytes, used);
}

function isZero(from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (pool[i] !== 0) return false;
  return true;
}

/** A new trace id: 32 hex digits. */
export const newTraceId = (): string => random(16);

/** A new span id: 16 hex digits. */
export const newSpanId = (): string => random(8);
