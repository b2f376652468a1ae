import type { SSEStreamingApi } from "hono/streaming";
import { newBell } from "./bell.ts";
import type { Change, JobStore } from "./contract.ts";

/** How many follow the stream at once. */
export interface Readers {
  readonly limit: number;
  count(): number;
  /** Takes a place for one more, where there is one; gives back what frees it, which may be called twice. */
  enter(): (() => void) | undefined;
}

/** Room for so many readers. */
export function newReaders(limit: number): Readers {
  let count = 0;
  return {
    limit,
    count: () => count,
    enter() {
      if (count >= limit) return undefined;
      count += 1;
      let isIn = true;
      return () => {
        if (isIn) count -= 1;
        isIn = false;
      };
    },
  };
}

/** Jobs that are read from the store at once. */
const portion = 200;

/** A comment is sent this often, so that nobody between takes the connection for dead. */
const keepAliveMs = 15_000;

/**
 * Sends each job that changes after a change, until the reader is gone. It reads from the store as
 * fast as the reader takes it: nothing is queued for a slow one, who gets the latest state of each job.
 */
export async function follow(store: JobStore, from: number, to: SSEStreamingApi): Promise<void> {
  const bell = newBell();
  const undo = store.watch(bell.ring);
  to.onAbort(bell.ring);
  try {
    await to.write(": jobs that change follow\n\n");
    for (let after = from; !to.aborted;) {
      const { changes, last, isGap } = await store.changes(after, portion);
      if (isGap) await to.writeSSE({ event: "gap", id: String(last), data: "{}" });
      for (const change of changes) await to.writeSSE(messageOf(change));
      after = last;
      if (changes.length === 0 && !(await bell.heard(keepAliveMs)) && !to.aborted) await to.write(": still here\n\n");
    }
  } finally {
    undo();
  }
}

const messageOf = ({ change, job: { uid, id, state } }: Change): { event: string; id: string; data: string } => ({
  event: "job",
  id: String(change),
  data: JSON.stringify({ uid, id, state }),
});
