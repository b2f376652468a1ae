export { CheckpointError, checkpointIn } from "./checkpoint.ts";
export type { Checkpoint } from "./checkpoint.ts";
export { DeliveryError, recordsTo } from "./records.ts";
export type { EventSink, RecordsOptions } from "./records.ts";
export { replay } from "./replay.ts";
export type { Known } from "./replay.ts";
export { runSource } from "./run.ts";
export type { SourceEnd, SourceRun } from "./run.ts";
export type { Page, Source } from "./source.ts";
