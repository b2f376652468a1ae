/** When jobs that will be started again may start: what their stores do not say. */
export interface ReadyTimes {
  set(uid: string | undefined, ms: number): void;
  /** When the job could start, said once; unknown where another process was told. */
  take(uid: string | undefined): number | undefined;
}

/** Remembers the last thousand. */
export function readyTimes(most = 1024): ReadyTimes {
  const known = new Map<string, number>();
  return {
    set(uid, ms) {
      if (uid === undefined) return;
      known.delete(uid);
      known.set(uid, ms);
      if (known.size > most) known.delete(known.keys().next().value ?? "");
    },
    take(uid) {
      const ms = known.get(uid ?? "");
      known.delete(uid ?? "");
      return ms;
    },
  };
}
