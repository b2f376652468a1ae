import type { InstrumentationClass, JobtrailConfig, JobtrailInstrumentation } from "@jobtrail/instrumentation";
import { AgendaInstrumentation } from "@jobtrail/instrumentation-agenda";
import { BeeQueueInstrumentation } from "@jobtrail/instrumentation-bee-queue";
import { BreeInstrumentation } from "@jobtrail/instrumentation-bree";
import { BullInstrumentation } from "@jobtrail/instrumentation-bull";
import { BullMQInstrumentation } from "@jobtrail/instrumentation-bullmq";
import { CronerInstrumentation } from "@jobtrail/instrumentation-croner";
import { CronInstrumentation } from "@jobtrail/instrumentation-cron";
import { GraphileWorkerInstrumentation } from "@jobtrail/instrumentation-graphile-worker";
import { NestjsScheduleInstrumentation } from "@jobtrail/instrumentation-nestjs-schedule";
import { NodeCronInstrumentation } from "@jobtrail/instrumentation-node-cron";
import { NodeScheduleInstrumentation } from "@jobtrail/instrumentation-node-schedule";
import { PgBossInstrumentation } from "@jobtrail/instrumentation-pg-boss";
import { ToadSchedulerInstrumentation } from "@jobtrail/instrumentation-toad-scheduler";
import { chosen } from "./systems.ts";
import { watchBy } from "./watch.ts";

const classes: readonly InstrumentationClass[] = [
  AgendaInstrumentation,
  BeeQueueInstrumentation,
  BreeInstrumentation,
  BullInstrumentation,
  BullMQInstrumentation,
  CronerInstrumentation,
  CronInstrumentation,
  GraphileWorkerInstrumentation,
  NestjsScheduleInstrumentation,
  NodeCronInstrumentation,
  NodeScheduleInstrumentation,
  PgBossInstrumentation,
  ToadSchedulerInstrumentation,
];

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

/**
 * Watches a library that a bundler has put into the app's own file, where no hook sees it load. Call it before the
 * library is used. What cannot be watched is said through OpenTelemetry's `diag`; the app goes on.
 * @param name the package, such as `bullmq`.
 * @param module all that it exports.
 * @param version its version: a bundle does not say it.
 * @param options of the instrumentation; with `@jobtrail/register` its settings hold.
 * @example
 * import { watch } from "@jobtrail/auto-instrumentations";
 * import * as croner from "croner";
 *
 * watch("croner", croner, "11.0.1");
 * console.log(typeof croner.Cron); // function
 */
export const watch: (name: string, module: object, version: string, options?: JobtrailConfig) => void =
  watchBy(classes);
