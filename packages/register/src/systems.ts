import type { InstrumentationClass } from "@jobtrail/instrumentation";
import { BeeQueueInstrumentation } from "@jobtrail/instrumentation-bee-queue";
import { BullMQInstrumentation } from "@jobtrail/instrumentation-bullmq";
import { CronerInstrumentation } from "@jobtrail/instrumentation-croner";
import { PgBossInstrumentation } from "@jobtrail/instrumentation-pg-boss";

/** A job system that is watched. */
export interface Row {
  /** As in `OTEL_NODE_ENABLED_INSTRUMENTATIONS`. */
  readonly name: string;
  readonly Instrumentation: InstrumentationClass;
  /** Whether it is an ES module somewhere, which only a loader hook reaches. */
  readonly loader: boolean;
}

/** Every job system that is watched. */
export const systems: readonly Row[] = [
  { name: "bee-queue", Instrumentation: BeeQueueInstrumentation, loader: false },
  { name: "bullmq", Instrumentation: BullMQInstrumentation, loader: false },
  { name: "croner", Instrumentation: CronerInstrumentation, loader: true },
  { name: "pg-boss", Instrumentation: PgBossInstrumentation, loader: true },
];

/** Those that OpenTelemetry's own two variables leave. */
export function chosen(env: NodeJS.ProcessEnv): readonly Row[] {
  const wanted = namesIn(env["OTEL_NODE_ENABLED_INSTRUMENTATIONS"]);
  const unwanted = namesIn(env["OTEL_NODE_DISABLED_INSTRUMENTATIONS"]);
  return systems.filter(({ name }) => (wanted.length === 0 || wanted.includes(name)) && !unwanted.includes(name));
}

const namesIn = (text: string | undefined): string[] =>
  (text ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "");
