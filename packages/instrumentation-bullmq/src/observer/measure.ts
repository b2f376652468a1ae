import type { JobState } from "@jobtrail/conventions";
import type { Gauge } from "@jobtrail/delivery/source";
import type { Store } from "./store.ts";

/** The states of BullMQ's own lists. */
const states: Readonly<Record<string, JobState>> = {
  waiting: "waiting",
  prioritized: "waiting",
  paused: "waiting",
  delayed: "scheduled",
  "waiting-children": "blocked",
  active: "active",
  completed: "completed",
  failed: "failed",
};

const mostRead = 1000;

/** Measures a queue. */
export async function measured(store: Store, names: Set<string>): Promise<readonly Gauge[]> {
  const { queue } = store;
  const of = { "job.system.name": "bullmq", "job.queue.name": store.name };
  const sizes = new Map<JobState, number>(Object.values(states).map((state) => [state, 0]));
  for (const [list, size] of Object.entries(await queue.getJobCounts())) {
    const state = states[list];
    if (state !== undefined) sizes.set(state, (sizes.get(state) ?? 0) + size);
  }
  const nowMs = Date.now();
  return [
    ...[...sizes].map(([state, value]): Gauge => ({
      metric: "job.queue.size",
      attributes: { ...of, "job.state": state },
      value,
    })),
    { metric: "job.queue.oldest_job.age", attributes: of, value: await oldestSeconds(store, nowMs) },
    { metric: "job.worker.count", attributes: of, value: (await queue.getWorkers()).length },
    ...[...(await startsIn(store, names, nowMs))].map(([name, ms]): Gauge => ({
      metric: "job.run.oldest_active.start_time",
      attributes: { ...of, "job.name": name },
      value: ms / 1000,
    })),
  ];
}

/** How long the job has waited that is taken next; of a paused queue, that would be. */
async function oldestSeconds(store: Store, nowMs: number): Promise<number> {
  let oldest = nowMs;
  for (const list of ["wait", "paused"]) {
    const [id] = (await store.call("LRANGE", list, -1, -1)) as string[];
    // Before version 5 a list may hold marks of BullMQ's own.
    if (id === undefined || id.startsWith("0:")) continue;
    const [made, delay] = (await store.call("HMGET", id, "timestamp", "delay")) as (string | null)[];
    if (made !== null && made !== undefined) oldest = Math.min(oldest, Number(made) + Number(delay ?? 0));
  }
  return Math.max(0, nowMs - oldest) / 1000;
}

/** When the oldest run of each name started; of a name that has none at work, now. */
async function startsIn(store: Store, names: Set<string>, nowMs: number): Promise<ReadonlyMap<string, number>> {
  const starts = new Map<string, number>();
  for (const id of (await store.call("LRANGE", "active", 0, mostRead - 1)) as string[]) {
    const [name, started] = (await store.call("HMGET", id, "name", "processedOn")) as (string | null)[];
    if (typeof name === "string" && typeof started === "string")
      starts.set(name, Math.min(starts.get(name) ?? nowMs, Number(started)));
  }
  for (const name of names) if (!starts.has(name)) starts.set(name, nowMs);
  for (const name of starts.keys()) names.add(name);
  return starts;
}
