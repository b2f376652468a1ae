import { instrumentationOf } from "@jobtrail/instrumentation";
import type { InstrumentationClass, JobtrailInstrumentation } from "@jobtrail/instrumentation";
import { bullmq } from "./system.ts";
import { watcher } from "./watch.ts";

export { bullmq };

/** The instrumentation, for `registerInstrumentations`. */
export const BullMQInstrumentation: InstrumentationClass = instrumentationOf(bullmq, watcher);

/** An instance of `BullMQInstrumentation`. */
export type BullMQInstrumentation = JobtrailInstrumentation;
