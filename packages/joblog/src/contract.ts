import type { Job } from "@jobtrail/core/fold";
import type { Received, Refused } from "@jobtrail/otlp";
import type { HrTime } from "@opentelemetry/api";
import type { Choices, Filter, JobPage, Place } from "./store/list.ts";
import type { JobRow } from "./view.ts";

/** What became of a batch of records. */
export interface Appended {
  /** How many records were kept that had not been there before. */
  readonly stored: number;
  /** How many had been there already: equal record uids are one record. */
  readonly duplicates: number;
  /** The job events that could not be read as such; they are kept aside with their reasons. */
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
  /** Job events, inferred ones included. */
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

/** A job that has changed, and the place of its change among all changes. */
export interface Change {
  readonly change: number;
  readonly job: JobRow;
}

/** A record that is kept, as it was received. */
export interface KeptRecord extends Received {
  /** What in it cannot be so, such as a time years ahead. */
  readonly anomaly?: string;
}

/** Ends a watch; a second call does nothing. */
export type Undo = () => void;

/** Where records are kept. Each call is one transaction; when it returns, what it took is committed. */
export interface Store {
  /**
   * Keeps records, and aside from them what could not be read.
   * @throws StoreError when nothing can be written; then nothing of the batch is kept.
   */
  append(batch: readonly Received[], refused: readonly Refused[], now: HrTime): Appended;
  /**
   * Counts spans that arrived and are not kept.
   * @throws StoreError when nothing can be written.
   */
  countSpans(n: number): void;
  /**
   * Counts metric points that arrived and are not kept.
   * @throws StoreError when nothing can be written.
   */
  countPoints(n: number): void;
  /** What is held, counted. */
  summary(): Summary;
  /** Jobs, most recent first. */
  list(filter: Filter, place: Place): JobPage;
  /** The values that a filter can be set to: at most 200 of each. */
  choices(): Choices;
  /** A job, as all its records tell it; nothing where there is none of this uid. */
  job(uid: string): Job | undefined;
  /** A job's events as they were received, in the order of its life. */
  events(uid: string): readonly KeptRecord[];
  /** Log lines of the job's runs, oldest first; of many, the newest 1000. */
  lines(uid: string): readonly Received[];
  /** The place of the newest change. */
  newest(): number;
  /** The jobs that changed after a place, in the order of their last changes, at most so many. */
  changes(after: number, most: number): readonly Change[];
  /** Calls after each batch that changed any job. */
  watch(listener: () => void): Undo;
  /**
   * Forgets jobs that are over and were last heard of before a time, with all that belongs to them.
   * Works in small portions, so that records can arrive meanwhile.
   * @returns how many jobs were forgotten.
   * @throws StoreError when nothing can be written.
   */
  prune(before: HrTime): Promise<number>;
  /**
   * Makes the jobs anew from the records.
   * @throws StoreError when nothing can be written.
   */
  rebuild(): void;
  /** Ends its use; later calls fail. */
  close(): void;
}

/** How a store is opened. */
export interface StoreOptions {
  /** The folder that holds the data; in memory where absent. */
  readonly data?: string;
}

/** Why a store cannot be used: it cannot be written, or another job log has it open. */
export type StoreCode = "JOBTRAIL_STORE_UNWRITABLE" | "JOBTRAIL_STORE_IN_USE";

/** The store cannot write now: the disk is full, read-only or busy. What was asked may be tried again. */
export class StoreError extends Error {
  readonly code: StoreCode;
  /** @param reason says what happened and what to do, in one line. */
  constructor(
    reason: string,
    { code = "JOBTRAIL_STORE_UNWRITABLE", ...options }: ErrorOptions & { readonly code?: StoreCode } = {},
  ) {
    super(`${code}: ${reason}`, options);
    this.name = "StoreError";
    this.code = code;
  }
}
