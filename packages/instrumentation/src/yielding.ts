/** How many engines, one inside the other, are making a schedule in another engine right now. */
interface Depth {
  depth: number;
}

const key: unique symbol = Symbol.for("jobtrail.yielding.1");
const state = ((globalThis as { [key]?: Depth })[key] ??= { depth: 0 });

/**
 * Makes a call in which an engine makes schedules in another engine, as toad-scheduler does in
 * croner: their ticks are the outer engine's runs, and the inner one tells nothing of them.
 * Only what is made in the call itself yields; what runs later is not inside of it.
 */
export function yielding(go: () => unknown): unknown {
  state.depth++;
  try {
    return go();
  } finally {
    state.depth--;
  }
}

/** Whether what is being made belongs to an outer engine. */
export const isYielding = (): boolean => state.depth > 0;

/** Runs a job's work: a schedule that it makes is its own, whoever made the job. */
export function making(go: () => unknown): unknown {
  const { depth } = state;
  state.depth = 0;
  try {
    return go();
  } finally {
    state.depth = depth;
  }
}
