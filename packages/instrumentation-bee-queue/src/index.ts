import { instrumentationOf } from "@jobtrail/instrumentation";
import type { InstrumentationClass, JobtrailInstrumentation } from "@jobtrail/instrumentation";
import { beeQueue } from "./system.ts";
import { watcher } from "./watch.ts";

export { beeQueue };

/** The instrumentation, for `registerInstrumentations`. */
export const BeeQueueInstrumentation: InstrumentationClass = instrumentationOf(beeQueue, watcher);

/** An instance of `BeeQueueInstrumentation`. */
export type BeeQueueInstrumentation = JobtrailInstrumentation;
