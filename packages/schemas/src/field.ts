import type { AttributeName, Sensitivity } from "@jobtrail/conventions";
import type { FieldType } from "./codec.ts";

/** A documented field, and the attribute that holds it. */
export interface Field {
  /** Where it stands: `Details.jobId`; `blocks[].type` in each item of a list, `input.*` for what is not listed. */
  readonly name: string;
  readonly type: FieldType;
  readonly required?: true;
  /** The documented values; others are kept all the same. */
  readonly values?: readonly string[];
  /** Unit in UCUM notation. */
  readonly unit?: string;
  readonly sensitivity: Sensitivity;
  /** The registry's name, or one of the system's own. A field within another has the attribute of the outer one. */
  readonly attribute: AttributeName | `${string}.${string}`;
  readonly brief: string;
}

/** A row of a form's table. */
export const field = (
  name: string,
  type: FieldType,
  attribute: Field["attribute"],
  brief: string,
  more: Partial<Pick<Field, "required" | "values" | "unit" | "sensitivity">> = {},
): Field => ({ name, type, sensitivity: "public", attribute, brief, ...more });

/** The steps to a field: `blocks[].type` is `blocks`, `[]`, `type`. */
export const stepsOf = ({ name }: Field): readonly string[] => name.replaceAll("[].", ".[].").split(".");
