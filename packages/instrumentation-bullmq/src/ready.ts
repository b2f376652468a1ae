import type { Job } from "bullmq";

/** When jobs that will be started again may start, in milliseconds; BullMQ does not store it. */
const ready = new Map<string, number>();
const mostReady = 1024;

/** Remembers when a job may be started again, so that the wait before it can be told. */
export function readyAt(uid: string, ms: number): void {
  ready.delete(uid);
  ready.set(uid, ms);
  if (ready.size > mostReady) ready.delete(ready.keys().next().value ?? "");
}

/** When a job could be started again, said once; unknown where another process was told. */
export function takeReady(uid: string): number | undefined {
  const known = ready.get(uid);
  ready.delete(uid);
  return known;
}

const moved = new WeakMap<Job, number>();

/** Remembers until when a processor puts its job back. */
export function movedTo(job: Job, ms: unknown): void {
  if (typeof ms === "number") moved.set(job, ms);
}

/** Until when a processor has put its job back. */
export const untilOf = (job: Job): number | undefined => moved.get(job);
