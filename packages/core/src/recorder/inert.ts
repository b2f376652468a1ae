import { contexts } from "../globals.ts";
import type { Enqueue } from "./enqueue.ts";
import type { OpenRun } from "./run.ts";

const nothing = (): void => undefined;

/** The twin of an enqueue that nobody watches. */
export const inertEnqueue = (): Enqueue => ({ context: contexts.active(), carrier: {}, emit: nothing, end: nothing });

/** The twin of a run that nobody watches. */
export const inertRun = (): OpenRun => ({
  context: contexts.active(),
  within: (work) => work(),
  count: nothing,
  emit: nothing,
  settled: nothing,
  end: nothing,
});
