import type { Bucket, DefinitionView, ErrorGroup, ListedField, Problem, Summary } from "./contract.ts";
import type { Entry } from "./entry.ts";
import { cursorText, toSearch } from "./query/search.ts";
import type { Cursor, GroupBy, JobQuery, Order } from "./query/query.ts";
import type { JobRow, JobView, RunView } from "./view.ts";

export type { Bucket, DefinitionView, ErrorGroup, ListedField, Problem, Summary } from "./contract.ts";
export type { Entry } from "./entry.ts";
export type { AttributeField, JobField } from "./query/field.ts";
export type { Condition, GroupBy, JobQuery, Order, TimeOf, TimeRange } from "./query/query.ts";
export type { JobRow, JobView, Party, RunCounts, RunView } from "./view.ts";

/** A page of jobs; `next` and `previous` ask for the pages beside it. */
export interface JobsAnswer {
  readonly jobs: readonly JobRow[];
  readonly next?: string;
  readonly previous?: string;
  /** There was no time to look further: `next` goes on there. */
  readonly cut?: true;
}

/** Which page is asked for. */
export interface JobsRequest {
  readonly limit?: number;
  readonly order?: Order;
  readonly before?: string | Cursor;
  readonly after?: string | Cursor;
}

/** A job that has changed. Of a gap nothing is known: what is shown has to be read anew. */
export type ChangeMessage =
  | { readonly type: "job"; readonly id: string; readonly uid: string; readonly state: string }
  | { readonly type: "gap"; readonly id: string };

/** A job log did not answer what was asked. */
export class JobLogError extends Error {
  readonly status: number;
  /** A code of the reference of errors, where it gave one. */
  readonly code: string | undefined;
  constructor(status: number, code: string | undefined, message: string) {
    super(message);
    this.name = "JobLogError";
    this.status = status;
    this.code = code;
  }
}

/** Asks a job log. Each method throws a JobLogError where it is not answered. */
export interface JobLogClient {
  jobs(query?: JobQuery, page?: JobsRequest): Promise<JobsAnswer>;
  /** Nothing where there is no job of this uid; so do the next three. */
  job(uid: string): Promise<JobView | undefined>;
  runs(uid: string): Promise<readonly RunView[] | undefined>;
  events(uid: string): Promise<readonly Entry[] | undefined>;
  logs(uid: string): Promise<readonly Entry[] | undefined>;
  summary(): Promise<Summary>;
  problems(): Promise<readonly Problem[]>;
  statistics(by: readonly GroupBy[], query?: JobQuery): Promise<readonly Bucket[]>;
  definitions(query?: JobQuery): Promise<readonly DefinitionView[]>;
  errors(query?: JobQuery): Promise<readonly ErrorGroup[]>;
  values(field: ListedField): Promise<readonly string[]>;
  /** All jobs of a query, one by one. */
  export(query?: JobQuery): AsyncGenerator<JobRow>;
  /** Each job that changes, until the signal; after the change of an id, or from now on. */
  follow(signal: AbortSignal, after?: string): AsyncGenerator<ChangeMessage>;
}

/**
 * A client of the job log at an address.
 * @example
 * import { startJobLog } from "@jobtrail/joblog";
 * import { createClient } from "@jobtrail/joblog/client";
 *
 * await using log = await startJobLog({ port: 0 });
 * const client = createClient(log.url);
 * const { jobs } = await client.jobs({ where: [{ field: "state", op: "is", value: "failed" }] });
 * console.log(jobs.length); // 0
 */
export function createClient(url: string, send: typeof fetch = fetch): JobLogClient {
  const base = `${url.replace(/\/+$/, "")}/api/v1`;
  const all: JobQuery = { where: [] };
  const asked = async (path: string, init?: RequestInit): Promise<Response> => {
    const answer = await send(`${base}${path}`, init);
    if (!answer.ok) throw await errorOf(answer);
    return answer;
  };
  const read = async <Answer>(path: string): Promise<Answer> => (await (await asked(path)).json()) as Answer;
  const ofJob = async <Answer>(uid: string, path: string): Promise<Answer | undefined> => {
    try {
      return await read<Answer>(`/jobs/${encodeURIComponent(uid)}${path}`);
    } catch (error) {
      if (error instanceof JobLogError && error.status === 404) return undefined;
      throw error;
    }
  };
  return {
    jobs: (query = all, page = {}) => read(`/jobs?${searchOf(query, pageOf(page))}`),
    job: (uid) => ofJob(uid, ""),
    runs: async (uid) => (await ofJob<{ runs: RunView[] }>(uid, "/runs"))?.runs,
    events: async (uid) => (await ofJob<{ events: Entry[] }>(uid, "/events"))?.events,
    logs: async (uid) => (await ofJob<{ logs: Entry[] }>(uid, "/logs"))?.logs,
    summary: () => read("/summary"),
    problems: async () => (await read<{ problems: Problem[] }>("/problems")).problems,
    statistics: async (by, query = all) => {
      const own = by.map((each) => ["by", each] as const);
      return (await read<{ buckets: Bucket[] }>(`/statistics?${searchOf(query, own)}`)).buckets;
    },
    definitions: async (query = all) =>
      (await read<{ definitions: DefinitionView[] }>(`/definitions?${searchOf(query)}`)).definitions,
    errors: async (query = all) => (await read<{ errors: ErrorGroup[] }>(`/errors?${searchOf(query)}`)).errors,
    values: async (field) => (await read<{ values: string[] }>(`/values/${field}`)).values,
    async *export(query = all) {
      for await (const line of linesOf(await asked(`/export?${searchOf(query)}`)))
        if (line !== "") yield JSON.parse(line) as JobRow;
    },
    async *follow(signal, after) {
      const headers: Record<string, string> = after === undefined ? {} : { "last-event-id": after };
      yield* messagesOf(await asked("/stream", { headers, signal }));
    },
  };
}

function searchOf(query: JobQuery, own: readonly (readonly [string, string])[] = []): string {
  const search = toSearch(query);
  for (const [name, value] of own) search.append(name, value);
  return search.toString();
}

function pageOf({ limit, order, before, after }: JobsRequest): [string, string][] {
  const cursor = (given: string | Cursor): string => (typeof given === "string" ? given : cursorText(given));
  return [
    ...(limit === undefined ? [] : [["limit", String(limit)] as [string, string]]),
    ...(order === undefined ? [] : [["order", order] as [string, string]]),
    ...(before === undefined ? [] : [["before", cursor(before)] as [string, string]]),
    ...(after === undefined ? [] : [["after", cursor(after)] as [string, string]]),
  ];
}

async function errorOf(answer: Response): Promise<JobLogError> {
  const text = await answer.text();
  try {
    const { error } = JSON.parse(text) as { error: { code: string; message: string } };
    return new JobLogError(answer.status, error.code, error.message);
  } catch {
    return new JobLogError(answer.status, undefined, text.trim() || `the job log answered ${answer.status}`);
  }
}

async function* linesOf({ body }: Response): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of (body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    const lines = `${rest}${chunk}`.split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

async function* messagesOf(answer: Response): AsyncGenerator<ChangeMessage> {
  let fields: Record<string, string> = {};
  for await (const line of linesOf(answer)) {
    const [, name, value = ""] = /^(event|id|data): ?(.*)$/.exec(line) ?? [];
    if (name !== undefined) fields[name] = value;
    if (line !== "") continue;
    const { event, id = "", data = "{}" } = fields;
    fields = {};
    if (event === "gap") yield { type: "gap", id };
    if (event === "job") yield { type: "job", id, ...(JSON.parse(data) as { uid: string; state: string }) };
  }
}
