import type { TriggerType } from "@jobtrail/conventions";
import { kindReader, reader } from "@jobtrail/instrumentation/adapter";
import type { JobKind, JobReading } from "@jobtrail/instrumentation/adapter";
import type { Job, MinimalQueue } from "bullmq";
import { carriedBy, isMarkedBlocked } from "./carrier.ts";

/** What of a BullMQ queue, worker or flow producer says where its jobs are stored. */
export type Owner = Pick<MinimalQueue, "name" | "qualifiedName"> & {
  readonly opts?: { readonly connection?: unknown; readonly telemetry?: unknown };
  /** Not public: version 6 has the one, version 5 the other. */
  readonly backend?: { readonly connection?: unknown; readonly closing?: unknown } | undefined;
  readonly connection?: unknown;
};

/** The queue, worker or flow producer that a job object belongs to; the property is not public. */
export const ownerOf = (job: Job): Owner => (job as unknown as { queue: Owner }).queue;

const namespaces = new WeakMap<object, string>();

/** Key prefix and database number, which producer, worker and observer know alike. */
function namespaceOf(owner: Owner): string {
  const known = namespaces.get(owner);
  if (known !== undefined) return known;
  const namespace = `${prefixOf(owner)}/${databaseOf(owner)}`;
  namespaces.set(owner, namespace);
  return namespace;
}

const prefixOf = ({ qualifiedName, name }: Owner): string =>
  qualifiedName.endsWith(`:${name}`) ? qualifiedName.slice(0, -name.length - 1) : "";

/** A job of a flow that has no connection of its own, as in version 5, is in its flow's database. */
export function inDatabaseOf(flow: JobKind, job: Job): void {
  const owner = ownerOf(job);
  if (owner.backend !== undefined || owner.connection !== undefined) return;
  namespaces.set(owner, `${prefixOf(owner)}/${flow.namespace?.split("/").at(-1) ?? 0}`);
}

/** The options of a client: ioredis writes `db`, node-redis `database`. */
type Options = { readonly db?: unknown; readonly database?: unknown };

/**
 * The number of the database, as the client has it, which reads it from options and URLs of all forms;
 * the jobs of a flow have no other way to it. Where no client is found, as it was given; else 0.
 */
function databaseOf({ backend, connection, opts }: Owner): number {
  const held = (backend?.connection ?? connection) as { _client?: { options?: Options } } | undefined;
  const given = opts?.connection as (Options & { options?: Options }) | undefined;
  const numbers = [held?._client?.options, given?.options, given].map((each) => each?.db ?? each?.database);
  return Number(numbers.find((each) => each !== undefined && each !== null) ?? 0) || 0;
}

/** Jobs of flows that this process made and that wait for their children. */
export const blockedJobs: WeakSet<Job> = new WeakSet<Job>();

const isBlocked = (job: Job): boolean => blockedJobs.has(job) || isMarkedBlocked(job.opts);

/**
 * When a job was made. A scheduler's job is stored with two times, a moment apart; the one among its
 * options is known to whoever made it, too.
 */
export const createdOf = (job: Job): number => job.opts.timestamp ?? job.timestamp;

/** When a scheduler meant the job to start: the last part of the job's id, `repeat:<scheduler>:<ms>`. */
const nominalOf = (job: Job): number | undefined =>
  job.repeatJobKey === undefined ? undefined : Number(/:(\d+)$/.exec(job.id ?? "")?.[1] ?? Number.NaN) || undefined;

function delayOf(job: Job): number {
  const nominal = nominalOf(job);
  return nominal === undefined ? (job.opts.delay ?? 0) : Math.max(0, nominal - createdOf(job));
}

/** What BullMQ counts; version 4 counts tries when they start, and nothing else. */
type Counts = Pick<Job, "attemptsMade"> & Partial<Pick<Job, "attemptsStarted">>;

const startsOf = (job: Counts): number => job.attemptsStarted ?? job.attemptsMade;

/** Version 5 counts a try when it is over. */
const attemptOf = (job: Counts): number =>
  job.attemptsStarted === undefined ? job.attemptsMade : job.attemptsMade + 1;

/** BullMQ does not store since when a job may be tried again, nor when its last child was done. */
const readyOf = (job: Job): number | undefined =>
  startsOf(job) > 1 || isBlocked(job) ? undefined : (nominalOf(job) ?? createdOf(job) + (job.opts.delay ?? 0));

/** Jobs of a scheduler carry its options; the public type does not say so. */
type RepeatedOptions = { readonly repeat?: { readonly every?: unknown } };

function triggerOf(job: Job): TriggerType {
  const { opts } = job;
  if (job.repeatJobKey !== undefined)
    return (opts as RepeatedOptions).repeat?.every === undefined ? "cron" : "interval";
  return (opts.delay ?? 0) > 0 ? "delay" : "api";
}

/** Reads a job, as producers, workers and observers have it. */
export const readJob: (job: Job) => JobReading = reader<Job>("bullmq", {
  namespace: (job) => namespaceOf(ownerOf(job)),
  queue: (job) => ownerOf(job).name,
  name: ({ name }) => name,
  schedule: ({ repeatJobKey }) => repeatJobKey,
  // The first releases of BullMQ 5.41 put the answer of another command in the place of a scheduled job's id.
  id: (job) => (typeof job.id === "number" && job.repeatJobKey !== undefined ? job.opts.jobId : job.id),
  created: createdOf,
  delay: delayOf,
  ready: readyOf,
  nominal: nominalOf,
  blocked: isBlocked,
  trigger: triggerOf,
  maxAttempts: ({ opts }) => opts.attempts ?? 1,
  priority: ({ priority }) => priority,
  runNumber: startsOf,
  attempt: attemptOf,
  // The stored start and its number, which every observer can read; in one millisecond there may be two.
  runMark: (job) => `${job.processedOn ?? 0}.${startsOf(job)}`,
  carried: ({ opts }) => carriedBy(opts),
  input: ({ data }) => data as unknown,
});

/** A job of which nothing is known but where it goes, and perhaps its id. */
export interface Named {
  readonly owner: Owner;
  readonly name?: string | undefined;
  readonly schedule?: string | undefined;
  readonly id?: string | undefined;
}

/** Reads what is known of a job without its object. */
export const readNamed: (job: Named) => JobReading = reader<Named>("bullmq", {
  namespace: ({ owner }) => namespaceOf(owner),
  queue: ({ owner }) => owner.name,
  name: ({ name }) => name,
  schedule: ({ schedule }) => schedule,
  id: ({ id }) => id,
});

/** Reads where a job goes, before there is one. */
export const readKind: (job: Named) => JobKind = kindReader<Named>("bullmq", {
  namespace: ({ owner }) => namespaceOf(owner),
  queue: ({ owner }) => owner.name,
  name: ({ name }) => name,
  schedule: ({ schedule }) => schedule,
});

/** A job as its store has it; read through the app's own class, so that subclasses keep their ways. */
export const storedJob = async (Class: unknown, owner: Owner, id: string): Promise<Job | undefined> =>
  (Class as { fromId(queue: unknown, id: string): Promise<Job | undefined> }).fromId(owner, id);
