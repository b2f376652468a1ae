import { compareTimes, fromIso, fromMillis } from "@jobtrail/core/event";
import { harperdb, numberOf } from "@jobtrail/schemas";
import type { HarperJob, HarperRecord } from "@jobtrail/schemas";
import type { HrTime } from "@opentelemetry/api";
import { Hono } from "hono";
import type { Context } from "hono";
import type { JobHistory } from "../contract.ts";
import type { JobQuery } from "../query/query.ts";
import { allowedAt, json } from "./asked.ts";
import type { Asked } from "./asked.ts";
import { basicIn, fitting, isSame } from "./credentials.ts";
import type { HarperCredential } from "./credentials.ts";
import { queriesForId } from "./id.ts";
import { derivedOf, jobsOf, recordsOf, TooMuch } from "./records.ts";
import { within } from "./scope.ts";

type User = HarperCredential;

/**
 * HarperDB's way of asking: `POST` with an operation in JSON, `get_job` or `search_jobs_by_start_date`, and Basic
 * credentials. Both answer a list, also of one job; a search takes super users only, and its bounds are exclusive.
 */
export function harperdbWay(asked: Asked): Hono {
  const app = new Hono();
  // Clients that join the address with the path / end it with a slash.
  app.on("POST", ["/compat/harperdb", "/compat/harperdb/"], async (c) => {
    const user = userOf(c, asked);
    if (user === undefined) return json({ error: "Login failed" }, 401);
    const body: unknown = await c.req.json().catch(() => undefined);
    if (typeof body !== "object" || body === null) return json({ error: "Invalid JSON" }, 400);
    const { operation } = body as Record<string, unknown>;
    if (operation === undefined) return json({ error: "Operation is required" }, 400);
    const answer = typeof operation === "string" && Object.hasOwn(operations, operation) && operations[operation];
    return answer
      ? answer(body as Record<string, unknown>, { asked, user })
      : json({ error: `Operation '${String(operation).slice(0, 100)}' not found` }, 400);
  });
  return app;
}

function userOf(c: Context, asked: Asked): User | undefined {
  const given = basicIn(c.req.header("authorization"));
  const all = allowedAt(c, asked)?.harperdb ?? [];
  return given && fitting(all, ({ user, password }) => isSame(user, given.user) && isSame(password, given.password));
}

interface By {
  readonly asked: Asked;
  readonly user: User;
}

type Operation = (body: Readonly<Record<string, unknown>>, by: By) => Promise<Response> | Response;

const operations: Readonly<Record<string, Operation>> = { get_job: getJob, search_jobs_by_start_date: search };

async function getJob({ id }: Readonly<Record<string, unknown>>, by: By): Promise<Response> {
  if (typeof id !== "string" || id === "") return json({ error: "'id' is required" }, 400);
  const jobs: HarperJob[] = [];
  const queries = queriesForId(id).map((query) => within(query, by.user.scope));
  for await (const { history } of jobsOf(by.asked.store, ...queries)) {
    const job = jobIn(history, by);
    if (job?.id === id) jobs.push(job);
  }
  return json(jobs);
}

async function search(body: Readonly<Record<string, unknown>>, by: By): Promise<Response> {
  if (!by.user.super_user) return json(restricted, 403);
  const [from, to] = [timeIn(body["from_date"]), timeIn(body["to_date"])];
  if (from === undefined) return json({ error: wrongDate("from") }, 500);
  if (to === undefined) return json({ error: wrongDate("to") }, 500);
  const queries = queriesBetween(from, to).map((query) => within(query, by.user.scope));
  const jobs: HarperJob[] = [];
  try {
    for await (const { history } of jobsOf(by.asked.store, ...queries)) {
      const job = jobIn(history, by);
      if (job !== undefined && isBetween(job, from, to)) jobs.push(job);
    }
  } catch (error) {
    if (!(error instanceof TooMuch)) throw error;
    return json({ error: "Too many jobs started between these dates: ask for a shorter time" }, 400);
  }
  return json(jobs);
}

/** As the server says it. */
const restricted = {
  error: "This operation is not authorized due to role restrictions and/or invalid database items",
  unauthorized_access: ["Operation 'handleGetJobsByStartDate' is restricted to 'super_user' roles"],
  invalid_schema_items: [],
};

const wrongDate = (bound: "from" | "to"): string =>
  `There was an error searching jobs by date: Error: Invalid '${bound}' date, must be in ISO-8601 format (YYYY-MM-DD).`;

/** A day, or a time with a zone: `Z` or an offset with or without a colon. */
function timeIn(value: unknown): HrTime | undefined {
  if (typeof value !== "string") return undefined;
  const text = /^\d{4}-\d\d-\d\d$/.test(value) ? `${value}T00:00:00Z` : value.replace(/([+-]\d\d)(\d\d)$/, "$1:$2");
  return fromIso(text);
}

/** A job that was tried again started last when its last run did: it is found by when it was last heard of. */
const queriesBetween = (from: HrTime, to: HrTime): readonly JobQuery[] => [
  { where: [], range: { of: "started", from, to } },
  { where: [{ field: "runs", op: ">=", value: 2 }], range: { of: "heard", from } },
];

function isBetween({ start_datetime: start }: HarperJob, from: HrTime, to: HrTime): boolean {
  if (start === undefined || start === null) return false;
  const time = fromMillis(numberOf(start));
  return compareTimes(time, from) > 0 && compareTimes(time, to) < 0;
}

/** How a job stands now: what was read from HarperDB's own log is a record for each time that it was read. */
function jobIn(history: JobHistory, { asked: { owner } }: By): HarperJob | undefined {
  const isJob = (record: HarperRecord): record is HarperJob => "status" in record;
  return recordsOf(history, harperdb, owner).findLast(isJob) ?? derivedOf(history, harperdb, owner).findLast(isJob);
}
