import { instrumentationOf } from "@jobtrail/instrumentation";
import type { InstrumentationClass, JobtrailInstrumentation } from "@jobtrail/instrumentation";
import { bull } from "./system.ts";
import { watcher } from "./watch.ts";

export { bull };

/** The instrumentation, for `registerInstrumentations`. */
export const BullInstrumentation: InstrumentationClass = instrumentationOf(bull, watcher);

/** An instance of `BullInstrumentation`. */
export type BullInstrumentation = JobtrailInstrumentation;
