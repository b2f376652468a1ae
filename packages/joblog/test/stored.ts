import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { JobEvent } from "@jobtrail/core/event";
import type { HrTime } from "@opentelemetry/api";
import type { Store } from "../src/contract.ts";
import { at, email, order, received, refusedCard, Teller, without } from "./story.ts";

/** When records arrive. */
export const now: HrTime = at(10_000);

/** Keeps events as the receiver would. */
export const keep = (store: Store, ...events: readonly JobEvent[]): ReturnType<Store["append"]> =>
  store.append(events.map(received), [], now);

/** A folder that is gone after the test. */
export function folder(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), "jobtrail-store-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** What can be seen of a store from outside. */
export const seen = (store: Store): unknown => {
  const { jobs } = store.list({}, { limit: 1000 });
  return { jobs, views: jobs.map(({ uid }) => store.job(uid)), summary: store.summary() };
};

/** Jobs with retries, losses, real ends of lost runs, progress and nameless records. */
export function tales(): JobEvent[] {
  const a = new Teller(email, "1", { "job.actor.id": "ann" });
  const b = new Teller(order, "2");
  const c = new Teller(order, "3");
  return [
    a.queued(0),
    a.started(1, 1),
    a.event("job.run.progress", 2, { "job.run.uid": a.runUid(1), "job.progress": 50 }, 1),
    a.succeeded(1, 3, { "job.run.duration": 2 }),
    b.queued(4),
    b.started(1, 5),
    b.started(2, 50),
    b.failed(2, 51, false, refusedCard),
    b.started(3, 60),
    b.failed(3, 61, true, refusedCard),
    c.queued(5),
    c.started(1, 6),
    c.started(2, 70),
    c.ended(1, 8, { "job.run.result": "success", "job.run.final": false, "job.run.duration": 2 }),
    without(c.event("job.stalled", 69, { "job.record.source": "stream" }), "job.uid"),
    without(a.event("job.run.ended", 3.1, { "job.record.source": "stream", "job.run.result": "success" }), "job.uid"),
  ];
}

/** Changes a file as another program does. */
export function edit(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}
