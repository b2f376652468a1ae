import { lookup } from "../word.ts";
import type { Meaning } from "../word.ts";

const cancelled: Meaning = { event: "job.run.ended", state: "cancelled", result: "cancellation" };
const cancelling: Meaning = { event: "job.run.progress", state: "active" };

/** The documented statuses: the log has the first three, what shows a job at work has the others. */
export const statuses: readonly string[] = ["Successful", "Failed", "Cancelled", "Running", "Finalizing", "Cancelling"];

const meanings: Readonly<Record<string, Meaning>> = {
  successful: { event: "job.run.ended", state: "completed", result: "success" },
  failed: { event: "job.run.ended", state: "failed", result: "failure" },
  cancelled,
  canceled: cancelled,
  running: { event: "job.run.started", state: "active" },
  finalizing: { event: "job.run.progress", state: "active" },
  cancelling,
  canceling: cancelling,
  // The log knows no job before its start and none whose end has no result: these are Jobtrail's own words for them.
  waiting: { event: "job.queued", state: "waiting" },
  stopped: { event: "job.run.ended", state: "stopped" },
  removed: { event: "job.removed", state: "removed" },
};

/** What a status means; nothing for one that no document lists. */
export const find: (status: string) => Meaning | undefined = lookup(meanings);

/** Stands as the space of an execution for the whole site. */
export const wholeSite = "(multiple)";

/** Stands as who executed a job that its schedule has started. */
export const scheduled = "Scheduled execution";

/** What the seven metrics count. One that is absent does not apply to the job: it is not zero. */
export const metrics = [
  ["Spaces processed", "job.counter.spaces_processed", "Spaces that were processed successfully."],
  ["Spaces total", "job.counter.spaces_total", "Spaces that the job was meant to process."],
  ["Content events initialized", "job.counter.content_events_initialized", "Contents whose events were initialized."],
  ["Content statuses refreshed", "job.counter.content_statuses_refreshed", "Contents whose statuses were refreshed."],
  ["Emails sent", "job.counter.emails_sent", "E-mails that were sent."],
  ["Contents archived", "job.counter.contents_archived", "Pages that were archived."],
  ["Contents deleted", "job.counter.contents_deleted", "Contents that were deleted."],
] as const;
