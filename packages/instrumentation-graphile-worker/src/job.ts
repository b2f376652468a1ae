import { reader } from "@jobtrail/instrumentation/adapter";
import type { JobKind, JobReading } from "@jobtrail/instrumentation/adapter";

/** A job's row, as `addJob` gives it and as workers hand it to their tasks. */
export interface Job {
  readonly id: string;
  readonly task_identifier: string;
  readonly payload: unknown;
  readonly priority: number;
  readonly run_at: Date;
  readonly created_at: Date;
  readonly updated_at: Date;
  /** Its starts so far, this one included. */
  readonly attempts: number;
  readonly max_attempts: number;
  readonly last_error: string | null;
  readonly key: string | null;
  /** How often the job of this key was asked for again. */
  readonly revision: number;
  readonly locked_at: Date | null;
  /** Words by which workers may leave jobs alone, each with true. */
  flags: Readonly<Record<string, true>> | null;
}

/** A job and the schema of its tables. */
export interface Known {
  readonly job: Job;
  readonly schema: string;
  /** Whether it was asked for by a call that we see, and not by SQL. */
  readonly isAsked?: true;
}

/** What the shared options of each version say of the schema. */
export interface Options {
  readonly workerSchema?: string | undefined;
  readonly schema?: string | undefined;
}

/** The schema of a worker's tables, which all observers know. */
export const schemaOf = (options: Options | undefined): string =>
  options?.workerSchema ?? options?.schema ?? "graphile_worker";

/** The jobs of one task. Graphile Worker's own queues only keep jobs apart: workers take by the task. */
export const kindOf = (schema: string, task: string): JobKind => ({ namespace: schema, queue: task, name: task });

const prefix = "jobtrail:";

/** The flag that carries context: one word, so that whoever forbids flags by name skips none for it. */
export const flagOf = (carrier: object): string => prefix + JSON.stringify(carrier);

/** What was in the flags of rows that the host has since been given. */
const carried = new WeakMap<Job, string>();

/** Takes our flag off a row that the host is given, and keeps what it holds. */
export function withoutFlag(job: Job): Job {
  const own = Object.keys(job.flags ?? {}).find((flag) => flag.startsWith(prefix));
  if (own === undefined) return job;
  carried.set(job, own.slice(prefix.length));
  const { [own]: _, ...kept } = job.flags ?? {};
  job.flags = Object.keys(kept).length === 0 ? null : kept;
  return job;
}

/** What Graphile Worker's cron adds to the payloads of its jobs. */
function cronOf({ payload }: Job): { readonly ts?: unknown } | undefined {
  const cron = (payload as { readonly _cron?: unknown } | null | undefined)?._cron;
  return typeof cron === "object" && cron !== null ? cron : undefined;
}

/** How long it was told to wait when it was last asked for; a clock of Node's may differ a little from the server's. */
const delayOf = ({ run_at, updated_at }: Job): number => {
  const ms = run_at.getTime() - updated_at.getTime();
  return ms < 1000 ? 0 : ms;
};

function triggerOf({ job, isAsked }: Known): string | undefined {
  if (cronOf(job) !== undefined) return "cron";
  if (isAsked === undefined) return undefined;
  return delayOf(job) > 0 ? "delay" : "api";
}

/** Reads a job's row. */
export const readJob: (known: Known) => JobReading = reader<Known>("graphile_worker", {
  namespace: ({ schema }) => schema,
  queue: ({ job }) => job.task_identifier,
  name: ({ job }) => job.task_identifier,
  schedule: ({ job }) => (cronOf(job) === undefined ? undefined : job.task_identifier),
  id: ({ job }) => job.id,
  created: ({ job }) => job.created_at,
  delay: ({ job }) => delayOf(job),
  ready: ({ job }) => job.run_at,
  nominal: ({ job }) => cronOf(job)?.ts,
  trigger: triggerOf,
  maxAttempts: ({ job }) => job.max_attempts,
  priority: ({ job }) => job.priority,
  runNumber: ({ job }) => job.attempts,
  attempt: ({ job }) => job.attempts,
  // Whoever reschedules a job may begin its attempts again.
  runMark: ({ job }) => `${job.locked_at?.getTime() ?? 0}.${job.attempts}`,
  carried: ({ job }) => carried.get(job),
  input: ({ job }) => job.payload,
});
