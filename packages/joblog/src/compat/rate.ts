/** How many requests are taken, in which time. */
export interface RateOptions {
  readonly requests: number;
  readonly perMs: number;
  /** Milliseconds since any moment. */
  readonly now: () => number;
}

/** Counts the requests of each key in a time that ends with the present. */
export interface Rate {
  /** Takes a request of a key: 0, or after how many seconds one is taken again. */
  take(key: string): number;
}

/** Limits the requests of each key. */
export function rateOf({ requests, perMs, now }: RateOptions): Rate {
  const taken = new Map<string, number[]>();
  return {
    take(key) {
      const time = now();
      const recent = (taken.get(key) ?? []).filter((each) => each > time - perMs && each <= time);
      taken.set(key, recent);
      if (recent.length < requests) {
        recent.push(time);
        return 0;
      }
      return Math.max(1, Math.ceil(((recent[0] ?? time) + perMs - time) / 1000));
    },
  };
}
