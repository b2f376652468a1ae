import type { DefinitionAttributes, JobAttributes, TriggerType } from "@jobtrail/conventions";
import { isoOfMillis, jobUid } from "@jobtrail/core/event";
import type { Definition, Recorder } from "@jobtrail/core/recorder";
import type { Job, MinimalQueue } from "bullmq";

/** What of a BullMQ queue, worker or flow producer names the place of its jobs. */
export type Place = Pick<MinimalQueue, "name" | "qualifiedName"> & {
  readonly opts?: { readonly connection?: unknown; readonly telemetry?: unknown };
  /** Not public. */
  readonly backend?: unknown;
};

const namespaces = new WeakMap<object, string>();

/** Key prefix and database number, which producer, worker and observer know alike. */
export function namespaceOf(place: Place): string {
  const known = namespaces.get(place);
  if (known !== undefined) return known;
  const { qualifiedName, name } = place;
  const prefix = qualifiedName.endsWith(`:${name}`) ? qualifiedName.slice(0, -name.length - 1) : "";
  const namespace = `${prefix}/${databaseOf(place)}`;
  namespaces.set(place, namespace);
  return namespace;
}

/** The options of a client: ioredis writes `db`, node-redis `database`. */
type Options = { readonly db?: unknown; readonly database?: unknown };

/**
 * The number of the database, as the client has it, who reads it from options and URLs of all forms;
 * the jobs of a flow have no other way to it. Where no client is found, as it was given; else 0.
 */
function databaseOf({ backend, opts }: Place): number {
  const { connection } = (backend ?? {}) as { connection?: { _client?: { options?: Options } } };
  const client = connection?._client?.options;
  const given = opts?.connection as (Options & { options?: Options }) | undefined;
  return Number(client?.db ?? client?.database ?? given?.options?.db ?? given?.db ?? 0) || 0;
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
export const placeOf = (job: Job): Place => (job as unknown as { queue: Place }).queue;

/** A job as its store has it; read through the app's own class, so that subclasses keep their ways. */
export async function storedJob(Class: unknown, place: Place, id: string): Promise<Job | undefined> {
  return (Class as { fromId(queue: unknown, id: string): Promise<Job | undefined> }).fromId(place, id);
}

/**
 * When a job was made, in milliseconds. A scheduler's job is stored with two times, a moment apart;
 * the one among its options is known to whoever made it, too.
 */
export const createdOf = ({ opts, timestamp }: Job): number => opts.timestamp ?? timestamp;

/** `job.uid`. BullMQ uses ids again (after obliterate they start at 1), so the time of creation is part of it. */
export function uidOf(job: Job): string {
  const place = placeOf(job);
  const identity = { system: "bullmq", namespace: namespaceOf(place), queue: place.name, id: job.id ?? "" };
  return jobUid({ ...identity, created: createdOf(job) });
}

/** What holds for a job through its whole life. */
export function jobAttributes(job: Job): JobAttributes {
  return {
    "job.id": job.id ?? "",
    "job.uid": uidOf(job),
    "job.max_attempts": Math.max(1, job.opts.attempts ?? 1),
    "job.trigger.type": triggerOf(job),
    ...(job.priority > 0 && { "job.priority": job.priority }),
  };
}

/** All that is known of a job, for a record that stands outside of its runs. */
export const knownOf = (to: Recorder, job: Job): JobAttributes => ({
  ...definitionOf(to, job).attributes,
  ...jobAttributes(job),
});

/**
 * What is known of a job of which only the id was told: it is read once. Where it cannot be read there is
 * no uid; where there is no such job, nothing.
 */
export async function knownById(to: Recorder, queue: Place, id: string): Promise<JobAttributes | undefined> {
  const { Job: Class } = queue as unknown as { readonly Job: unknown };
  return storedJob(Class, queue, id).then(
    (job) => (job === undefined ? undefined : knownOf(to, job)),
    () => idAlone(queue, id),
  );
}

/** What is known of a job that cannot be read. */
export const idAlone = (queue: Place, id: string): JobAttributes => ({ ...constantsOf(queue), "job.id": id });

/** Jobs of a scheduler carry its options; the public type does not say so. */
type RepeatedOptions = { readonly repeat?: { readonly every?: unknown } };

/** When a scheduler meant the job to start, in milliseconds: the last part of the job's id, `repeat:<scheduler>:<ms>`. */
export const nominalOf = ({ id, repeatJobKey }: Job): number | undefined =>
  repeatJobKey === undefined ? undefined : Number(/:(\d+)$/.exec(id ?? "")?.[1] ?? Number.NaN) || undefined;

function triggerOf({ opts, repeatJobKey }: Job): TriggerType {
  if (repeatJobKey !== undefined) return (opts as RepeatedOptions).repeat?.every === undefined ? "cron" : "interval";
  return (opts.delay ?? 0) > 0 ? "delay" : "api";
}

/** What holds for a job when it is queued: whether it waits, and until when; a job with children waits for them. */
export function queuedAttributes(job: Job, blocked: boolean): JobAttributes {
  const nominal = nominalOf(job);
  const created = createdOf(job);
  const delay = nominal === undefined ? (job.opts.delay ?? 0) : Math.max(0, nominal - created);
  return {
    ...jobAttributes(job),
    ...(blocked && { "job.trigger.type": "dependency" }),
    "job.state": blocked ? "blocked" : delay > 0 ? "scheduled" : "waiting",
    ...(nominal !== undefined && { "job.schedule.nominal_time": isoOfMillis(nominal) }),
    ...(delay > 0 && { "job.delay": delay / 1000 }),
    // Its delay begins when the last child is done.
    ...(delay > 0 && !blocked && { "job.available_at": isoOfMillis(created + delay) }),
  };
}
