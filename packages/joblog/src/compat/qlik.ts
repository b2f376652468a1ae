import { compareTimes, fromIso } from "@jobtrail/core/event";
import { qlik } from "@jobtrail/schemas";
import type { QlikAudit, QlikRecord } from "@jobtrail/schemas";
import { Hono } from "hono";
import type { Context } from "hono";
import { randomBytes } from "node:crypto";
import type { JobQuery } from "../query/query.ts";
import { allowedAt, json } from "./asked.ts";
import type { Asked } from "./asked.ts";
import { fitting, isSame } from "./credentials.ts";
import type { Credentials } from "./credentials.ts";
import { jobsOf, newestFirst, newestOf, recordsOf, TooMuch } from "./records.ts";
import type { AskedJob, Owner, Timed } from "./records.ts";
import { auditOf } from "./qlik-envelope.ts";
import { placeText, searchIn, WrongSearch } from "./qlik-search.ts";
import type { Place, Search } from "./qlik-search.ts";
import { within } from "./scope.ts";

type Key = Credentials["qlik"][number];

/** What a proxy in front takes away. */
const way = "/compat/qlik";

/**
 * Qlik's way of asking: the audits of ended runs, in the older envelope, newest first unless `sort=eventTime`, with
 * links to the next and the previous page. The filters are those of the audits interface.
 */
export function qlikWay(asked: Asked): Hono {
  const app = new Hono();
  app.get(`${way}/api/v1/audits`, async (c) => {
    const key = qlikKeyOf(c, asked);
    if (key === undefined) return qlikError(401, "Unauthorized", "The bearer token is missing or unknown.");
    try {
      return await answer(c, asked, key);
    } catch (error) {
      if (error instanceof WrongSearch) return qlikError(400, "Invalid request", error.message);
      if (!(error instanceof TooMuch)) throw error;
      return qlikError(400, "Too many results", "Ask for a shorter time with eventTime=start/end.");
    }
  });
  return app;
}

/** Who asks, by bearer token. */
export function qlikKeyOf(c: Context, asked: Asked): Key | undefined {
  const [, token] = /^bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "") ?? [];
  return token === undefined ? undefined : fitting(allowedAt(c, asked)?.qlik ?? [], (key) => isSame(key.token, token));
}

/** An answer as the interface gives errors. */
export const qlikError = (status: number, title: string, detail: string): Response =>
  json({ errors: [{ code: `HTTP-${status}`, title, detail }], traceId: randomBytes(16).toString("hex") }, status);

async function answer(c: Context, { store, owner }: Asked, { scope }: Key): Promise<Response> {
  const search = searchIn(c.req.query());
  const query: JobQuery = { where: [], ...(search.from && { range: { of: "heard", from: search.from } }) };
  const all = newestOf(jobsOf(store, within(query, scope)), (job) =>
    auditsOf(job, owner).filter((each) => isAsked(each, search)),
  );
  const { page, isMore, isFirst } = await pageOf(search.isAscending ? await reversed(all) : all, search);
  const [first, last] = [page.at(0), page.at(-1)];
  return json({
    data: page.map(({ record }) => record),
    links: {
      self: { href: linkTo(c, {}) },
      ...(last && isMore && { next: { href: linkTo(c, { next: placeText(last) }) } }),
      ...(first && !isFirst && { prev: { href: linkTo(c, { prev: placeText(first) }) } }),
    },
  });
}

async function reversed<T>(all: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const each of all) found.push(each);
  return found.reverse();
}

interface Page<T> {
  readonly page: readonly Timed<T>[];
  readonly isMore: boolean;
  readonly isFirst: boolean;
}

/** The page after a place, or the one before another; else the first. */
async function pageOf<T>(
  all: AsyncIterable<Timed<T>> | readonly Timed<T>[],
  { limit, isAscending, next, prev }: Search,
): Promise<Page<T>> {
  const order = (a: Place, b: Place): number => (isAscending ? -1 : 1) * newestFirst(a, b);
  const found: Timed<T>[] = [];
  let skipped = 0;
  for await (const each of all) {
    if (next !== undefined && order(each, next) <= 0) {
      skipped++;
      continue;
    }
    if (prev !== undefined && order(each, prev) >= 0)
      return { page: found.slice(-limit), isMore: true, isFirst: found.length <= limit };
    found.push(each);
    if (prev === undefined && found.length > limit) break;
  }
  return { page: found.slice(0, limit), isMore: found.length > limit, isFirst: skipped === 0 };
}

function isAsked({ time, record }: Timed<QlikAudit>, { from, to, equals }: Search): boolean {
  const fields = record as unknown as Readonly<Record<string, unknown>>;
  const isEqual = ([name, value]: [string, string]): boolean =>
    name === "id" ? value.split(",").includes(record.id) : fields[name] === value;
  if (!Object.entries(equals).every(isEqual)) return false;
  return (from === undefined || compareTimes(time, from) >= 0) && (to === undefined || compareTimes(time, to) <= 0);
}

/** Links are whole addresses, which Qlik's clients want: as a proxy in front says that it is asked for, or as it came. */
function linkTo(c: Context, place: { readonly next?: string; readonly prev?: string }): string {
  const url = new URL(c.req.url);
  const [scheme, prefix] = [c.req.header("x-forwarded-proto"), c.req.header("x-forwarded-prefix")];
  if (scheme === "http" || scheme === "https") url.protocol = scheme;
  if (prefix !== undefined && /^[\w/.-]{0,200}$/.test(prefix))
    url.pathname = url.pathname.replace(way, prefix.replace(/\/$/, ""));
  if (Object.keys(place).length > 0) for (const name of ["next", "prev"]) url.searchParams.delete(name);
  for (const [name, value] of Object.entries(place)) url.searchParams.set(name, value);
  return url.href;
}

/** The audits of a job's runs that have ended. */
export function auditsOf({ history, row }: AskedJob, owner: Owner): readonly Timed<QlikAudit>[] {
  return endedRunsOf(history, owner).map((event) => {
    const record = auditOf(event);
    return {
      time: fromIso(record.eventTime ?? "") ?? fromIso(row.last) ?? [0, 0],
      key: `${row.uid} ${record.id}`,
      record,
    };
  });
}

/** Words of runs that have not ended. */
const going = new Set(["not started", "queued", "starting", "running", "must stop"]);

/** The events of a job's runs that have ended; each run once, as it was learned of last. */
export function endedRunsOf(history: AskedJob["history"], owner: Owner): readonly QlikRecord[] {
  const ended = recordsOf(history, qlik, owner).filter(({ data }) => !going.has(data?.status ?? ""));
  return [...new Map(ended.map((event) => [runKeyOf(event), event])).values()];
}

/** What is the same of a run in all its records. */
export function runKeyOf(event: QlikRecord): string {
  const { data, jobtrail } = event;
  return jobtrail?.run?.uid ?? jobtrail?.uid ?? data?.id ?? ("eventId" in event ? String(event.eventId) : event.id);
}
