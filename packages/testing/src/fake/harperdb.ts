import { randomUUID } from "node:crypto";
import { startFake } from "./server.ts";
import type { Answered, Asked, Fake, FakeOptions } from "./server.ts";

/** A job as HarperDB stores it. */
export interface HarperDbJob {
  readonly id: string;
  readonly user: string;
  readonly type: string;
  status: string;
  readonly created_datetime: number;
  start_datetime: number;
  end_datetime?: number;
  message?: string;
  result?: unknown;
}

/** A node of HarperDB. */
export interface FakeHarperDb extends Fake {
  readonly jobs: Map<string, HarperDbJob>;
  /** Starts a job, as an operation does: it is in progress. */
  start(job?: Partial<HarperDbJob>): HarperDbJob;
  /** Ends a job. */
  end(id: string, more?: Partial<HarperDbJob>): void;
  /** What else the answers hold besides the jobs, such as a record that no document has. */
  readonly strangers: unknown[];
}

/** Who may ask, and what for. */
export interface FakeHarperDbOptions extends FakeOptions {
  readonly username?: string;
  readonly password?: string;
  readonly isSuperUser?: boolean;
  /** The answers of version 4 have all fields; version 5 leaves some out. */
  readonly version?: 4 | 5;
}

/** Starts a node that answers `search_jobs_by_start_date` and `get_job` as versions 4 and 5 do. */
export async function startHarperDb(options: FakeHarperDbOptions = {}): Promise<FakeHarperDb> {
  const { username = "HDB_ADMIN", password = "secret-password" } = options;
  const jobs = new Map<string, HarperDbJob>();
  const strangers: unknown[] = [];
  const expected = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  const fake = await startFake((asked) => {
    if (asked.headers.authorization !== expected) return { status: 401, body: '{"error":"Login failed"}' };
    return answer(asked, jobs, strangers, options);
  }, options);
  return Object.assign(fake, {
    jobs,
    strangers,
    start(job: Partial<HarperDbJob> = {}): HarperDbJob {
      const created = job.created_datetime ?? Date.now() + fake.skewMs;
      const made = {
        id: randomUUID(),
        user: username,
        type: "csv_data_load",
        status: "IN_PROGRESS",
        created_datetime: created,
        start_datetime: created + 15,
        ...job,
      };
      jobs.set(made.id, made);
      return made;
    },
    end(id: string, more: Partial<HarperDbJob> = {}) {
      const job = jobs.get(id);
      if (job === undefined) throw new Error(`There is no job ${id}.`);
      Object.assign(job, {
        status: "COMPLETE",
        end_datetime: job.start_datetime + 1604,
        message: "successfully loaded 350 of 350 records",
        ...more,
      });
    },
  });
}

function answer(
  { method, path, body }: Asked,
  jobs: ReadonlyMap<string, HarperDbJob>,
  strangers: readonly unknown[],
  { isSuperUser = true, version = 4 }: FakeHarperDbOptions,
): Answered {
  if (method !== "POST" || path !== "/") return { status: 404, body: { error: "Not found" } };
  const { operation, id, from_date: from, to_date: to } = JSON.parse(body) as Readonly<Record<string, string>>;
  if (operation === "get_job") {
    if (id === undefined) return { status: 400, body: { error: "'id' is required" } };
    const job = jobs.get(id);
    return { body: job === undefined ? [] : [shown(job, version, false)] };
  }
  if (operation !== "search_jobs_by_start_date")
    return { status: 400, body: { error: `Operation '${operation}' not found` } };
  if (!isSuperUser) return forbidden;
  const [after, before] = [dateIn(from), dateIn(to)];
  if (after === undefined || before === undefined) return badDate(after === undefined ? "from" : "to");
  const found = [...jobs.values()].filter(({ start_datetime: start }) => start > after && start < before);
  return { body: [...found.map((job) => shown(job, version, true)), ...strangers] };
}

const forbidden: Answered = {
  status: 403,
  body: {
    error: "This operation is not authorized due to role restrictions and/or invalid database items",
    unauthorized_access: ["Operation 'handleGetJobsByStartDate' is restricted to 'super_user' roles"],
    invalid_schema_items: [],
  },
};

const badDate = (which: string): Answered => ({
  status: 500,
  body: {
    error: `There was an error searching jobs by date: Error: Invalid '${which}' date, must be in ISO-8601 format (YYYY-MM-DD).`,
  },
});

const iso = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d))?$/;

function dateIn(text: string | undefined): number | undefined {
  const time = text !== undefined && iso.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** A record as a version answers it: the documents of version 4 have more fields than version 5. */
function shown(job: HarperDbJob, version: 4 | 5, isSearch: boolean): object {
  const { end_datetime: end, message, ...rest } = job;
  const converted = {
    start_datetime_converted: new Date(job.start_datetime).toISOString(),
    ...(end !== undefined && { end_datetime_converted: new Date(end).toISOString() }),
  };
  if (version === 4)
    return {
      ...rest,
      end_datetime: end ?? null,
      job_body: null,
      message: message ?? null,
      __createdtime__: job.created_datetime + 4,
      __updatedtime__: end ?? job.start_datetime,
      ...converted,
    };
  if (isSearch) return { ...rest, end_datetime: end ?? null, message: message ?? null, ...converted };
  return { ...rest, ...(end !== undefined && { end_datetime: end }), ...(message !== undefined && { message }) };
}
