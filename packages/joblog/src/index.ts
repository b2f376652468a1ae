export { developmentKey, developmentUser, isCredentialFault, readCredentials } from "./compat/credentials.ts";
export type { CredentialFault, Credentials } from "./compat/credentials.ts";
export type { Summary } from "./contract.ts";
export { StartError, StoreError } from "./errors.ts";
export type { StartCode, StoreCode } from "./errors.ts";
export { readEvents } from "./read.ts";
export { startJobLog } from "./server.ts";
export type { JobLog, JobLogOptions } from "./server.ts";
