/** The clocks that say whether old jobs may be forgotten, in milliseconds. */
export interface Clocks {
  /** The time of day, which may jump. */
  readonly wall: () => number;
  /** The time that has passed, which does not. */
  readonly elapsed: () => number;
}

/** How far both may be apart between two looks. */
const toleranceMs = 60_000;

/** So many looks one after the other must agree. */
const looks = 3;

/**
 * A time of day that is believed once it has gone on as time has passed, for some looks in a row: a clock that jumps
 * ahead for some seconds must not have every job forgotten.
 */
export function steadyTime({ wall, elapsed }: Clocks): () => number | undefined {
  let before: { readonly wall: number; readonly elapsed: number } | undefined;
  let agreed = 0;
  return () => {
    const now = { wall: wall(), elapsed: elapsed() };
    const last = before ?? now;
    const jumped = Math.abs(now.wall - last.wall - (now.elapsed - last.elapsed)) > toleranceMs;
    before = now;
    agreed = jumped ? 1 : agreed + 1;
    return agreed >= looks ? now.wall : undefined;
  };
}
