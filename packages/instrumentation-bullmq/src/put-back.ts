import { isoOfMillis } from "@jobtrail/core/event";
import type { JobAttributes, JobState } from "@jobtrail/conventions";
import type { Job } from "bullmq";
import { uidOf } from "./job.ts";
import { readyAt, untilOf } from "./ready.ts";

/** Errors by which a processor says that it has put its job back: BullMQ knows them by name. */
const errors: Readonly<Record<string, readonly [reason: string, state: JobState]>> = {
  DelayedError: ["delayed", "scheduled"],
  WaitingError: ["put back to wait", "waiting"],
  WaitingChildrenError: ["waiting for its children", "blocked"],
};
const rateLimited = ["rate limited", "waiting"] as const;

/** How a run ended that put its job back; nothing where it failed. */
export function putBack(job: Job, thrown: unknown): JobAttributes | undefined {
  const { name = "", message } = (thrown ?? {}) as { name?: string; message?: string };
  // Of this one BullMQ looks at the message, and before all others.
  const known = message === "bullmq:rateLimitExceeded" ? rateLimited : Object.hasOwn(errors, name) && errors[name];
  if (!known) return undefined;
  const [reason, state] = known;
  const until = state === "scheduled" ? untilOf(job) : undefined;
  if (state !== "blocked") readyAt(uidOf(job), until ?? Date.now());
  return {
    "job.run.result": "deferred",
    "job.run.final": false,
    "job.reason": reason,
    "job.state": state,
    ...(until !== undefined && { "job.available_at": isoOfMillis(until) }),
  };
}
