import { results, states } from "../query/field.ts";
import { formats } from "./export.ts";
import { groups, listed, ofPage, ofQuery } from "./parameters.ts";
import type { Parameter, Schema } from "./parameters.ts";

const string: Schema = { type: "string" };
const number: Schema = { type: "number" };
const count: Schema = { type: "integer" };
const time: Schema = { type: "string", format: "date-time" };
const anything: Schema = { type: "object" };

const object = (
  required: Readonly<Record<string, Schema>>,
  optional: Readonly<Record<string, Schema>> = {},
): Schema => ({
  type: "object",
  required: Object.keys(required),
  properties: { ...required, ...optional },
});
const list = (items: Schema): Schema => ({ type: "array", items });
const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

const party = object({}, { type: string, id: string, name: string });
const error = object({ type: string }, { message: string, stack: string });

const row = {
  uid: string,
  state: { enum: states },
  first: time,
  last: time,
  counts: object({ runs: count, retries: count, lost: count }),
};
const rowIf = {
  id: string,
  system: string,
  namespace: string,
  queue: string,
  name: string,
  schedule: string,
  result: { enum: results },
  trigger: string,
  actor: party,
  scope: party,
  tenant: string,
  queued: time,
  started: time,
  ended: time,
  duration: number,
  error,
  partial: { const: true },
};

const counted = { jobs: count, failed: count, runs: count, retries: count, lost: count };
const summed = [
  "jobs",
  "runs",
  "success",
  "failure",
  "retries",
  "lost",
  "records",
  "spans",
  "metrics",
  "refused",
  "other",
];

const schemas: Readonly<Record<string, Schema>> = {
  Job: object(row, rowIf),
  Run: object(
    { number: count, life: count, attributes: anything },
    {
      uid: string,
      attempt: count,
      start: time,
      end: time,
      lost: { const: true },
      result: { enum: results },
      final: { type: "boolean" },
      duration: number,
      wait: number,
      worker: string,
      error,
      trace: string,
      span: string,
    },
  ),
  JobWithRuns: object({ ...row, attributes: anything, runs: list(ref("Run")) }, rowIf),
  Entry: object(
    { seen: time, severity: count, text: string, attributes: anything, resource: anything },
    { name: string, time, anomaly: string, trace: string, span: string },
  ),
  Summary: object(Object.fromEntries(summed.map((name) => [name, count]))),
  Bucket: object({ by: anything, ...counted }, { duration: number }),
  Definition: object(
    { jobs: count, failed: count, last: time },
    {
      system: string,
      namespace: string,
      queue: string,
      name: string,
      duration: object({ median: number, p95: number }),
      expected: object({ every: number, next: time }),
    },
  ),
  ErrorGroup: object({
    fingerprint: string,
    type: string,
    pattern: string,
    jobs: count,
    first: time,
    last: time,
    uid: string,
  }),
  Problem: object({ day: { type: "string", format: "date" }, reason: string }),
  Error: object({ error: object({ code: string, message: string }) }),
};

const json = (schema: Schema): Schema => ({ "application/json": { schema } });
const failures: Readonly<Record<number, string>> = {
  400: "A parameter cannot be used; the error names it and what is allowed.",
  404: "There is no such job.",
  422: "There are too many jobs to answer in time; the error says how to ask for less.",
  503: "It cannot be answered now, and may be asked again.",
};

interface Operation {
  readonly summary: string;
  readonly parameters?: readonly Parameter[];
  readonly content: Schema;
  readonly fails?: readonly number[];
}

const operation = ({ summary, parameters = [], content, fails = [] }: Operation): Schema => ({
  get: {
    summary,
    parameters,
    responses: {
      200: { description: "What was asked for.", content },
      ...(parameters.length > 0 && { 431: { description: "The address is longer than 16 KiB." } }),
      ...Object.fromEntries(
        fails.map((status) => [status, { description: failures[status], content: json(ref("Error")) }]),
      ),
    },
  },
});

const uid: Parameter = { name: "uid", in: "path", required: true, schema: { type: "string", minLength: 1 } };
const ofJob = (summary: string, content: Schema): Schema =>
  operation({ summary, parameters: [uid], content: json(content), fails: [404] });

/** The whole API in OpenAPI 3.1. */
export const document: Schema & { readonly paths: Readonly<Record<string, Schema>> } = {
  openapi: "3.1.0",
  info: {
    title: "Jobtrail job log",
    version: "1",
    description:
      "What background jobs did. Read only; times are ISO 8601 in UTC, durations seconds. Integers beyond 2^53 are texts.",
    license: { name: "Apache-2.0", identifier: "Apache-2.0" },
  },
  paths: {
    "/api/v1/jobs": operation({
      summary: "Jobs, most recent first.",
      parameters: [...ofQuery, ...ofPage],
      content: json(object({ jobs: list(ref("Job")) }, { next: string, previous: string, cut: { const: true } })),
      fails: [400],
    }),
    "/api/v1/jobs/{uid}": ofJob("One job with its runs.", ref("JobWithRuns")),
    "/api/v1/jobs/{uid}/runs": ofJob("Its runs.", object({ runs: list(ref("Run")) })),
    "/api/v1/jobs/{uid}/events": ofJob(
      "Its events in order.",
      object({ events: list(ref("Entry")) }, { older: count }),
    ),
    "/api/v1/jobs/{uid}/logs": ofJob("Log lines of its runs.", object({ logs: list(ref("Entry")) })),
    "/api/v1/summary": operation({ summary: "What is held, counted.", content: json(ref("Summary")) }),
    "/api/v1/problems": operation({
      summary: "The days that cannot be read.",
      content: json(object({ problems: list(ref("Problem")) })),
    }),
    "/api/v1/statistics": operation({
      summary: "Jobs, counted by time and by what they are.",
      parameters: [
        {
          name: "by",
          in: "query",
          description: "What they are counted by.",
          schema: { type: "array", items: { enum: groups }, maxItems: 3 },
        },
        ...ofQuery,
      ],
      content: json(object({ buckets: list(ref("Bucket")) })),
      fails: [400, 422],
    }),
    "/api/v1/definitions": operation({
      summary: "Definitions of jobs, with how they usually go and when the next is due.",
      parameters: ofQuery,
      content: json(object({ definitions: list(ref("Definition")) })),
      fails: [400, 422],
    }),
    "/api/v1/errors": operation({
      summary: "Errors, those that differ only in numbers, ids, times and addresses together.",
      parameters: ofQuery,
      content: json(object({ errors: list(ref("ErrorGroup")) })),
      fails: [400, 422],
    }),
    "/api/v1/values/{field}": operation({
      summary: "The values of a field, at most 200.",
      parameters: [{ name: "field", in: "path", required: true, schema: { enum: listed } }],
      content: json(object({ values: list(string) })),
      fails: [400],
    }),
    "/api/v1/export": operation({
      summary: "All jobs of a query, in a stream.",
      parameters: [
        { name: "format", in: "query", description: "In which form.", schema: { enum: formats } },
        ...ofQuery,
      ],
      content: { "application/x-ndjson": { schema: string }, "text/csv": { schema: string } },
      fails: [400, 503],
    }),
    "/api/v1/stream": operation({
      summary: "Each job that changes, as server-sent events.",
      parameters: [
        { name: "since", in: "query", description: "Goes on after this change.", schema: count },
        { name: "Last-Event-ID", in: "header", description: "The same.", schema: string },
      ],
      content: { "text/event-stream": { schema: string } },
      fails: [503],
    }),
  },
  components: { schemas },
};
