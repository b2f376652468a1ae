import { instrumentationOf } from "@jobtrail/instrumentation";
import type { InstrumentationClass, JobtrailInstrumentation } from "@jobtrail/instrumentation";
import { croner } from "./system.ts";
import { watcher } from "./watch.ts";

export { croner };

/** The instrumentation, for `registerInstrumentations`. */
export const CronerInstrumentation: InstrumentationClass = instrumentationOf(croner, watcher);

/** An instance of `CronerInstrumentation`. */
export type CronerInstrumentation = JobtrailInstrumentation;
