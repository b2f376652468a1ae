import { attributes as registry, events } from "@jobtrail/conventions";
import type { AttributeRow, EventName } from "@jobtrail/conventions";
import { isRefusal, normalise, refuse } from "@jobtrail/core/event";
import type { JobEvent, Refusal } from "@jobtrail/core/event";
import { z } from "zod";
import { parseText, parseValue } from "./json.ts";
import { pathOf } from "./json-path.ts";

const text = z.string();
const time = z.tuple([z.int().min(0).max(18_446_744_072), z.int().min(0).max(999_999_999)]);

const types: Readonly<Record<AttributeRow["type"], z.ZodType>> = {
  string: text,
  iso: text,
  int: z.int(),
  double: z.number(),
  boolean: z.boolean(),
  "string[]": z.array(text),
};

const typeOf = ({ type, values, brief }: AttributeRow): z.ZodType =>
  (values === undefined ? types[type] : z.enum([...values])).describe(brief);

const family = ".<key>";

const attributes = z.intersection(
  z.looseObject(
    Object.fromEntries(
      Object.entries(registry)
        .filter(([key]) => !key.endsWith(family))
        .map(([key, row]) => [key, typeOf(row).exactOptional()]),
    ),
  ),
  z.looseRecord(text.regex(/^job\.counter\./), z.number()),
);

const parts = {
  time: time.describe("When it happened: seconds since 1970 and nanoseconds.").exactOptional(),
  seen: time.describe("When it was learned of."),
  own: z
    .record(text, z.union([text, z.number(), z.boolean(), z.array(text)]))
    .describe("The system's own names.")
    .exactOptional(),
  error: z.looseObject({ type: text, message: text.exactOptional(), stack: text.exactOptional() }).exactOptional(),
  span: z
    .looseObject({
      traceId: text.regex(/^[\da-f]{32}$/),
      spanId: text.regex(/^[\da-f]{16}$/),
      traceFlags: z.int().min(0).max(255),
      isRemote: z.boolean().exactOptional(),
    })
    .exactOptional(),
  original: text.describe("The redacted source text of a foreign record.").exactOptional(),
};

// A gap in the log is of no job, and so of no system.
const gap = "job.log.gap" satisfies EventName;
const names = Object.keys(events).filter((name) => name !== gap);

const gapShape = z.looseObject({ name: z.literal(gap), ...parts, attributes });

const ofJobShape = z.looseObject({
  name: z.enum(names),
  ...parts,
  attributes: z.intersection(attributes, z.looseObject({ "job.system.name": text })),
});

/** The shape of a JobEvent as JSON; attributes that the registry does not know may stand beside the others. */
export const eventShape: z.ZodType = z.union([ofJobShape, gapShape]);

/**
 * A JobEvent from JSON text or a JSON value, as a record can hold it. Never throws.
 * @example
 * import { parseEvent } from "@jobtrail/schemas";
 *
 * const refusal = parseEvent({ name: "job.ended", seen: "yesterday", attributes: { "job.system.name": "made" } });
 * console.log(refusal.path, refusal.expected); // seen a time as [seconds, nanoseconds]
 */
export function parseEvent(input: unknown): JobEvent | Refusal {
  const parsed = typeof input === "string" ? parseText(input) : parseValue(input);
  if (isRefusal(parsed)) return parsed;
  const { plain } = parsed;
  const isGap = typeof plain === "object" && plain !== null && "name" in plain && plain.name === gap;
  const { success, error } = (isGap ? gapShape : ofJobShape).safeParse(plain);
  if (success) return normalise(plain as JobEvent);
  const [issue] = error.issues;
  const path = issue?.path ?? [];
  return refuse(pathOf(path), expectedOf(issue), valueAt(plain, path));
}

/** Types that have another name for people. */
const typeNames: Readonly<Record<string, string>> = { tuple: "a time as [seconds, nanoseconds]" };

const expectedOf = (issue: z.core.$ZodIssue | undefined): string =>
  issue?.code === "invalid_value"
    ? `one of ${issue.values.join(", ")}`
    : issue?.code === "invalid_type"
      ? (typeNames[issue.expected] ?? `a value of type ${issue.expected}`)
      : (issue?.message ?? "a job event");

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null && Object.hasOwn(inner, key)
        ? (inner as Record<PropertyKey, unknown>)[key]
        : undefined,
    value,
  );
