import type { DefinitionAttributes, JobAttributes } from "@jobtrail/conventions";
import { isoOfMillis, jobUid } from "@jobtrail/core/event";
import type { Definition, Recorder } from "@jobtrail/core/recorder";
import type { JobInsert } from "pg-boss";
import type { Manager } from "./home.ts";

/** The schema as PostgreSQL stores its name, which every observer can know: pg-boss takes it quoted or bare. */
export function namespaceOf({ config: { schema } }: Manager): string {
  return /^".+"$/.test(schema) ? schema.slice(1, -1) : schema.toLowerCase();
}

/** The constants of a queue's jobs; pg-boss has no name of a job but its queue's. */
export const constantsOf = (manager: Manager, queue: string, schedule?: string): DefinitionAttributes => ({
  "job.system.name": "pgboss",
  "job.namespace": namespaceOf(manager),
  "job.queue.name": queue,
  "job.name": queue,
  ...(schedule !== undefined && { "job.schedule.id": schedule }),
});

/** The definition of a queue's jobs. */
export const definitionOf = (to: Recorder, manager: Manager, queue: string, schedule?: string): Definition =>
  to.define(constantsOf(manager, queue, schedule));

/** `job.uid`. pg-boss's ids are UUIDs and never used again. */
export const uidOf = (manager: Manager, queue: string, id: string): string =>
  jobUid({ system: "pgboss", namespace: namespaceOf(manager), queue, id });

/** What names a job among all others. */
export const identityOf = (manager: Manager, queue: string, id: string): JobAttributes => ({
  "job.id": id,
  "job.uid": uidOf(manager, queue, id),
});

/** What a job was asked for with; `singletonNextSlot` is `sendDebounced`'s own. */
export type Asking = JobInsert & { readonly singletonNextSlot?: boolean };

/** What holds for a job when it is queued, from what it was asked for with. */
export function queuedAttributes(manager: Manager, queue: string, asking: Asking, nowMs: number): JobAttributes {
  const limit = asking.retryLimit ?? manager.queues?.[queue]?.retryLimit;
  const wait = waitOf(asking, nowMs);
  return {
    ...(limit !== undefined && { "job.max_attempts": limit + 1 }),
    ...((asking.priority ?? 0) !== 0 && { "job.priority": asking.priority }),
    ...(wait !== undefined && { "job.state": wait === "none" ? "waiting" : "scheduled" }),
    ...(typeof wait === "number" && { "job.available_at": isoOfMillis(nowMs + wait), "job.delay": wait / 1000 }),
  };
}

/**
 * How long a job was told to wait, in milliseconds: `none`, or `some` where only the database can
 * read the interval. Nothing is known of a debounced job: it may stand in this slot or in the next.
 */
export function waitOf({ startAfter, singletonNextSlot }: Asking, nowMs: number): number | "none" | "some" | undefined {
  if (singletonNextSlot === true) return undefined;
  if (startAfter === undefined || startAfter === null || startAfter === "") return "none";
  if (startAfter instanceof Date) return ahead(startAfter.getTime() - nowMs);
  if (Number.isFinite(Number(startAfter))) return ahead(Number(startAfter) * 1000);
  // A date without a zone is read as UTC, as pg-boss does.
  const date = /^\d{4}-\d\d-\d\d(T[\d:.]+)?(Z|[+-]\d\d:?\d\d)?$/i.exec(String(startAfter));
  if (date === null) return "some";
  const at = Date.parse(`${startAfter}${date[1] !== undefined && date[2] === undefined ? "Z" : ""}`);
  return Number.isNaN(at) ? "some" : ahead(at - nowMs);
}

const ahead = (ms: number): number | "none" => (ms > 0 ? ms : "none");
