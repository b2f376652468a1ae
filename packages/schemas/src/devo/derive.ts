import type { JobError } from "@jobtrail/core/event";
import type { Job } from "@jobtrail/core/fold";
import { given, isUuid, marked, millisOf, over, standingOf, uuidOf } from "../derive.ts";
import type { Standing } from "../derive.ts";
import type { Identity } from "../schema.ts";
import { unknownWord } from "../word.ts";
import type { DevoAnswer, DevoJob } from "./record.ts";

/** Devo stops a job on an error, and has no other word for one that failed or was cancelled. */
const words: Readonly<Record<Standing, string>> = {
  scheduled: "CREATED",
  waiting: "CREATED",
  blocked: "CREATED",
  active: "RUNNING",
  suspended: "PAUSED",
  retrying: "PAUSED",
  stalled: "RECONNECTING",
  completed: "COMPLETED",
  failed: "STOPPED",
  cancelled: "STOPPED",
  stopped: "STOPPED",
  removed: "REMOVED",
  unknown: unknownWord,
};

/** Stands as the error of a job that failed and has none: without an error it would seem that a person had stopped it. */
export const failed = "failed";

/** Another system's job as Devo would answer for it. */
export function derived(job: Job, identity: Identity): DevoAnswer {
  const { id, isDerived } = idOf(job);
  const standing = standingOf(job);
  const error = errorsOf(job, standing);
  const isErrorDerived =
    error?.length !== 0 && errorOf(job, standing)?.message === undefined && warningsOf(job, standing).length === 0;
  return {
    status: 0,
    timestamp: millisOf(job.last),
    object: {
      status: words[standing],
      id,
      ...countsOf(job),
      lastDatetime: 0,
      ...wordsOf(job, identity),
      ...given("error", error),
    },
    ...marked(job, [
      "status",
      "timestamp",
      ...(isDerived ? ["object.id"] : []),
      "object.status",
      "object.lastDatetime",
      ...(isErrorDerived ? ["object.error"] : []),
      ...(job.attributes["job.tenant.id"] === undefined ? ["object.domain"] : []),
    ]),
  };
}

function idOf({ uid, attributes: { "job.id": id = "" } }: Job): { readonly id: string; readonly isDerived: boolean } {
  return isUuid(id) ? { id, isDerived: false } : { id: uuidOf(uid), isDerived: true };
}

function countsOf({ runs }: Job): Pick<DevoJob, "eventGenerated" | "eventsSent" | "extra"> {
  const attributes = runs.at(-1)?.attributes ?? {};
  const generated = attributes["job.counter.events_generated"];
  const sent = attributes["job.counter.events_sent"];
  const emails = attributes["job.counter.emails_sent"];
  return {
    ...(generated !== undefined && { eventGenerated: generated }),
    ...(sent !== undefined && { eventsSent: sent }),
    ...(emails !== undefined && { extra: { emailsSended: emails } }),
  };
}

function wordsOf(job: Job, { tenant }: Identity): Pick<DevoJob, "friendlyName" | "owner" | "domain"> {
  const { "job.name": name, "job.actor.id": owner, "job.tenant.id": domain = tenant } = job.attributes;
  return { ...given("friendlyName", name), ...given("owner", owner), ...given("domain", domain) };
}

/** None where nobody knows whether it failed or was stopped. */
function errorsOf(job: Job, standing: Standing): readonly string[] | undefined {
  const error = errorOf(job, standing);
  if (error !== undefined) return [error.message ?? error.type];
  if (standing === "failed") return [failed];
  return unreported.has(standing) && job.result === undefined ? undefined : warningsOf(job, standing);
}

const unreported: ReadonlySet<Standing> = new Set(["stopped", "removed", "unknown"]);

/** What an earlier run failed with is none of a job's that is at work again, or was removed before it ended. */
const errorOf = ({ state, error, runs }: Job, standing: Standing): JobError | undefined =>
  over.has(state) && standing !== "removed" ? error : runs.at(-1)?.error;

const warningsOf = ({ runs }: Job, standing: Standing): readonly string[] =>
  (standing === "completed" ? runs.at(-1)?.attributes["job.run.warnings"] : undefined) ?? [];
