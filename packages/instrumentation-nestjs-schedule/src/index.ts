import { instrumentationOf } from "@jobtrail/instrumentation";
import type { InstrumentationClass, JobtrailInstrumentation } from "@jobtrail/instrumentation";
import { nestjsSchedule } from "./system.ts";
import { watcher } from "./watch.ts";

export { nestjsSchedule };

/** The instrumentation, for `registerInstrumentations`. */
export const NestjsScheduleInstrumentation: InstrumentationClass = instrumentationOf(nestjsSchedule, watcher);

/** An instance of `NestjsScheduleInstrumentation`. */
export type NestjsScheduleInstrumentation = JobtrailInstrumentation;
