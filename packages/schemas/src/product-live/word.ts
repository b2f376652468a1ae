import type { TriggerType } from "@jobtrail/conventions";
import { lookup } from "../word.ts";
import type { Meaning } from "../word.ts";

/** The words of both the audit log and the job executions, which write one of them in another way. */
const meanings: Readonly<Record<string, Meaning>> = {
  PENDING: { event: "job.queued", state: "waiting" },
  RUNNING: { event: "job.run.started", state: "active" },
  COMPLETED: { event: "job.run.ended", state: "completed", result: "success" },
  COMPLETED_WITH_ERRORS: { event: "job.run.ended", state: "completed", result: "success", warning: true },
  TIMED_OUT: { event: "job.run.ended", state: "failed", result: "timeout" },
  TIMEDOUT: { event: "job.run.ended", state: "failed", result: "timeout" },
  FAILED: { event: "job.run.ended", state: "failed", result: "error" },
  TERMINATED: { event: "job.run.ended", state: "cancelled", result: "cancellation" },
  UNKNOWN: { event: "job.run.ended" },
  REMOVED: { event: "job.run.ended", state: "removed" },
  USER_ERROR: { event: "job.run.ended", state: "failed", result: "failure" },
};

/** What a status means; nothing for one that no document lists. */
export const find: (status: string) => Meaning | undefined = lookup(meanings);

/** The words of `jobInstanceStatus`. */
export const endWords: readonly string[] = [
  "COMPLETED",
  "COMPLETED_WITH_ERRORS",
  "TIMED_OUT",
  "FAILED",
  "TERMINATED",
  "UNKNOWN",
  "REMOVED",
  "USER_ERROR",
];

/** The words of a job execution's `status`. */
export const executionWords: readonly string[] = [
  "PENDING",
  "RUNNING",
  "COMPLETED",
  "USER_ERROR",
  "FAILED",
  "TERMINATED",
  "TIMEDOUT",
];

/** What made the job, by `actionOrigin`; the document writes `UNKOWN`. */
export const triggers: Readonly<Record<string, TriggerType>> = {
  APP: "manual",
  SETTINGS: "manual",
  PERIODIC: "cron",
  API: "api",
  PUBLICATION: "event",
  UNKOWN: "unknown",
  UNKNOWN: "unknown",
};

/** What made a job of an origin; nothing for one that no document lists. */
export const triggerOf: (origin: string) => TriggerType | undefined = lookup(triggers);

/** The kinds of system jobs. */
export const systemJobs: readonly string[] = [
  "table-delete-items-system",
  "refresh-items-system",
  "table-import-items-system",
];
