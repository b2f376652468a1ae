import { BullMQOtel } from "bullmq-otel";
import { startTraces } from "./sdk.ts";
import type { Variant } from "./variant.ts";

/** BullMQ's own integration as its documentation sets it up: spans, nothing else. */
export function open(): Variant {
  const end = startTraces();
  return { telemetry: new BullMQOtel({ tracerName: "bench" }), end };
}
