export { conformance, withService } from "./conformance.ts";
export { schedules } from "./schedules.ts";
export type { Made, Scheduler } from "./schedules.ts";
