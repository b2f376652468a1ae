import { kindReader, millis, reader, stallsOf } from "@jobtrail/instrumentation/adapter";
import type { JobKind, JobReading, Stalls } from "@jobtrail/instrumentation/adapter";

/** What of a queue is read. */
export interface Queue {
  readonly name: string;
  readonly keyPrefix: string;
  /** A getter, which connects where that has not happened yet. */
  readonly clients?: readonly { readonly options?: { readonly db?: unknown } }[];
  readonly options?: { readonly redis?: { readonly db?: unknown } };
  handlers: Record<string, unknown>;
}

/** What is stored with a job besides its data; keys that Bull does not know stay there. */
export interface JobOptions {
  readonly timestamp?: number;
  readonly delay?: number;
  readonly attempts?: number;
  readonly priority?: number;
  readonly jobId?: unknown;
  readonly debounce?: { readonly id?: string };
  readonly repeat?: Repeat;
  /** When the schedule means the job to start. */
  readonly prevMillis?: number;
  readonly jobtrail?: unknown;
}

interface Repeat {
  readonly key?: string;
  readonly count?: number;
  readonly cron?: string;
  readonly every?: unknown;
  readonly tz?: string;
}

/** A job object, in the process that asks for it and in the one that works it. */
export interface Job {
  readonly id?: unknown;
  readonly name: string;
  readonly queue: Queue;
  readonly data: unknown;
  readonly opts: JobOptions;
  readonly timestamp: number;
  readonly attemptsMade: number;
  readonly processedOn?: number | null;
  readonly finishedOn?: number | null;
}

/** Key prefix and database number, which producer, worker and observer know alike. */
const namespaceOf = ({ keyPrefix, clients, options }: Queue): string =>
  `${keyPrefix}/${Number(clients?.[0]?.options?.db ?? options?.redis?.db ?? 0) || 0}`;

/** Bull's word for a job without a name. */
const nameless = "__default__";

const nameOf = (name: string, queue: Queue): string => (name === nameless ? queue.name : name);

const delayOf = ({ opts }: Job): number => Math.max(0, opts.delay ?? 0);

function triggerOf({ opts }: Job): string {
  if (opts.repeat !== undefined) return opts.repeat.cron === undefined ? "interval" : "cron";
  return (opts.delay ?? 0) > 0 ? "delay" : "api";
}

/** Stalls that checks of this process have found; the job does not hold them. */
export const stalls: Stalls<Queue> = stallsOf();

/** Reads a job. Bull counts the attempts that failed, and not the starts. */
export const readJob: (job: Job) => JobReading = reader<Job>("bull", {
  namespace: ({ queue }) => namespaceOf(queue),
  queue: ({ queue }) => queue.name,
  name: ({ name, queue }) => nameOf(name, queue),
  schedule: ({ opts }) => opts.repeat?.key,
  expression: ({ opts }) => opts.repeat?.cron,
  timezone: ({ opts }) => opts.repeat?.tz,
  id: ({ id }) => id,
  created: ({ timestamp }) => timestamp,
  delay: delayOf,
  // When a later attempt may start is not stored.
  ready: (job) => (job.attemptsMade > 0 ? undefined : job.timestamp + delayOf(job)),
  nominal: ({ opts }) => (opts.repeat === undefined ? undefined : millis(opts.prevMillis)),
  trigger: triggerOf,
  maxAttempts: ({ opts }) => opts.attempts ?? 1,
  priority: ({ opts }) => opts.priority,
  runNumber: (job) => job.attemptsMade + 1 + stalls.of(job.queue, job.id),
  attempt: ({ attemptsMade }) => attemptsMade + 1,
  // The stored start, which every observer can read; in one millisecond there may be two.
  runMark: ({ processedOn, attemptsMade }) => `${processedOn ?? 0}.${attemptsMade}`,
  carried: ({ opts }) => opts.jobtrail,
  input: ({ data }) => data,
});

/** Reads where a job goes, before there is one. */
export const readKind: (job: { readonly queue: Queue; readonly name: string }) => JobKind = kindReader("bull", {
  namespace: ({ queue }) => namespaceOf(queue),
  queue: ({ queue }) => queue.name,
  name: ({ name, queue }) => nameOf(name, queue),
});
