import { instrumentationOf } from "@jobtrail/instrumentation";
import type { InstrumentationClass, JobtrailInstrumentation } from "@jobtrail/instrumentation";
import { cron } from "./system.ts";
import { watcher } from "./watch.ts";

export { cron };

/** The instrumentation, for `registerInstrumentations`. */
export const CronInstrumentation: InstrumentationClass = instrumentationOf(cron, watcher);

/** An instance of `CronInstrumentation`. */
export type CronInstrumentation = JobtrailInstrumentation;
