export { instrumentationOf } from "./instrumentation.ts";
export type { InstrumentationClass, JobtrailConfig, JobtrailInstrumentation, Loaded } from "./instrumentation.ts";
export { eventsOf, filesOf, includes, variantOf } from "./system.ts";
export type { JobSystem, Variant, WatchedFile } from "./system.ts";
export type { Watcher } from "./watcher.ts";
