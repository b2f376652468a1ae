export { clampTimes } from "./clamp.ts";
export { errorOf } from "./error.ts";
export { describe, isRefusal, refuse } from "./event.ts";
export type { JobError, JobEvent, Refusal } from "./event.ts";
export { jobUid, processInstance, runUid, uidWithoutCreation } from "./identity.ts";
export type { JobIdentity } from "./identity.ts";
export { rowOf } from "./key.ts";
export { attributeLimit, restLimit, sizeLimit } from "./limit.ts";
export { isFailure, isSignOfLife, signsOfLife } from "./meaning.ts";
export { normalise } from "./normalise.ts";
export { fromRecord, isEventName, toRecord } from "./record.ts";
export type { LogData } from "./record.ts";
export { cut, secret, withoutSecrets } from "./redact.ts";
export type { Redact } from "./redact.ts";
export {
  compareTimes,
  fromIso,
  fromMillis,
  isoOfMillis,
  isTime,
  now,
  secondsBetween,
  toIso,
  toMillis,
} from "./time.ts";
export { textLimit } from "./value.ts";
