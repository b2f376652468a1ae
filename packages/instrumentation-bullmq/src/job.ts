import type { DefinitionAttributes, JobAttributes, TriggerType } from "@jobtrail/conventions";
import { isoOfMillis, jobUid } from "@jobtrail/core";
import type { Definition, Recorder } from "@jobtrail/core";
import type { Job, JobsOptions, MinimalQueue } from "bullmq";

/** What of a BullMQ queue, worker or flow producer names the place of its jobs. */
export type Place = Pick<MinimalQueue, "name" | "qualifiedName"> & { readonly opts?: unknown };

const namespaces = new WeakMap<object, string>();

/** Key prefix and database number, which producer, worker and observer know alike. */
export function namespaceOf(place: Place): string {
  const known = namespaces.get(place);
  if (known !== undefined) return known;
  const { qualifiedName = "", name } = place;
  const prefix = qualifiedName.endsWith(`:${name}`) ? qualifiedName.slice(0, -name.length - 1) : "";
  const namespace = `${prefix}/${databaseOf((place.opts as { connection?: unknown } | undefined)?.connection)}`;
  namespaces.set(place, namespace);
  return namespace;
}

/** The database number of a connection: of a client, of its options, or of a URL; 0 where none is said. */
function databaseOf(connection: unknown): number {
  const given = connection as { db?: unknown; url?: unknown; options?: { db?: unknown } } | undefined;
  const db = given?.options?.db ?? given?.db;
  if (typeof db === "number") return db;
  const path = typeof given?.url === "string" && URL.canParse(given.url) ? new URL(given.url).pathname : "";
  return Number(/^\/(\d+)$/.exec(path)?.[1] ?? 0);
}

/** The constants of a job's definition. */
export const constantsOf = (place: Place, name?: string, schedule?: string): DefinitionAttributes => ({
  "job.system.name": "bullmq",
  "job.namespace": namespaceOf(place),
  "job.queue.name": place.name,
  ...(name !== undefined && { "job.name": name }),
  ...(schedule !== undefined && { "job.schedule.id": schedule }),
});

/** A job's definition. */
export const definitionOf = (to: Recorder, job: Job): Definition =>
  to.define(constantsOf(placeOf(job), job.name, job.repeatJobKey));

/** The queue, worker or flow producer that a job object belongs to; the property is not public. */
export const placeOf = (job: Job): Place & { opts?: { telemetry?: unknown } } =>
  (job as unknown as { queue: Place & { opts?: { telemetry?: unknown } } }).queue;

/** `job.uid`. BullMQ uses ids again (after obliterate they start at 1), so the time of creation is part of it. */
export const uidOf = (place: Place, id: string, timestamp: number): string =>
  jobUid({ system: "bullmq", namespace: namespaceOf(place), queue: place.name, id, created: timestamp });

/** What holds for a job through its whole life. */
export function jobAttributes(job: Job): JobAttributes {
  const { opts, id = "", timestamp } = job;
  return {
    "job.id": id,
    "job.uid": uidOf(placeOf(job), id, timestamp),
    "job.max_attempts": Math.max(1, opts.attempts ?? 1),
    "job.trigger.type": triggerOf(job),
    ...(job.priority > 0 && { "job.priority": job.priority }),
  };
}

/** Jobs of a scheduler carry its options; the public type does not say so. */
type RepeatedOptions = { readonly repeat?: { readonly every?: unknown } };

/** When a scheduler meant the job to start, in milliseconds: the last part of the job's id, `repeat:<scheduler>:<ms>`. */
export const nominalOf = ({ id, repeatJobKey }: Job): number | undefined =>
  repeatJobKey === undefined ? undefined : Number(/:(\d+)$/.exec(id ?? "")?.[1] ?? Number.NaN) || undefined;

function triggerOf({ opts, repeatJobKey }: Job): TriggerType {
  if (repeatJobKey !== undefined) return (opts as RepeatedOptions).repeat?.every === undefined ? "cron" : "interval";
  return (opts.delay ?? 0) > 0 ? "delay" : "api";
}

/** What holds for a job when it is queued: whether it waits, and until when. */
export function queuedAttributes(job: Job): JobAttributes {
  const nominal = nominalOf(job);
  const delay = nominal === undefined ? (job.opts.delay ?? 0) : Math.max(0, nominal - job.timestamp);
  return {
    ...jobAttributes(job),
    "job.state": delay > 0 ? "scheduled" : "waiting",
    ...(nominal !== undefined && { "job.schedule.nominal_time": isoOfMillis(nominal) }),
    ...(delay > 0 && {
      "job.delay": delay / 1000,
      "job.available_at": isoOfMillis(job.timestamp + delay),
    }),
  };
}

/** Whether another job may have stood for this one, so that only the stored job tells. */
export const mayBeKept = (opts: JobsOptions): boolean => opts.jobId !== undefined || opts.deduplication !== undefined;
