/** Why a nominal time passed without a start: undecided, where those who decide who starts it failed. */
export type Missed = "late" | "overlap" | "undecided";

/** Why a schedule makes no more jobs. */
export type Gone = "stopped" | "ended" | "replaced";

/** Several times that passed without a start. */
export interface Several {
  readonly count: number;
  readonly lastMs: number;
}

/** What an inner engine, where it is watched, tells the outer one of a schedule that it made there. */
export interface Inner {
  /** The nominal time of the start that is being made; the outer engine takes it away. */
  nominalMs?: number | undefined;
  /** The next one; set as soon as the inner engine is found to be watched. */
  nextMs?: number | undefined;
  /** What happens to the inner engine's own schedule object. */
  readonly made?: (schedule: object) => void;
  readonly gone?: (schedule: object, reason: Gone) => void;
  readonly missed?: (reason: Missed, nominalMs: number, several: Several | undefined, schedule: object) => void;
}

/** The engines, one inside the other, that are making a schedule in another engine right now. */
interface Making {
  inner: Inner | undefined;
}

const key: unique symbol = Symbol.for("jobtrail.yielding.2");
const state = ((globalThis as { [key]?: Making })[key] ??= { inner: undefined });

/**
 * Makes a call in which an engine makes schedules in another engine, as toad-scheduler does in
 * croner: their ticks are the outer engine's runs, and the inner one hands its times to it.
 * Only what is made in the call itself yields; what runs later is not inside of it.
 */
export function yielding(go: () => unknown, inner: Inner = {}): unknown {
  return within(inner, go);
}

/** What an outer engine wants to be told of what is being made. */
export const innerNow = (): Inner | undefined => state.inner;

/** Runs a job's work: a schedule that it makes is its own, whoever made the job. */
export const making = (go: () => unknown): unknown => within(undefined, go);

function within(inner: Inner | undefined, go: () => unknown): unknown {
  const before = state.inner;
  state.inner = inner;
  try {
    return go();
  } finally {
    state.inner = before;
  }
}
