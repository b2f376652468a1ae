import { Hono } from "hono";
import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { JobHistory, JobStore } from "./contract.ts";
import { asJson, entryOf } from "./entry.ts";
import { catalogue } from "./errors.ts";
import { cursorText, isWrong, readSearch } from "./query/search.ts";
import { follow } from "./stream.ts";
import type { Readers } from "./stream.ts";
import { viewOf } from "./view.ts";

/**
 * The query API, read only:
 * - `/api/v1/jobs`: `{ jobs, next?, previous? }`, most recent first; which ones, `readSearch` says;
 *   `before=<next>` asks for older ones, `after=<previous>` for newer ones, `limit` for so many.
 * - `/api/v1/jobs/:uid`: the job with its runs; `…/events`: its events in order, and how many `older` ones there are
 *   of very many; `…/logs`: its runs' log lines.
 * - `/api/v1/summary`: what is held, counted.
 * - `/api/v1/stream`: server-sent events, one `job` event for each job that changes; it goes on after
 *   `Last-Event-ID` or `?since=`.
 */
export function api(store: JobStore, readers: Readers): Hono {
  const app = new Hono();
  app.get("/api/v1/jobs", async (c) => {
    const search = readSearch(new URL(c.req.url).searchParams);
    if (isWrong(search)) return answer(c, { error: search }, 400);
    const { jobs, older, newer, isCut } = await store.jobs(search.query, search.page);
    return answer(c, {
      jobs,
      ...(isCut && { cut: true }),
      ...(older && { next: cursorText(older) }),
      ...(newer && { previous: cursorText(newer) }),
    });
  });
  const ofJob = (path: string, show: (history: JobHistory) => unknown): void =>
    void app.get(`/api/v1/jobs/:uid${path}`, async (c) => {
      const history = await store.history(c.req.param("uid"));
      return history === undefined ? unknownJob(c) : answer(c, show(history));
    });
  ofJob("", ({ job, older }) => viewOf(job, older > 0));
  ofJob("/events", ({ events, older }) => ({ events: events.map(entryOf), ...(older > 0 && { older }) }));
  ofJob("/logs", ({ lines }) => ({ logs: lines.map(entryOf) }));
  app.get("/api/v1/summary", async (c) => answer(c, await store.summary()));
  app.get("/api/v1/stream", async (c) => {
    const after = changeIn(c, await store.newest());
    const leave = readers.enter();
    if (leave === undefined) return streamFull(c, readers.limit);
    // A store that was closed ends the stream; its reader asks again.
    return streamSSE(
      c,
      (stream) => follow(store, after, stream).finally(leave),
      async () => {},
    );
  });
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
        message: catalogue.JOBTRAIL_JOB_UNKNOWN({ uid: c.req.param("uid") ?? "" }),
      },
    },
    404,
  );

const streamFull = (c: Context, limit: number): Response =>
  answer(
    c,
    {
      error: {
        code: "JOBTRAIL_STREAM_FULL",
        found: limit,
        message: catalogue.JOBTRAIL_STREAM_FULL({ limit }),
      },
    },
    503,
  );

/** The last change that the reader knows; one that this store never gave is as good as none. */
function changeIn(c: Context, newest: number): number {
  const said = c.req.header("last-event-id") ?? c.req.query("since") ?? "";
  return /^\d{1,16}$/.test(said) ? Math.min(Number(said), newest) : newest;
}
