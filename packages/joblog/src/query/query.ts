import type { HrTime } from "@opentelemetry/api";
import type { AttributeField, JobField } from "./field.ts";

/**
 * Which jobs are wanted. Everything that asks makes one of these: a page's address, the API, and whatever else will
 * ask. Each store compiles it. All conditions must hold; `is` conditions of one field are alternatives.
 */
export interface JobQuery {
  readonly range?: TimeRange;
  readonly where: readonly Condition[];
  /** Words that stand in the job's id, name, queue, schedule, actor or error; the last one may be a beginning. */
  readonly text?: string;
}

/** A stretch of time: from its beginning until before its end. */
export interface TimeRange {
  readonly from?: HrTime;
  readonly to?: HrTime;
  /** Which time of a job lies in it. */
  readonly of: TimeOf;
}

/** When a job was queued, when its first run started, when its last run ended, when anything was last heard of it. */
export type TimeOf = "queued" | "started" | "ended" | "heard";

/** One thing that must hold for a job. */
export interface Condition {
  readonly field: JobField | AttributeField;
  readonly op: "is" | "not" | "<" | ">=" | "prefix";
  readonly value: string | number | boolean;
}

/** Where a list goes on: at the job that it is named by. */
export interface Cursor {
  /** The time that the list is ordered by, in microseconds since the Unix epoch. */
  readonly first: number;
  /** Orders jobs of one moment: as one process queued them. */
  readonly sequence: number;
  readonly uid: string;
}

/** What a list is ordered by: when jobs were first heard of, or when anything was last heard of them. */
export type Order = "first" | "heard";

/** Which page is wanted: the newest jobs, those older than a cursor, or those newer than one. */
export interface PageRequest {
  /** `first` where absent. */
  readonly order?: Order;
  readonly before?: Cursor;
  readonly after?: Cursor;
  readonly limit: number;
}

/** The one value that a field must have; none where the query does not say one. */
export function valueOf({ where }: JobQuery, field: Condition["field"]): string | undefined {
  const values = where.filter((each) => each.field === field && each.op === "is");
  return values.length === 1 ? String(values[0]?.value) : undefined;
}

/** What jobs are counted by: a stretch of time, of when they were first heard of, or a field. */
export type GroupBy = "hour" | "day" | "system" | "namespace" | "queue" | "name" | "state" | "result";
