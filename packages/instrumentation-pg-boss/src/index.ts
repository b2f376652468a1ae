import { instrumentationOf } from "@jobtrail/instrumentation";
import type { InstrumentationClass, JobtrailInstrumentation } from "@jobtrail/instrumentation";
import { pgboss } from "./system.ts";
import { watcher } from "./watch.ts";

export { pgboss };

/** The instrumentation, for `registerInstrumentations`. */
export const PgBossInstrumentation: InstrumentationClass = instrumentationOf(pgboss, watcher);

/** An instance of `PgBossInstrumentation`. */
export type PgBossInstrumentation = JobtrailInstrumentation;
