/** What an adapter is written with. It loads nothing of OpenTelemetry's instrumentation. */
export type { Around, Call } from "./around.ts";
export type { Events, OutsideName } from "./event.ts";
export type { Jobs } from "./jobs.ts";
export type { Outcome, Retry } from "./outcome.ts";
export type { Gathering, QueueCall, Queueing, Stored, StoredJobs, Twin } from "./queue.ts";
export { kindReader, millis, reader } from "./reading.ts";
export type { Fields, JobKind, JobReading } from "./reading.ts";
export type { Running, Work, Working } from "./run.ts";
export type { ScheduleReader, Schedules, Tick } from "./schedule.ts";
export { adopted, adopting } from "./span.ts";
export { stallsOf } from "./stall.ts";
export type { Stalls } from "./stall.ts";
export { after, tap } from "./tap.ts";
export type { OnCall, Tap, Undo } from "./tap.ts";
export { watcherOf } from "./watcher.ts";
export type { Adapter, LoadedFile, Watch, Watcher } from "./watcher.ts";
export { yielding } from "./yielding.ts";
export type { Inner, Missed, Several } from "./yielding.ts";
