import type { Refusal } from "@jobtrail/core/event";
import type { Job } from "@jobtrail/core/fold";
import type { Encoding, Received, Refused, Signal } from "@jobtrail/otlp";
import type { HrTime } from "@opentelemetry/api";
import type { JobField } from "./query/field.ts";
import type { Cursor, GroupBy, JobQuery, PageRequest } from "./query/query.ts";
import type { JobRow } from "./view.ts";

/** An export request, as it was received. */
export interface Batch {
  readonly signal: Signal;
  readonly encoding: Encoding;
  /** It belongs to the store once it is given. */
  readonly body: Uint8Array;
  /** When it was received. */
  readonly received: HrTime;
}

/** What became of a batch. */
export interface Appended {
  /** How many job events were kept that had not been there before. */
  readonly stored: number;
  /** How many had been there already: equal record uids are one record. */
  readonly duplicates: number;
  /** The records that could not be read; they are kept aside with their reasons. */
  readonly refused: readonly Refused[];
}

/** What a job log holds, counted. */
export interface Summary {
  readonly jobs: number;
  /** Of all jobs. */
  readonly runs: number;
  /** Jobs whose result is success, removed ones included. */
  readonly success: number;
  /** Jobs that failed and will not run again by themselves, removed ones included. */
  readonly failure: number;
  /** Runs that failed and were to be followed by another try (`job.run.final` is false), lost ones included. */
  readonly retries: number;
  /** Runs that nobody saw end, and that are over: a later run has started, or their end was inferred. */
  readonly lost: number;
  /** Job events that are kept, inferred ones included. */
  readonly records: number;
  /** Spans that arrived; they are counted and not kept. */
  readonly spans: number;
  /** Metric points that arrived; they are counted and not kept. */
  readonly metrics: number;
  /** Records that could not be read. */
  readonly refused: number;
  /** Log records that belong to no job; they are counted and not kept. */
  readonly other: number;
}

/** A record that is kept, as it was received. */
export interface KeptRecord extends Received {
  /** What in it cannot be so, such as a time years ahead. */
  readonly anomaly?: string;
}

/** Everything that is kept of one job. */
export interface JobHistory {
  readonly job: Job;
  /** Its events in the order of its life. Of very many, the newest and what says how the job began. */
  readonly events: readonly KeptRecord[];
  /** How many further events it has. */
  readonly older: number;
  /** Log lines of its runs, oldest first; of many, the newest 1000. */
  readonly lines: readonly Received[];
}

/** Jobs, most recent first. */
export interface JobPage {
  readonly jobs: readonly JobRow[];
  /** The cursor of the newest of them. */
  readonly top?: Cursor;
  /** Where the older ones begin; absent where there are none. */
  readonly older?: Cursor;
  /** Where the newer ones begin; absent where there are none. */
  readonly newer?: Cursor;
  /** There was no time to look further: the next page goes on there. */
  readonly isCut?: true;
}

/** A job that has changed, and the number of its change among all changes. */
export interface Change {
  readonly change: number;
  readonly job: JobRow;
}

/** Changes, in their order. */
export interface Changes {
  readonly changes: readonly Change[];
  /** The number to go on after. */
  readonly last: number;
  /** Some changes are not remembered any more: whoever follows has to read anew what he shows. */
  readonly isGap: boolean;
}

/** What is forgotten. A day's jobs are forgotten together, once all of the day is older than a time. */
export interface Retention {
  /** What was received before this time is forgotten, unless its job is still open or was heard of since. */
  readonly before: HrTime;
  /** Scopes that are kept for another time. */
  readonly scopes?: Readonly<Record<string, HrTime>>;
  /** Scopes of which nothing is forgotten. */
  readonly hold?: readonly string[];
}

/** What was forgotten. */
export interface Pruned {
  readonly jobs: number;
  readonly records: number;
  /** How much room it took on the disk. */
  readonly bytes: number;
}

/** What jobs of one kind are counted as. Times are ISO 8601 in UTC, durations seconds. */
export interface Bucket {
  /** What they have in common, by what they are counted by; a time is the beginning of its hour or day. */
  readonly by: Readonly<Partial<Record<GroupBy, string>>>;
  readonly jobs: number;
  readonly failed: number;
  readonly runs: number;
  readonly retries: number;
  readonly lost: number;
  /** The mean duration of their last runs; absent where none is known. */
  readonly duration?: number;
}

/** A definition of jobs, with how it usually goes. */
export interface DefinitionView {
  readonly system?: string;
  readonly namespace?: string;
  readonly queue?: string;
  readonly name?: string;
  readonly jobs: number;
  readonly failed: number;
  /** When its newest job was first heard of. */
  readonly last: string;
  /** The median and the 95th percentile of the durations of its newest jobs, at most 100; absent where none is known. */
  readonly duration?: { readonly median: number; readonly p95: number };
  /** Of jobs that a schedule makes: the usual time between two of them, and when the next one is due by that. */
  readonly expected?: { readonly every: number; readonly next: string };
}

/** Errors that differ only in numbers, ids, times and addresses. */
export interface ErrorGroup {
  readonly fingerprint: string;
  readonly type: string;
  /** The message, with names in the place of what differs. */
  readonly pattern: string;
  readonly jobs: number;
  /** When the first and the last of their jobs were first heard of. */
  readonly first: string;
  readonly last: string;
  /** The newest of them. */
  readonly uid: string;
}

/** A day that cannot be read, or not in part; the others are served. */
export interface Problem {
  /** Such as 2026-03-02. */
  readonly day: string;
  readonly reason: string;
}

/** Ends a watch; a second call does nothing. */
export type Undo = () => void;

/** The fields whose values a reader chooses from a list. */
export type ListedField = Extract<JobField, "system" | "queue" | "name" | "actor">;

/** Where records are kept. Whatever writes is one transaction: when its promise is fulfilled, it is committed. */
export interface JobStore {
  /**
   * Keeps the records of a request, and aside from them what could not be read. Spans and points are counted.
   * @returns a refusal where the body as a whole cannot be read.
   * @throws StoreError when nothing can be written; then nothing of the batch is kept.
   */
  append(batch: Batch): Promise<Appended | Refusal>;
  /**
   * Makes sure that records can be kept.
   * @throws StoreError with the reason where they cannot.
   */
  check(): Promise<void>;
  /** What is held, counted. */
  summary(): Promise<Summary>;
  /** A page of the jobs that a query asks for, most recent first. */
  jobs(query: JobQuery, page: PageRequest): Promise<JobPage>;
  /** A job, as all its records together describe it; nothing where there is none of this uid. */
  history(uid: string): Promise<JobHistory | undefined>;
  /** Several jobs at once, as `history` reads them, without log lines; those that there are. */
  histories(uids: readonly string[]): Promise<readonly JobHistory[]>;
  /**
   * Counts jobs. By time, each is counted when it was first heard of.
   * @throws QueryError where there was no time to count all.
   */
  statistics(query: JobQuery, by: readonly GroupBy[]): Promise<readonly Bucket[]>;
  /**
   * The definitions that have jobs that a query asks for, most recent first: at most 200.
   * @throws QueryError where there was no time to read all.
   */
  definitions(query: JobQuery): Promise<readonly DefinitionView[]>;
  /**
   * The errors of the jobs that a query asks for, those of most jobs first: at most 200.
   * @throws QueryError where there was no time to read all.
   */
  errors(query: JobQuery): Promise<readonly ErrorGroup[]>;
  /** The values that jobs have: at most 200. */
  values(field: ListedField): Promise<readonly string[]>;
  /** The number of the newest change. */
  newest(): Promise<number>;
  /** The jobs that changed after a change, in the order of their last changes, at most so many. */
  changes(after: number, most: number): Promise<Changes>;
  /** Calls after each batch that changed any job. */
  watch(listener: () => void): Undo;
  /**
   * Forgets days that have ended: jobs that are over, or that stopped, and were last heard of before a time, with all
   * that belongs to them. What was forgotten is noted.
   * @throws StoreError when nothing can be written.
   */
  prune(retention: Retention): Promise<Pruned>;
  /** The days that cannot be read, and why. */
  problems(): Promise<readonly Problem[]>;
  /**
   * Makes the jobs anew from the records.
   * @throws StoreError when nothing can be written.
   */
  rebuild(): Promise<void>;
  /** Ends its use, after what has been asked of it is done; later calls fail. */
  close(): Promise<void>;
}

/** How a store is opened. */
export interface StoreOptions {
  /** The folder that holds the data; in memory where absent. */
  readonly data?: string;
  /** How long a list may be looked for, in milliseconds; then it is answered as far as it is. */
  readonly longestReading?: number;
}
