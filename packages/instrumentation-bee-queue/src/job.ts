import { reader, stallsOf } from "@jobtrail/instrumentation/adapter";
import type { JobReading, Stalls } from "@jobtrail/instrumentation/adapter";

/** What of a queue is read. */
export interface Queue {
  readonly name: string;
  readonly settings: { readonly keyPrefix: string; readonly redis: { readonly db?: unknown } };
  /** There once it is connected. */
  readonly client?: { readonly selected_db?: unknown } | null;
}

/** A job object, in the process that asks for it and in the one that works it. */
export interface Job {
  readonly id: string | null;
  readonly queue: Queue;
  readonly data: unknown;
  readonly options: Options;
  /** Bee-Queue's own word for its state. */
  readonly status: string;
}

/** What is stored with a job besides its data; keys that Bee-Queue does not know stay there. */
export interface Options {
  readonly timestamp: number;
  /** How many tries are left after this one. */
  readonly retries?: number;
  /** When it may start: a time, and not a delay. */
  readonly delay?: number;
  /** The errors of its tries so far. */
  readonly stacktraces: readonly unknown[];
  readonly backoff?: { readonly strategy?: string; readonly delay?: number };
  jobtrail?: unknown;
}

/** Key prefix and database number, which producer, worker and observer know alike. */
function namespaceOf({ name, settings, client }: Queue): string {
  const { keyPrefix, redis } = settings;
  const prefix = keyPrefix.endsWith(`:${name}:`) ? keyPrefix.slice(0, -name.length - 2) : keyPrefix;
  return `${prefix}/${Number(client?.selected_db ?? redis.db ?? 0) || 0}`;
}

const failedTries = ({ options }: Job): number => options.stacktraces.length;

const isDelayed = ({ options }: Job): boolean => (options.delay ?? 0) > options.timestamp;

/** Stalls that checks of this process have found; the job does not hold them. */
export const stalls: Stalls<Queue> = stallsOf();

/** Reads a job. Bee-Queue has no name of a job but its queue's, and counts no tries: the stored errors do. */
export const readJob: (job: Job) => JobReading = reader<Job>("bee_queue", {
  namespace: ({ queue }) => namespaceOf(queue),
  queue: ({ queue }) => queue.name,
  name: ({ queue }) => queue.name,
  id: ({ id }) => id,
  created: ({ options }) => options.timestamp,
  delay: (job) => (isDelayed(job) ? (job.options.delay ?? 0) - job.options.timestamp : 0),
  // When a later try may start is not stored.
  ready: (job) => (failedTries(job) > 0 ? undefined : isDelayed(job) ? job.options.delay : job.options.timestamp),
  trigger: (job) => (isDelayed(job) ? "delay" : "api"),
  maxAttempts: (job) => failedTries(job) + (job.options.retries ?? 0) + 1,
  runNumber: (job) => failedTries(job) + 1 + stalls.of(job.queue, job.id),
  attempt: (job) => failedTries(job) + 1,
  carried: ({ options }) => options.jobtrail,
  input: ({ data }) => data,
});
