import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { asJson } from "../entry.ts";
import { catalogue } from "../errors.ts";
import { isWrong, readSearch } from "../query/search.ts";
import type { JobSearch, WrongParameter } from "../query/search.ts";
import type { JobQuery } from "../query/query.ts";

/** An answer of the API, as JSON. */
export function answer(c: Context, value: unknown, status: ContentfulStatusCode = 200): Response {
  return c.body(asJson(value), status, {
    "content-type": "application/json; charset=utf-8",
    "cache-control": "no-store",
  });
}

/** Why a request is not answered: a code of the catalogue, what was found, and a sentence. */
export const refused = (
  c: Context,
  status: 400 | 404 | 422 | 503,
  error: { readonly code: string; readonly message: string; readonly found?: unknown },
): Response => {
  if (status === 503) c.header("retry-after", "1");
  return answer(c, { error }, status);
};

/** That no job has a uid. */
export const unknownJob = (c: Context, uid: string): Response =>
  refused(c, 404, { code: "JOBTRAIL_JOB_UNKNOWN", found: uid, message: catalogue.JOBTRAIL_JOB_UNKNOWN({ uid }) });

/** That so many readers are served already. */
export const full = (c: Context, code: "JOBTRAIL_STREAM_FULL" | "JOBTRAIL_EXPORTS_FULL", limit: number): Response =>
  refused(c, 503, { code, found: limit, message: catalogue[code]({ limit }) });

/** The parameters of a page, which a question about all jobs does not have. */
const ofPages = ["before", "after", "limit", "order"] as const;

/** What an address asks for, with the values of parameters of its own taken out first. */
export function questionIn(c: Context, own: readonly string[] = []): JobQuery | WrongParameter {
  const search = searchOf(c);
  for (const name of own) search.delete(name);
  for (const name of ofPages)
    if (search.has(name)) return wrongParameter(name, "nothing: all jobs are asked for", search.get(name) ?? "");
  const read = readSearch(search);
  return isWrong(read) ? read : read.query;
}

/** The page of jobs that an address asks for. */
export const pageIn = (c: Context): JobSearch | WrongParameter => readSearch(searchOf(c));

/** The parameters of a request. */
export const searchOf = (c: Context): URLSearchParams => new URL(c.req.url).searchParams;

/** A parameter that cannot be used. */
export const wrongParameter = (parameter: string, allowed: string, found: string): WrongParameter => ({
  code: "JOBTRAIL_QUERY_INVALID",
  parameter,
  allowed,
  found: found.slice(0, 80),
  message: catalogue.JOBTRAIL_QUERY_INVALID({ parameter, found: found.slice(0, 80), allowed }),
});
