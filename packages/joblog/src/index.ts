export { StoreError } from "./contract.ts";
export type { StoreCode, Summary } from "./contract.ts";
export { StartError } from "./errors.ts";
export type { StartCode } from "./errors.ts";
export { readEvents } from "./read.ts";
export { startJobLog } from "./server.ts";
export type { JobLog, JobLogOptions } from "./server.ts";
