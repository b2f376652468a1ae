import { Hono } from "hono";
import { api } from "./api/index.ts";
import type { JobStore } from "./contract.ts";
import { strictHeaders } from "./headers.ts";
import { health } from "./health.ts";
import { ownOrigin } from "./origin.ts";
import type { Hosts } from "./origin.ts";
import { pages } from "./pages/index.ts";
import { reasonOf, receiver } from "./receiver.ts";
import { newReaders } from "./stream.ts";

/** What a job log answers to, and how much at once. */
export interface AppOptions {
  readonly hosts: Hosts;
  /** How many readers may follow the stream of changes at once. */
  readonly streamReaders: number;
  /** The documented ways of asking. */
  readonly ways: Hono;
}

/** All that the job log answers: telemetry in, the API and the pages out. */
export function createApp(store: JobStore, { hosts, streamReaders, ways }: AppOptions): Hono {
  const app = new Hono();
  const readers = newReaders(streamReaders);
  app.use(strictHeaders, ownOrigin(hosts));
  app.route("/", receiver(store));
  app.route("/", api(store, readers));
  app.route("/", health(store, { readers: readers.count }));
  app.route("/", ways);
  app.route("/", pages(store));
  app.notFound((c) => c.text(`Nothing is at ${c.req.path}. The jobs are at /.\n`, 404));
  // Senders give up at once on 500; on 503 they try again.
  app.onError((error, c) => c.text(`${reasonOf(error)}\n`, 503, { "retry-after": "1" }));
  return app;
}
