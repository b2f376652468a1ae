import { lookup } from "../word.ts";
import type { Meaning } from "../word.ts";

/** What each documented status means. A stopped job may be started again; what paused or lost its server goes on by itself. */
const meanings: Readonly<Record<string, Meaning>> = {
  CREATED: { event: "job.queued", state: "waiting" },
  RUNNING: { event: "job.run.started", state: "active" },
  RECONNECTING: { event: "job.run.progress", state: "suspended" },
  PAUSED: { event: "job.run.progress", state: "suspended" },
  COMPLETED: { event: "job.run.ended", state: "completed", result: "success" },
  STOPPED: { event: "job.run.ended", state: "stopped", result: "cancellation" },
  REMOVED: { event: "job.removed", state: "removed" },
};

/** The documented statuses. */
export const statuses: readonly string[] = Object.keys(meanings);

/** What a status means; nothing for one that no document lists. */
export const find: (status: string) => Meaning | undefined = lookup(meanings);

/** The types of destinations. */
export const types: readonly string[] = ["donothing", "email", "hdfs", "kafka", "redis", "s3", "snmp"];

/** The codes of an answer. */
const codes: Readonly<Record<number, string>> = {
  0: "TASK_OK",
  1: "INVALID_REQUEST",
  100: "TASK_NOT_FOUND",
  101: "TASK_STATUS_NOT_CHANGE",
  102: "TASK_REMOVE_DB_ERROR",
  103: "TASK_STOP_DB_ERROR",
  104: "TASK_RESTART_DB_ERROR",
  105: "TASK_REMOTE_MSG_RESPONSE_NOT_FOUND",
  106: "TASK_REMOTE_MSG_RESPONSE",
  107: "TASK_REMOTE_MSG",
  108: "TASK_STOP_RUNNING_ERROR",
};

/** Codes of which the document gives the range only. */
const ranges: readonly (readonly [from: number, to: number, name: string])[] = [
  [200, 212, "S3_DESTINATION"],
  [213, 226, "EMAIL_DESTINATION"],
];

/** What a code is called; nothing for one that the document does not list. */
export const nameOfCode = (code: number): string | undefined =>
  codes[code] ?? ranges.find(([from, to]) => from <= code && code <= to)?.[2];
