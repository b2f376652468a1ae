import type { JobEvent, Refusal } from "@jobtrail/core/event";
import type { InstrumentationScope, Resource } from "@jobtrail/otlp";
import type { Segment } from "./segment.ts";

/** Who sent an event, where that is known. */
export interface Origin {
  readonly resource: Resource;
  readonly scope: InstrumentationScope;
}

/** The events that one record describes. */
export interface Events {
  readonly kind: "events";
  readonly events: readonly JobEvent[];
  readonly origin?: Origin;
}

/** A record that cannot be read, or a job that cannot be written. */
export interface Rejected {
  readonly kind: "rejected";
  readonly reason: Refusal;
  /** The record without its secrets, where it is known what is secret in it. */
  readonly record?: unknown;
}

/** A record of another kind, which belongs to no job. */
export interface Other {
  readonly kind: "other";
}

/** An answer that is an error, where records were looked for. */
export interface AnswerError {
  readonly kind: "error";
  /** What the answer says. */
  readonly text: string;
  /** What its schema makes of it, where it documents such answers. */
  readonly events: readonly JobEvent[];
}

/** What a segment holds. */
export type Item = Events | Rejected | Other | AnswerError;

/** Reads the records of one schema. */
export interface Reader {
  /** As in `--from`. */
  readonly name: string;
  /** Never throws. */
  read(segment: Segment): readonly Item[];
}

/** One record that is of another kind. */
export const other: Other = { kind: "other" };

/** One record that cannot be read. */
export const rejected = (reason: Refusal, record?: unknown): Rejected => ({
  kind: "rejected",
  reason,
  ...(record !== undefined && { record }),
});
