import { now as clock } from "@jobtrail/core/event";
import type { HrTime } from "@opentelemetry/api";
import { Hono } from "hono";
import type { Context } from "hono";
import type { JobStore } from "../contract.ts";
import { isWrong, readSearch } from "../query/search.ts";
import { readAssets } from "./assets.ts";
import type { Asset } from "./assets.ts";
import { jobPage } from "./job.ts";
import { layout, notice } from "./layout.ts";
import type { Sheet } from "./layout.ts";
import { listPage } from "./list.ts";

/**
 * The pages for people: `/`, all jobs, and `/jobs/:uid`, one of them. Rendered here, readable
 * without script; a small script adds what moves.
 */
export function pages(store: JobStore, now: () => HrTime = clock): Hono {
  const assets = readAssets();
  const app = new Hono();
  const send = (c: Context, sheet: Sheet, status: 200 | 400 | 404 = 200): Response | Promise<Response> => {
    c.header("Cache-Control", "no-store");
    return c.html(layout(assets, sheet), status);
  };
  app.get("/", async (c) => {
    const { searchParams, origin } = new URL(c.req.url);
    const search = readSearch(searchParams);
    if (isWrong(search)) return send(c, notice("This cannot be shown", search.message), 400);
    return send(c, await listPage(store, search, origin, now()));
  });
  app.get("/jobs/:uid", async (c) => {
    const uid = c.req.param("uid");
    const since = await store.newest();
    const history = await store.history(uid);
    if (history === undefined)
      return send(c, notice("No such job", `No job has the uid "${uid}". It may be older than what is kept.`), 404);
    return send(c, jobPage(history, since, now()));
  });
  for (const asset of Object.values(assets) as Asset[])
    app.get(asset.path.split("?", 1)[0] ?? "", (c) => file(c, asset, "public, max-age=31536000, immutable"));
  // Browsers ask for it on pages that name no icon, such as the API's answers.
  app.get("/favicon.ico", (c) => file(c, assets.icon, "public, max-age=86400"));
  return app;
}

const file = (c: Context, { text, type }: Asset, keep: string): Response =>
  c.body(text, 200, { "Content-Type": type, "Cache-Control": keep });
