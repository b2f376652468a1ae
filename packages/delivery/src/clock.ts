import timers from "node:timers";

/**
 * Node's timers and clocks as they were at load. A test environment replaces the global ones later: its clock must
 * neither fire our deadlines nor find our timers.
 */
export const setTimeout: typeof timers.setTimeout = timers.setTimeout;
export const clearTimeout: typeof timers.clearTimeout = timers.clearTimeout;

const dateNow = Date.now;
const performanceNow = performance.now.bind(performance);

/** Milliseconds since 1970. */
export const wallMs = (): number => dateNow();

/** Milliseconds on a clock that only goes forward. */
export const steadyMs = (): number => performanceNow();

/** Waits without keeping the process alive, or with. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));
