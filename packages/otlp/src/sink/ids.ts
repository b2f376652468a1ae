// An import of it would read all its getters, and so load what they stand for: 6 ms.
const { randomBytes } = process.getBuiltinModule("node:crypto");

// Many ids by one call: a call for each would cost more than its digits.
const poolBytes = 4096;
let pool = "";
let used = 0;

/** So many random hex digits, not all of them zero: an id of zeros means that there is none. */
function random(digits: number): string {
  if (used + digits > pool.length) {
    pool = randomBytes(poolBytes).toString("hex");
    used = 0;
  }
  used += digits;
  const id = pool.slice(used - digits, used);
  return id.startsWith("00000000") && /^0+$/.test(id) ? random(digits) : id;
}

/** A new trace id: 32 hex digits. */
export const newTraceId = (): string => random(32);

/** A new span id: 16 hex digits. */
export const newSpanId = (): string => random(16);
