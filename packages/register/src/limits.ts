import type { Limits } from "./batch.ts";

/**
 * The limits of a batch, by OpenTelemetry's variables. Its usual 2,048 kept items are fewer than
 * one bulk call can make; encoded, the ones kept here are some 25 MB.
 */
export function limitsIn(env: NodeJS.ProcessEnv, prefix: "OTEL_BLRP" | "OTEL_BSP", delayMs: number): Limits {
  const kept = numberIn(env, `${prefix}_MAX_QUEUE_SIZE`, 32_768);
  return {
    kept,
    perRequest: Math.min(kept, numberIn(env, `${prefix}_MAX_EXPORT_BATCH_SIZE`, 512)),
    delayMs: numberIn(env, `${prefix}_SCHEDULE_DELAY`, delayMs),
  };
}

/** A number above zero from a variable; what is none counts as absent, as OpenTelemetry asks. */
export function numberIn(env: NodeJS.ProcessEnv, name: string, absent: number): number {
  const value = Number(env[name]);
  // A timer with a longer delay would be over at once.
  return value > 0 && value < 2 ** 31 ? value : absent;
}
