/** Wakes whoever waits for it. */
export interface Bell {
  readonly ring: () => void;
  /** Whether it rang within the time; a ring while nobody listened counts. */
  heard(withinMs: number): Promise<boolean>;
}

/** A bell that nobody has rung yet. */
export function newBell(): Bell {
  let rang = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      rang = true;
      wake?.();
    },
    async heard(withinMs) {
      if (!rang)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, withinMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      wake = undefined;
      const heard = rang;
      rang = false;
      return heard;
    },
  };
}
