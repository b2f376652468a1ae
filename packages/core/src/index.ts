export { asked, count, withActor, withScope } from "./ambient.ts";
export type { Actor, Asked, JobScope } from "./ambient.ts";
export type { Batch } from "./batch.ts";
export { carrierOf, extract, inject } from "./carrier.ts";
export type { Carrier } from "./carrier.ts";
export type { Definition } from "./definition.ts";
export type { Enqueue } from "./enqueue.ts";
export { errorOf } from "./error.ts";
export { describe, isRefusal, refuse } from "./event.ts";
export type { JobError, JobEvent, Refusal } from "./event.ts";
export { fold } from "./fold.ts";
export type { Job, Run } from "./fold.ts";
export { byJob } from "./group.ts";
export { guard, tell } from "./guard.ts";
export { jobUid, processInstance, runUid } from "./identity.ts";
export type { JobIdentity } from "./identity.ts";
export { attributeLimit, restLimit, sizeLimit } from "./limit.ts";
export { normalise, rowOf, textLimit } from "./normalise.ts";
export type { RecorderOptions } from "./options.ts";
export { ordered } from "./order.ts";
export { globalProviders } from "./providers.ts";
export type { Providers } from "./providers.ts";
export { fromRecord, isEventName, toRecord } from "./record.ts";
export type { LogData } from "./record.ts";
export { createRecorder } from "./recorder.ts";
export type { Recorder } from "./recorder.ts";
export { cut, secret, withoutSecrets } from "./redact.ts";
export type { Redact } from "./redact.ts";
export type { Render, Rendering } from "./render.ts";
export { replay } from "./replay.ts";
export type { OpenRun } from "./run.ts";
export { stamp } from "./stamp.ts";
export type { InstrumentationScope } from "./sink.ts";
export type { How } from "./start.ts";
export type { Page, Source } from "./source.ts";
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
