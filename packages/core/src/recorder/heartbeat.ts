import { every } from "../clock.ts";
import type { Stop } from "../clock.ts";
import { guard } from "../guard.ts";
import type { Running } from "./run.ts";
import { now } from "../event/time.ts";

/** The runs that are at work, which are asked for a sign of life. */
export interface Heartbeat {
  add(run: Running): void;
  delete(run: Running): void;
}

/** One timer for all open runs; it keeps no process alive and rests while there are none. */
export function heartbeat(intervalMs: number): Heartbeat {
  const open = new Set<Running>();
  let stop: Stop | undefined;
  const tick = (): void => {
    if (open.size === 0) {
      stop?.();
      stop = undefined;
    }
    const time = now();
    for (const run of open) guard("heartbeat", () => run.beat(time, intervalMs));
  };
  return {
    add(run) {
      open.add(run);
      stop ??= every(intervalMs, tick);
    },
    delete(run) {
      open.delete(run);
    },
  };
}
