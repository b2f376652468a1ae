import { instrumentationOf } from "@jobtrail/instrumentation";
import type { InstrumentationClass, JobtrailInstrumentation } from "@jobtrail/instrumentation";
import { nodeCron } from "./system.ts";
import { watcher } from "./watch.ts";

export { nodeCron };

/** The instrumentation, for `registerInstrumentations`. */
export const NodeCronInstrumentation: InstrumentationClass = instrumentationOf(nodeCron, watcher);

/** An instance of `NodeCronInstrumentation`. */
export type NodeCronInstrumentation = JobtrailInstrumentation;
