import { instrumentationOf } from "@jobtrail/instrumentation";
import type { InstrumentationClass, JobtrailInstrumentation } from "@jobtrail/instrumentation";
import { agenda } from "./system.ts";
import { watcher } from "./watch.ts";

export { agenda };

/** The instrumentation, for `registerInstrumentations`. */
export const AgendaInstrumentation: InstrumentationClass = instrumentationOf(agenda, watcher);

/** An instance of `AgendaInstrumentation`. */
export type AgendaInstrumentation = JobtrailInstrumentation;
