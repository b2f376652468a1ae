import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { isRefusal } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { encodeLogs } from "@jobtrail/otlp";
import type { Received } from "@jobtrail/otlp";
import type { HrTime } from "@opentelemetry/api";
import type { Appended, JobStore } from "../src/contract.ts";
import type { JobField } from "../src/query/field.ts";
import type { JobQuery } from "../src/query/query.ts";
import type { JobRow } from "../src/view.ts";
import { at, email, order, received, refusedCard, JobStory, without } from "./story.ts";

/** When records arrive. */
export const now: HrTime = at(10_000);

/** Keeps records as the receiver does. */
export async function append(store: JobStore, records: readonly Received[], when: HrTime = now): Promise<Appended> {
  const body = encodeLogs(records, "protobuf");
  const appended = await store.append({ signal: "logs", encoding: "protobuf", body, received: when });
  if (isRefusal(appended)) throw new Error(`the batch was refused: ${appended.path}`);
  return appended;
}

/** Keeps events as the receiver does. */
export const keep = (store: JobStore, ...events: readonly JobEvent[]): Promise<Appended> =>
  append(store, events.map(received));

/** A query for jobs that have some values. */
export const having = (values: Partial<Record<JobField, string | number | boolean>>): JobQuery => ({
  where: Object.entries(values).map(([field, value]) => ({ field: field as JobField, op: "is", value })),
});

/** Jobs whose count of something is above zero, or is zero. */
export const withAny = (field: "lost" | "retries", any: boolean): JobQuery => ({
  where: [{ field, op: any ? ">=" : "<", value: 1 }],
});

/** The first jobs of a query. */
export const jobsOf = async (
  store: JobStore,
  query: JobQuery = { where: [] },
  limit = 100,
): Promise<readonly JobRow[]> => (await store.jobs(query, { limit })).jobs;

/** The ids of the first jobs of a query. */
export const idsOf = async (store: JobStore, query?: JobQuery): Promise<(string | undefined)[]> =>
  (await jobsOf(store, query)).map(({ id }) => id);

/** A folder that is gone after the test. */
export function folder(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), "jobtrail-store-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** What can be seen of a store from outside, but for the number of records: it counts the ends that were inferred on the way. */
export async function seen(store: JobStore): Promise<unknown> {
  const jobs = await jobsOf(store, undefined, 500);
  const views = await Promise.all(jobs.map(async ({ uid }) => (await store.history(uid))?.job));
  const { records: _, ...summary } = await store.summary();
  return { jobs, views, summary };
}

/** Jobs with retries, losses, real ends of lost runs, progress and nameless records. */
export function severalStories(): JobEvent[] {
  const a = new JobStory(email, "1", { "job.actor.id": "ann" });
  const b = new JobStory(order, "2");
  const c = new JobStory(order, "3");
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

/** The file of the day of `at`, in the folder of a store. */
export const fileOf = (folder: string, kind: "records" | "jobs"): string =>
  join(folder, "days", `2026-03-02.${kind}.db`);

/** Changes a file as another program does. */
export function edit(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}
