import { Hono } from "hono";
import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { JobHistory, JobStore, ListedField } from "../contract.ts";
import { entryOf } from "../entry.ts";
import { QueryError } from "../errors.ts";
import { cursorText, isWrong } from "../query/search.ts";
import type { GroupBy, JobQuery } from "../query/query.ts";
import { follow, newReaders } from "../stream.ts";
import type { Readers } from "../stream.ts";
import { viewOf } from "../view.ts";
import { answer, full, pageIn, questionIn, refused, searchOf, unknownJob, wrongParameter } from "./answer.ts";
import { exportJobs } from "./export.ts";
import { document } from "./openapi.ts";
import { groups, listed } from "./parameters.ts";

/** So many exports are read at once. */
const mostExports = 4;

/**
 * The query API, read only; `/openapi.json` describes it. Which jobs a request means, `readSearch` says. Each answers
 * within 2 s, or says how to ask for less; an export is a stream, and each portion of it is found in that time.
 */
export function api(store: JobStore, readers: Readers): Hono {
  const app = new Hono();
  const exports = newReaders(mostExports);
  app.get("/openapi.json", (c) => answer(c, document));
  app.get("/api/v1/jobs", (c) => jobs(c, store));
  ofJobs(app, store);
  app.get("/api/v1/summary", async (c) => answer(c, await store.summary()));
  app.get("/api/v1/problems", async (c) => answer(c, { problems: await store.problems() }));
  app.get("/api/v1/statistics", (c) => statistics(c, store));
  app.get("/api/v1/definitions", (c) =>
    questioned(c, [], async (query) => ({ definitions: await store.definitions(query) })),
  );
  app.get("/api/v1/errors", (c) => questioned(c, [], async (query) => ({ errors: await store.errors(query) })));
  app.get("/api/v1/values/:field", async (c) => {
    const field = listed.find((each) => each === c.req.param("field"));
    return field === undefined
      ? refused(c, 400, wrongParameter("field", listed.join(", "), c.req.param("field")))
      : answer(c, { values: await store.values(field satisfies ListedField) });
  });
  app.get("/api/v1/export", (c) => exportJobs(c, store, exports));
  app.get("/api/v1/stream", async (c) => {
    const after = changeIn(c, await store.newest());
    const leave = readers.enter();
    if (leave === undefined) return full(c, "JOBTRAIL_STREAM_FULL", readers.limit);
    // A store that was closed ends the stream; its reader asks again.
    return streamSSE(
      c,
      (stream) => follow(store, after, stream).finally(leave),
      async () => {},
    );
  });
  for (const path of Object.keys(document.paths))
    app.all(path.replaceAll(/\{(\w+)\}/g, ":$1"), (c) => c.text(readOnly, 405, { allow: "GET, HEAD" }));
  return app;
}

const readOnly = "The API is read only: ask with GET. /openapi.json describes it.\n";

async function jobs(c: Context, store: JobStore): Promise<Response> {
  const search = pageIn(c);
  if (isWrong(search)) return refused(c, 400, search);
  const page = await store.jobs(search.query, search.page);
  return answer(c, {
    jobs: page.jobs,
    ...(page.isCut && { cut: true }),
    ...(page.older && { next: cursorText(page.older) }),
    ...(page.newer && { previous: cursorText(page.newer) }),
  });
}

function ofJobs(app: Hono, store: JobStore): void {
  const shows: Readonly<Record<string, (history: JobHistory) => unknown>> = {
    "": ({ job, older }) => viewOf(job, older > 0),
    "/runs": ({ job }) => ({ runs: viewOf(job).runs }),
    "/events": ({ events, older }) => ({ events: events.map(entryOf), ...(older > 0 && { older }) }),
    "/logs": ({ lines }) => ({ logs: lines.map(entryOf) }),
  };
  for (const [path, show] of Object.entries(shows))
    app.get(`/api/v1/jobs/:uid${path}`, async (c) => {
      const uid = c.req.param("uid");
      const history = await store.history(uid);
      return history === undefined ? unknownJob(c, uid) : answer(c, show(history));
    });
}

async function statistics(c: Context, store: JobStore): Promise<Response> {
  const asked = searchOf(c).getAll("by");
  const by = [...new Set(asked)].filter((each): each is GroupBy => (groups as readonly string[]).includes(each));
  if (asked.length > 3 || asked.some((each) => !(groups as readonly string[]).includes(each)))
    return refused(c, 400, wrongParameter("by", `at most three of ${groups.join(", ")}`, asked.join(", ")));
  return questioned(c, ["by"], async (query) => ({ buckets: await store.statistics(query, by) }));
}

/** Answers a question about all jobs of a query. */
async function questioned(
  c: Context,
  own: readonly string[],
  ask: (query: JobQuery) => Promise<unknown>,
): Promise<Response> {
  const query = questionIn(c, own);
  if (isWrong(query)) return refused(c, 400, query);
  try {
    return answer(c, await ask(query));
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return refused(c, 422, { code: error.code, message: error.message });
  }
}

/** The last change that the reader knows; one that this store never gave is as good as none. */
function changeIn(c: Context, newest: number): number {
  const said = c.req.header("last-event-id") ?? c.req.query("since") ?? "";
  return /^\d{1,16}$/.test(said) ? Math.min(Number(said), newest) : newest;
}
