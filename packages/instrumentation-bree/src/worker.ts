import type { Jobs, Outcome } from "@jobtrail/instrumentation/adapter";

/** A worker thread. */
export interface Worker {
  emit(event: string, ...args: readonly unknown[]): boolean;
  terminate(): Promise<number>;
}

/** What a run's worker may do, and how its end is told. */
interface Run {
  /** Bree closes a worker that has been online for so long; 0 for never. */
  readonly limitMs: number;
  readonly end: (outcome: Outcome) => void;
}

/** What is known of a worker that has not ended. */
interface State {
  onlineAt: number | undefined;
  failed: { readonly thrown: unknown } | undefined;
  isCancelled: boolean;
  isTerminated: boolean;
}

/** Follows a worker to its end. What it emits is seen before any listener is: Bree removes the listeners of all. */
export function follow(jobs: Jobs, worker: Worker, { limitMs, end }: Run): void {
  const state: State = { onlineAt: undefined, failed: undefined, isCancelled: false, isTerminated: false };
  const seen: Readonly<Record<string, (value: unknown) => void>> = {
    online() {
      state.onlineAt = Date.now();
    },
    message(value) {
      if (value === "done") end({ result: "success", final: true });
      if (value === "cancelled") state.isCancelled = true;
    },
    error(thrown) {
      state.failed = { thrown };
    },
    exit: (code) => end({ ...outcomeOf(state, code, limitMs), final: true }),
  };
  jobs.tapOne<Worker, [string, unknown]>(worker, "emit", (_, [event, value]) => seen[event]?.(value));
  jobs.tapOne(worker, "terminate", () => {
    state.isTerminated = true;
  });
}

/** A thread that is ended from outside gives code 1 like one that failed: what came before tells them apart. */
function outcomeOf(state: State, code: unknown, limitMs: number): Outcome {
  if (state.failed !== undefined) return { result: "failure", ...state.failed };
  if (state.isCancelled) return { result: "cancellation", reason: "cancelled" };
  if (state.isTerminated) {
    const { onlineAt } = state;
    const isLate = limitMs > 0 && onlineAt !== undefined && Date.now() - onlineAt >= limitMs;
    return isLate
      ? { result: "timeout", error: { type: "timeout", message: `The worker was closed after ${limitMs} ms.` } }
      : { result: "cancellation", reason: "terminated" };
  }
  if (code === 0) return { result: "success" };
  const error = { type: `exit_${String(code)}`, message: `The worker exited with code ${String(code)}.` };
  return { result: "failure", error };
}
