import { attributes } from "@jobtrail/conventions";
import type { JobState, RunResult } from "@jobtrail/conventions";

/** What the values of a field are. */
export type FieldType = "text" | "state" | "result" | "count" | "seconds" | "flag";

/** A field that jobs can be asked for. */
export type JobField =
  | "uid"
  | "id"
  | "system"
  | "namespace"
  | "queue"
  | "name"
  | "schedule"
  | "state"
  | "result"
  | "trigger"
  | "actor"
  | "scope"
  | "tenant"
  | "error"
  | "fingerprint"
  | "duration"
  | "runs"
  | "retries"
  | "lost"
  | "failed";

/** What can be asked of a job, with the type of its values. */
export const fields: Readonly<Record<JobField, FieldType>> = {
  uid: "text",
  id: "text",
  system: "text",
  namespace: "text",
  queue: "text",
  name: "text",
  schedule: "text",
  state: "state",
  result: "result",
  trigger: "text",
  actor: "text",
  scope: "text",
  tenant: "text",
  error: "text",
  fingerprint: "text",
  duration: "seconds",
  runs: "count",
  retries: "count",
  lost: "count",
  failed: "flag",
};

/** An attribute of a job or of its last run, by its name: `attribute.job.priority`. */
export type AttributeField = `attribute.${string}`;

/** Whether a field is an attribute. */
export const isAttribute = (field: string): field is AttributeField =>
  field.startsWith("attribute.") && field.length > "attribute.".length;

/** Whether a text is the name of a field. */
export const isField = (name: string): name is JobField => Object.hasOwn(fields, name);

/** The states that a job can be in. */
export const states: readonly [JobState, ...JobState[]] = valuesOf<JobState>("job.state");

/** The results that a job can have. */
export const results: readonly [RunResult, ...RunResult[]] = valuesOf<RunResult>("job.run.result");

function valuesOf<Value extends string>(attribute: string): readonly [Value, ...Value[]] {
  return (attributes[attribute]?.values ?? []) as unknown as readonly [Value, ...Value[]];
}
