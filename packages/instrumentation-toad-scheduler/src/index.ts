import { instrumentationOf } from "@jobtrail/instrumentation";
import type { InstrumentationClass, JobtrailInstrumentation } from "@jobtrail/instrumentation";
import { toadScheduler } from "./system.ts";
import { watcher } from "./watch.ts";

export { toadScheduler };

/** The instrumentation, for `registerInstrumentations`. */
export const ToadSchedulerInstrumentation: InstrumentationClass = instrumentationOf(toadScheduler, watcher);

/** An instance of `ToadSchedulerInstrumentation`. */
export type ToadSchedulerInstrumentation = JobtrailInstrumentation;
