import type { InstrumentationClass, JobtrailConfig, JobtrailInstrumentation } from "@jobtrail/instrumentation";
import { BeeQueueInstrumentation } from "@jobtrail/instrumentation-bee-queue";
import { BullMQInstrumentation } from "@jobtrail/instrumentation-bullmq";
import { CronerInstrumentation } from "@jobtrail/instrumentation-croner";
import { CronInstrumentation } from "@jobtrail/instrumentation-cron";
import { NodeCronInstrumentation } from "@jobtrail/instrumentation-node-cron";
import { NodeScheduleInstrumentation } from "@jobtrail/instrumentation-node-schedule";
import { PgBossInstrumentation } from "@jobtrail/instrumentation-pg-boss";
import { ToadSchedulerInstrumentation } from "@jobtrail/instrumentation-toad-scheduler";
import { chosen } from "./systems.ts";

const classes: readonly InstrumentationClass[] = [BeeQueueInstrumentation, BullMQInstrumentation, CronerInstrumentation, CronInstrumentation, NodeCronInstrumentation, NodeScheduleInstrumentation, PgBossInstrumentation, ToadSchedulerInstrumentation];

/**
 * The instrumentations of all job systems, for an app that starts an OpenTelemetry SDK by itself; those that
 * `OTEL_NODE_ENABLED_INSTRUMENTATIONS` and `OTEL_NODE_DISABLED_INSTRUMENTATIONS` leave.
 * @param options the same for each of them.
 * @example
 * import { jobInstrumentations } from "@jobtrail/auto-instrumentations";
 *
 * const names = jobInstrumentations().map(({ instrumentationName }) => instrumentationName);
 * console.log(names.includes("@jobtrail/instrumentation-bullmq")); // true
 */
export function jobInstrumentations(options: JobtrailConfig = {}): readonly JobtrailInstrumentation[] {
  const made = classes.map((Instrumentation) => new Instrumentation({ ...options, enabled: false }));
  const left = chosen(
    made.map(({ system }) => system),
    process.env,
  );
  return classes.flatMap((Instrumentation, at) =>
    left.some((system) => system === made[at]?.system) ? [new Instrumentation(options)] : [],
  );
}
