export { instrumentationOf } from "./instrumentation.ts";
export type { InstrumentationClass, JobtrailConfig, JobtrailInstrumentation, Loaded } from "./instrumentation.ts";
export { all, outcome, wrap } from "./patch.ts";
export type { Call } from "./patch.ts";
export type { JobSystem, Target, Undo } from "./system.ts";
