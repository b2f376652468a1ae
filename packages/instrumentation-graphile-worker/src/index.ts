import { instrumentationOf } from "@jobtrail/instrumentation";
import type { InstrumentationClass, JobtrailInstrumentation } from "@jobtrail/instrumentation";
import { graphileWorker } from "./system.ts";
import { watcher } from "./watch.ts";

export { graphileWorker };

/** The instrumentation, for `registerInstrumentations`. */
export const GraphileWorkerInstrumentation: InstrumentationClass = instrumentationOf(graphileWorker, watcher);

/** An instance of `GraphileWorkerInstrumentation`. */
export type GraphileWorkerInstrumentation = JobtrailInstrumentation;
