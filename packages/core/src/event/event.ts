import type { Attributes, HrTime, SpanContext } from "@opentelemetry/api";
import type { EventName, JobAttributes } from "@jobtrail/conventions";

/** An error as it is kept: its class or code, and its text where there is one. */
export interface JobError {
  /** Low in variety: the error's code or class, `worker_lost`, `timeout`; `_OTHER` where nothing is known. */
  readonly type: string;
  readonly message?: string;
  readonly stack?: string;
}

/**
 * One thing that happened in a job's life: the waist, which everything enters as and leaves from.
 * Its attributes are flat and their keys are the registry's names.
 */
export interface JobEvent {
  readonly name: EventName;
  /** When it happened; absent where the source does not say. */
  readonly time?: HrTime;
  /** When it was learned of. */
  readonly seen: HrTime;
  readonly attributes: JobAttributes;
  /** The system's own names, such as `bullmq.*`. */
  readonly own?: Attributes;
  readonly error?: JobError;
  /** The span of the run, or of the enqueue. */
  readonly span?: SpanContext;
  /** The redacted source text of a foreign record; nothing reads it back. */
  readonly original?: string;
}

/** Why something could not be read: where, what was expected, what was found. */
export interface Refusal {
  readonly refused: true;
  /** Where in the input, such as `attributes["job.run.number"]`. */
  readonly path: string;
  readonly expected: string;
  /** What stood there, cut and redacted. */
  readonly found: string;
}

/** A refusal of what was found at a path. */
export const refuse = (path: string, expected: string, found: unknown): Refusal => ({
  refused: true,
  path,
  expected,
  found: describe(found),
});

/** Whether something is a refusal; a foreign record that has a field called `refused` is none. */
export const isRefusal = (value: unknown): value is Refusal =>
  typeof value === "object" &&
  value !== null &&
  "refused" in value &&
  value.refused === true &&
  ["path", "expected", "found"].every((key) => typeof (value as Record<string, unknown>)[key] === "string") &&
  Object.keys(value).length === 4;

/** Says what a value is, in at most 80 characters; never throws, whatever it is. */
export function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (typeof value === "string") return JSON.stringify(value.length > 78 ? `${value.slice(0, 77)}…` : value);
  if (typeof value === "object") return Array.isArray(value) ? "an array" : "an object";
  return `${typeof value === "number" || typeof value === "boolean" ? "" : `a ${typeof value} `}${String(value)}`.slice(
    0,
    80,
  );
}
