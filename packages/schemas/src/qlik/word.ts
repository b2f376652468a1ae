import type { TriggerType } from "@jobtrail/conventions";
import { lookup } from "../word.ts";
import type { Meaning } from "../word.ts";

/** What each documented status means; those that are no end are met all the same. */
const meanings: Readonly<Record<string, Meaning>> = {
  "not started": { event: "job.queued", state: "waiting" },
  queued: { event: "job.queued", state: "waiting" },
  starting: { event: "job.run.started", state: "active" },
  running: { event: "job.run.started", state: "active" },
  "must stop": { event: "job.run.progress", state: "active" },
  finished: { event: "job.run.ended", state: "completed", result: "success" },
  "finished with warnings": { event: "job.run.ended", state: "completed", result: "success", warning: true },
  failed: { event: "job.run.ended", state: "failed", result: "failure" },
  "exceeded limit": { event: "job.run.ended", state: "failed", result: "error" },
  stopped: { event: "job.run.ended", state: "cancelled", result: "cancellation" },
};

/** The documented statuses. */
export const statuses: readonly string[] = Object.keys(meanings);

/** What a status means; nothing for one that no document lists. */
export const find: (status: string) => Meaning | undefined = lookup(meanings);

/** What the run's source says of what made it run. A test run is started by whoever builds the automation. */
const triggers: Readonly<Record<string, TriggerType>> = {
  test_run: "manual",
  editor: "manual",
  detail: "manual",
  interactive: "manual",
  api: "api",
  api_sync: "api",
  api_async: "api",
  webhook: "event",
  lookup: "unknown",
};

/** The documented contexts. */
export const contexts: readonly string[] = Object.keys(triggers);

/** What made a run of a context; nothing for one that no document lists. */
export const triggerOf: (context: string) => TriggerType | undefined = lookup(triggers);
