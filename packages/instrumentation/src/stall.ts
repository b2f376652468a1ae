/** How often jobs have stalled, as far as this process has found it: stores that do not count starts do not count it. */
export interface Stalls<Q extends object> {
  note(queue: Q, id: unknown): void;
  of(queue: Q, id: unknown): number;
}

/** Remembers the last thousand of each queue. */
export function stallsOf<Q extends object>(most = 1024): Stalls<Q> {
  const known = new WeakMap<Q, Map<string, number>>();
  return {
    note(queue, id) {
      const own = known.get(queue) ?? new Map<string, number>();
      known.set(queue, own);
      own.set(String(id), (own.get(String(id)) ?? 0) + 1);
      if (own.size > most) own.delete(own.keys().next().value ?? "");
    },
    of: (queue, id) => known.get(queue)?.get(String(id)) ?? 0,
  };
}
