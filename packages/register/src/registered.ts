const key: unique symbol = Symbol.for("opentelemetry.js.api.1");

/** What OpenTelemetry keeps one of per process. */
export type Slot = "trace" | "logs" | "metrics" | "context" | "propagation" | "diag";

/**
 * What someone registered in a slot, through whichever copy and build of the API. The API itself
 * gives a stand-in for an empty slot that cannot be told from the real thing.
 */
export const registered = (slot: Slot): unknown =>
  (globalThis as { [key]?: Partial<Record<Slot, unknown>> })[key]?.[slot];
