export type { Summary } from "./contract.ts";
export { StartError, StoreError } from "./errors.ts";
export type { StartCode, StoreCode } from "./errors.ts";
export { readEvents } from "./read.ts";
export { startJobLog } from "./server.ts";
export type { JobLog, JobLogOptions } from "./server.ts";
