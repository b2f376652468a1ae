import { instrumentationOf } from "@jobtrail/instrumentation";
import type { InstrumentationClass, JobtrailInstrumentation } from "@jobtrail/instrumentation";
import { bree } from "./system.ts";
import { watcher } from "./watch.ts";

export { bree };

/** The instrumentation, for `registerInstrumentations`. */
export const BreeInstrumentation: InstrumentationClass = instrumentationOf(bree, watcher);

/** An instance of `BreeInstrumentation`. */
export type BreeInstrumentation = JobtrailInstrumentation;
