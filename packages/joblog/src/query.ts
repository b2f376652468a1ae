import { attributes } from "@jobtrail/conventions";
import type { JobState, RunResult } from "@jobtrail/conventions";
import { z } from "zod";
import type { Cursor, Filter, Place } from "./store/list.ts";

/** A list of jobs, as it was asked for. */
export interface JobQuery {
  readonly filter: Filter;
  readonly place: Place;
}

/** A parameter that cannot be used, and why. */
export interface WrongParameter {
  readonly code: "JOBTRAIL_QUERY_INVALID";
  readonly parameter: string;
  readonly allowed: string;
  readonly found: string;
  /** All of it in one sentence. */
  readonly message: string;
}

/** The states that a job can be in. */
export const states: readonly [JobState, ...JobState[]] = valuesOf<JobState>("job.state");

/** The results that a job can have. */
export const results: readonly [RunResult, ...RunResult[]] = valuesOf<RunResult>("job.run.result");

/** The most jobs of one page. */
export const mostJobs = 500;

/** Reads the parameters of a list of jobs. An empty one is as if it were absent. */
export function readQuery(search: URLSearchParams, limit = 50): JobQuery | WrongParameter {
  const given: Record<string, string> = {};
  for (const [key, value] of search) {
    if (!Object.hasOwn(parameters, key)) return wrong(key, `one of the parameters ${names.join(", ")}`, value);
    if (value === "") continue;
    if (Object.hasOwn(given, key)) return wrong(key, "one value", `${given[key]}" and "${value}`);
    given[key] = value;
  }
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const key = String(parsed.error.issues[0]?.path[0]);
    return wrong(key, parameters[key as Parameter].allowed, given[key] ?? "");
  }
  const { before, after, limit: asked = limit, ...filter } = parsed.data;
  if (before !== undefined && after !== undefined)
    return wrong("after", "nothing where before is given", given["after"] ?? "");
  return { filter, place: { before, after, limit: asked } };
}

/** Whether a query cannot be used. */
export const isWrong = (query: JobQuery | WrongParameter): query is WrongParameter => "code" in query;

/** A place in the list as a parameter says it. */
export const cursorText = ({ first, sequence, uid }: Cursor): string => `${first}.${sequence}.${uid}`;

function valuesOf<Value extends string>(attribute: string): readonly [Value, ...Value[]] {
  return (attributes[attribute]?.values ?? []) as unknown as readonly [Value, ...Value[]];
}

const text = { schema: z.string().max(1024).optional(), allowed: "a text of at most 1024 characters" };

const cursor = {
  schema: z
    .string()
    .regex(/^-?\d{1,16}\.\d{1,16}\../s)
    .transform((value): Cursor => {
      const [first, sequence, ...uid] = value.split(".");
      return { first: Number(first), sequence: Number(sequence), uid: uid.join(".") };
    })
    .optional(),
  allowed: "a place that an earlier answer gave",
};

const flag = {
  schema: z
    .enum(["true", "false"])
    .transform((value) => value === "true")
    .optional(),
  allowed: "true, false",
};

const parameters = {
  system: text,
  queue: text,
  name: text,
  actor: text,
  state: { schema: z.enum(states).optional(), allowed: states.join(", ") },
  result: { schema: z.enum(results).optional(), allowed: results.join(", ") },
  failed: flag,
  lost: flag,
  retried: flag,
  before: cursor,
  after: cursor,
  limit: {
    schema: z
      .string()
      .regex(/^\d{1,4}$/)
      .transform(Number)
      .pipe(z.number().min(1).max(mostJobs))
      .optional(),
    allowed: `a whole number from 1 to ${mostJobs}`,
  },
} as const;

type Parameter = keyof typeof parameters;

const names = Object.keys(parameters);

const schema = z.object({
  system: parameters.system.schema,
  queue: parameters.queue.schema,
  name: parameters.name.schema,
  actor: parameters.actor.schema,
  state: parameters.state.schema,
  result: parameters.result.schema,
  failed: parameters.failed.schema,
  lost: parameters.lost.schema,
  retried: parameters.retried.schema,
  before: parameters.before.schema,
  after: parameters.after.schema,
  limit: parameters.limit.schema,
});

function wrong(parameter: string, allowed: string, found: string): WrongParameter {
  const shown = found.length > 80 ? `${found.slice(0, 79)}…` : found;
  return {
    code: "JOBTRAIL_QUERY_INVALID",
    parameter,
    allowed,
    found: shown,
    message: `${parameter} is "${shown}"; allowed: ${allowed}.`,
  };
}
