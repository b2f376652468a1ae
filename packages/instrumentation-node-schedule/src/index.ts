import { instrumentationOf } from "@jobtrail/instrumentation";
import type { InstrumentationClass, JobtrailInstrumentation } from "@jobtrail/instrumentation";
import { nodeSchedule } from "./system.ts";
import { watcher } from "./watch.ts";

export { nodeSchedule };

/** The instrumentation, for `registerInstrumentations`. */
export const NodeScheduleInstrumentation: InstrumentationClass = instrumentationOf(nodeSchedule, watcher);

/** An instance of `NodeScheduleInstrumentation`. */
export type NodeScheduleInstrumentation = JobtrailInstrumentation;
