import type { JobEvent } from "@jobtrail/core/event";
import type { Observing } from "@jobtrail/instrumentation/observed";
import type { Store } from "./store.ts";

/** Finds runs whose worker is gone and whose job nobody takes again. */
export interface Lost {
  /** Looks once. @returns the ends of those that are lost. */
  look(): Promise<readonly JobEvent[]>;
}

/** So many looks in a row must find a job at work without a lock: where a worker is there, it has more time to find it itself. */
const looksUntilLost = { alone: 2, besideWorkers: 12 };
const mostRead = 1000;

/** Watches the jobs of a queue that are at work. A worker renews its job's lock; one that died does not. */
export function lostIn(store: Store, observing: Observing): Lost {
  let before = new Map<string, number>();
  const told = new Set<string>();
  return {
    async look() {
      const ids = (await store.call("LRANGE", "active", 0, mostRead - 1)) as string[];
      const unlocked: string[] = [];
      for (const id of ids) if ((await store.call("EXISTS", `${id}:lock`)) === 0) unlocked.push(id);
      const now = new Map<string, number>();
      const ends: JobEvent[] = [];
      const most =
        unlocked.length > 0 && (await store.queue.getWorkers()).length > 0
          ? looksUntilLost.besideWorkers
          : looksUntilLost.alone;
      for (const id of unlocked) {
        const looks = (before.get(id) ?? 0) + 1;
        now.set(id, looks);
        if (looks < most) continue;
        const end = await endOf(id, store, observing);
        const uid = end?.attributes["job.run.uid"];
        if (end === undefined || uid === undefined || told.has(uid)) continue;
        told.add(uid);
        ends.push(end);
      }
      before = now;
      return ends;
    },
  };
}

async function endOf(id: string, store: Store, observing: Observing): Promise<JobEvent | undefined> {
  const job = await store.read(id);
  // It may be over, or taken again, by now.
  if (job?.processedOn === undefined || (await job.getState()) !== "active") return undefined;
  if ((await store.call("EXISTS", `${id}:lock`)) !== 0) return undefined;
  return observing.event({
    name: "job.run.ended",
    reading: store.readingOf(id, job),
    record: "lost",
    source: "inferred",
    isThisRun: true,
    atMs: Date.now(),
    outcome: {
      result: "error",
      final: false,
      state: "stalled",
      error: { type: "worker_lost", message: "The job is at work for its queue, but no worker holds its lock." },
    },
  });
}
