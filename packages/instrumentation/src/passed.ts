/** Times that have passed. */
export interface Passed {
  readonly count: number;
  readonly first?: number;
  readonly last?: number;
}

/** How many are counted at the most: after a night's sleep of the machine, a tick must stay short. */
const most = 1000;

/** The nominal times after one time and up to another, as the library itself counts them. */
export function passedBetween(next: (afterMs: number) => number | undefined, after: number, until: number): Passed {
  let found: Passed = { count: 0 };
  let from = after;
  while (found.count < most) {
    const time = next(from);
    if (time === undefined || time > until || time <= from) break;
    found = { count: found.count + 1, first: found.first ?? time, last: time };
    from = time;
  }
  return found;
}
