import { Hono } from "hono";
import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Store } from "./contract.ts";
import { asJson, entryOf } from "./entry.ts";
import { cursorText, isWrong, readQuery } from "./query.ts";
import { follow } from "./stream.ts";
import { viewOf } from "./view.ts";

/**
 * The query API, read only:
 * - `/api/v1/jobs`: `{ jobs, next?, previous? }`, most recent first; filters `system`, `queue`, `name`, `state`,
 *   `actor`, `result`, `lost`, `retried` (`true` or `false`); `before=<next>` asks for older ones, `after=<previous>` for newer ones, `limit` for so many.
 * - `/api/v1/jobs/:uid`: the job with its runs; `…/events`: its events in order; `…/logs`: its runs' log lines.
 * - `/api/v1/summary`: what is held, counted.
 * - `/api/v1/stream`: server-sent events, one `job` event for each job that changes; it goes on after
 *   `Last-Event-ID` or `?since=`.
 */
export function api(store: Store): Hono {
  const app = new Hono();
  app.get("/api/v1/jobs", (c) => {
    const query = readQuery(new URL(c.req.url).searchParams);
    if (isWrong(query)) return answer(c, { error: query }, 400);
    const { jobs, older, newer } = store.list(query.filter, query.place);
    return answer(c, {
      jobs,
      ...(older && { next: cursorText(older) }),
      ...(newer && { previous: cursorText(newer) }),
    });
  });
  app.get("/api/v1/jobs/:uid", (c) => {
    const job = store.job(c.req.param("uid"));
    return job === undefined ? unknownJob(c) : answer(c, viewOf(job));
  });
  app.get("/api/v1/jobs/:uid/events", (c) => {
    const events = store.events(c.req.param("uid"));
    return events.length === 0 ? unknownJob(c) : answer(c, { events: events.map(entryOf) });
  });
  app.get("/api/v1/jobs/:uid/logs", (c) => {
    const uid = c.req.param("uid");
    return store.job(uid) === undefined ? unknownJob(c) : answer(c, { logs: store.lines(uid).map(entryOf) });
  });
  app.get("/api/v1/summary", (c) => answer(c, store.summary()));
  app.get("/api/v1/stream", (c) =>
    // A store that was closed ends the stream; its reader asks again.
    streamSSE(
      c,
      (stream) => follow(store, placeIn(c, store), stream),
      async () => {},
    ),
  );
  return app;
}

function answer(c: Context, value: unknown, status: ContentfulStatusCode = 200): Response {
  return c.body(asJson(value), status, {
    "content-type": "application/json; charset=utf-8",
    "cache-control": "no-store",
  });
}

const unknownJob = (c: Context): Response =>
  answer(
    c,
    {
      error: {
        code: "JOBTRAIL_JOB_UNKNOWN",
        found: c.req.param("uid"),
        message: `No job has the uid "${c.req.param("uid")}". Uids stand in the answer of /api/v1/jobs.`,
      },
    },
    404,
  );

/** Where the reader left off; a place that this store never gave is as good as none. */
function placeIn(c: Context, store: Store): number {
  const newest = store.newest();
  const said = c.req.header("last-event-id") ?? c.req.query("since") ?? "";
  return /^\d{1,15}$/.test(said) ? Math.min(Number(said), newest) : newest;
}
