import { refuse, secret } from "@jobtrail/core/event";
import type { Refusal } from "@jobtrail/core/event";
import type { z } from "zod";
import { codecs } from "./codec.ts";
import type { Field } from "./field.ts";
import { stepsOf } from "./field.ts";
import { pathOf } from "./json-path.ts";
import { mayHoldSecrets } from "./tree.ts";
import type { Node } from "./tree.ts";

type Issue = z.core.$ZodIssue;

/** Why a record has not its form's shape, by its first fault. Secrets are not repeated. */
export function refusalOf(error: z.ZodError, record: unknown, fields: readonly Field[], tree: Node): Refusal {
  const issue = error.issues[0];
  const path = issue?.path ?? [];
  const found = path.reduce<unknown>(memberOf, record);
  const refusal = refuse(pathOf(path), issue === undefined ? "a record" : expectedAt(path, issue, fields), found);
  const isScalar = found !== undefined && found !== null && typeof found !== "object";
  return isScalar && mayHoldSecrets(path, tree) ? { ...refusal, found: secret } : refusal;
}

const memberOf = (value: unknown, key: PropertyKey): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? (value as Record<PropertyKey, unknown>)[key]
    : undefined;

function expectedAt(path: readonly PropertyKey[], issue: Issue, fields: readonly Field[]): string {
  const field = fields.find((each) => isAt(path, stepsOf(each)));
  // Another form of the schema may take values that this one does not.
  if (issue.code === "invalid_value") return `one of ${(field?.values ?? issue.values).join(", ")}`;
  if (field === undefined) return issue.code === "invalid_type" ? `a value of type ${issue.expected}` : issue.message;
  // Where a shape has a regular expression, it says in words what for.
  if (issue.code === "invalid_format" && issue.format === "regex") return issue.message;
  // Any JSON may be kept, but not any has the shape.
  const container = issue.code === "invalid_type" ? containers[issue.expected] : undefined;
  if (field.type === "json" && container !== undefined) return container;
  const { expected } = codecs[field.type];
  return issue.code === "too_small" ? `${expected} that is not empty` : expected;
}

const containers: Readonly<Record<string, string>> = { array: "a list", object: "an object" };

const isAt = (path: readonly PropertyKey[], steps: readonly string[]): boolean =>
  path.length === steps.length &&
  steps.every((step, i) => step === "*" || (step === "[]" ? typeof path[i] === "number" : step === path[i]));
