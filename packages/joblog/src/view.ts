import type { JobAttributes, JobState, RunResult } from "@jobtrail/conventions";
import { isFailure, toIso } from "@jobtrail/core/event";
import type { JobError } from "@jobtrail/core/event";
import type { Job, Run } from "@jobtrail/core/fold";
import type { HrTime, SpanContext } from "@opentelemetry/api";

/** How often a job was run. */
export interface RunCounts {
  readonly runs: number;
  /** Runs that failed and were to be followed by another try, lost ones included. */
  readonly retries: number;
  /** Runs that nobody saw end, and that are over. */
  readonly lost: number;
}

/** Who or what a job belongs to, or who asked for it. */
export interface Party {
  readonly type?: string;
  readonly id?: string;
  readonly name?: string;
}

/** A job as a list shows it. Times are ISO 8601 in UTC with the digits that are known, durations seconds. */
export interface JobRow {
  readonly uid: string;
  readonly id?: string;
  readonly system?: string;
  readonly namespace?: string;
  readonly queue?: string;
  readonly name?: string;
  readonly schedule?: string;
  readonly state: JobState;
  readonly result?: RunResult;
  readonly trigger?: string;
  readonly actor?: Party;
  readonly scope?: Party;
  readonly tenant?: string;
  /** When it was queued; else when it is first heard of. Lists are in this order. */
  readonly first: string;
  readonly queued?: string;
  /** When its first run began. */
  readonly started?: string;
  /** When its last run ended; absent while it may run again. */
  readonly ended?: string;
  /** When anything was last heard of it. */
  readonly last: string;
  /** How long its last run took. */
  readonly duration?: number;
  /** Of the job; while it is to be tried again, of its last run. */
  readonly error?: JobError;
  readonly counts: RunCounts;
  /** Only its newest runs are counted, and the number of runs is what the newest one says. */
  readonly partial?: true;
}

/** One run of a job. */
export interface RunView {
  readonly uid?: string;
  /** Which start of the job it is, from 1. */
  readonly number: number;
  readonly attempt?: number;
  readonly life: number;
  readonly start?: string;
  readonly end?: string;
  readonly lost?: true;
  readonly result?: RunResult;
  /** Whether its end was the job's end; absent where nobody knows. */
  readonly final?: boolean;
  readonly duration?: number;
  readonly wait?: number;
  readonly worker?: string;
  readonly error?: JobError;
  readonly trace?: string;
  readonly span?: string;
  readonly attributes: JobAttributes;
}

/** A job with all its runs, in the order of their start. */
export interface JobView extends JobRow {
  readonly attributes: JobAttributes;
  readonly runs: readonly RunView[];
}

/**
 * A job as a list shows it.
 * @param isPartial whether it has more events than are folded.
 */
export function rowOf(job: Job, isPartial = false): JobRow {
  const { attributes, runs, queued } = job;
  const newest = runs.at(-1);
  const error = job.error ?? (job.state === "completed" ? undefined : newest?.error);
  const first = runs.find(({ start }) => start !== undefined)?.start;
  return present<JobRow>({
    uid: job.uid,
    id: attributes["job.id"],
    system: attributes["job.system.name"],
    namespace: attributes["job.namespace"],
    queue: attributes["job.queue.name"],
    name: attributes["job.name"],
    schedule: attributes["job.schedule.id"],
    state: job.state,
    result: job.result,
    trigger: attributes["job.trigger.type"],
    actor: party(attributes, "job.actor"),
    scope: party(attributes, "job.scope"),
    tenant: attributes["job.tenant.id"],
    first: toIso(firstOf(job)),
    queued: iso(queued),
    started: iso(first),
    ended: isOver(job.state) ? iso(newest?.end) : undefined,
    last: toIso(job.last),
    duration: newest?.duration,
    error: error && present<JobError>({ type: error.type, message: error.message }),
    counts: {
      runs: isPartial ? Math.max(runs.length, newest?.attributes["job.run.number"] ?? 0) : runs.length,
      retries: runs.filter(isRetried).length,
      lost: runs.filter(({ lost }) => lost).length,
    },
    partial: isPartial ? true : undefined,
  });
}

/** A job with all its runs. */
export const viewOf = (job: Job, isPartial = false): JobView => ({
  ...rowOf(job, isPartial),
  ...(job.error !== undefined && { error: job.error }),
  attributes: job.attributes,
  runs: job.runs.map(runOf),
});

/** The states of a job that will not run again by itself. */
export const overStates: readonly JobState[] = ["completed", "failed", "cancelled", "removed"];

/** Whether a job of this state will not run again by itself. */
export const isOver = (state: JobState): boolean => overStates.includes(state);

/** Whether a job failed and will not run again by itself; a removal afterwards does not change that. */
export const hasFailed = ({ state, result }: { readonly state: JobState; readonly result?: RunResult }): boolean =>
  isFailure(result) && (isOver(state) || state === "stopped");

/** When a job was queued; else when it is first heard of. */
export const firstOf = ({ queued, runs, last }: Job): HrTime =>
  queued ?? runs.map(({ start, end }) => start ?? end).find((time) => time !== undefined) ?? last;

const isRetried = ({ lost, result, attributes }: Run): boolean =>
  attributes["job.run.final"] !== true &&
  (lost === true || (attributes["job.run.final"] === false && isFailure(result)));

function runOf(run: Run, index: number): RunView {
  const { attributes, start, end } = run;
  const span: SpanContext | undefined = run.started?.span ?? run.ended?.span;
  return present<RunView>({
    uid: run.uid,
    number: attributes["job.run.number"] ?? index + 1,
    attempt: attributes["job.run.attempt"],
    life: run.life,
    start: iso(start),
    end: iso(end),
    lost: run.lost,
    result: run.result,
    final: attributes["job.run.final"],
    duration: run.duration,
    wait: attributes["job.run.wait"],
    worker: attributes["job.worker.name"],
    error: run.error,
    trace: span?.traceId,
    span: span?.spanId,
    attributes,
  });
}

function party(attributes: JobAttributes, prefix: "job.actor" | "job.scope"): Party | undefined {
  const [type, id, name] = [attributes[`${prefix}.type`], attributes[`${prefix}.id`], attributes[`${prefix}.name`]];
  return type === undefined && id === undefined && name === undefined ? undefined : present<Party>({ type, id, name });
}

const iso = (time: HrTime | undefined): string | undefined => time && toIso(time);

/** Keys that hold nothing are left out where it is written as JSON. */
const present = <Whole extends object>(given: { [Key in keyof Whole]: Whole[Key] | undefined }): Whole =>
  given as unknown as Whole;
