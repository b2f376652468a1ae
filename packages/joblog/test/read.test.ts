import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { readEvents } from "../src/index.ts";
import { openStore } from "../src/store.ts";
import { holdFolder } from "../src/store/lock.ts";
import { folder, keep } from "./stored.ts";
import { email, JobStory } from "./story.ts";

const job = new JobStory(email, "1");

test("a job's events are read from the folder of a job log that runs", async () => {
  using data = folder();
  const store = await openStore({ data: data.path });
  await keep(store, job.queued(0), job.started(1, 1));
  expect(readEvents(data.path, job.uid)?.map(({ record }) => record.eventName)).toEqual([
    "job.queued",
    "job.run.started",
  ]);
  expect([readEvents(data.path, "nobody"), readEvents(join(data.path, "none"), job.uid)]).toEqual([[], undefined]);
  await store.close();
});

test("a file of an earlier version is read, but not while a job log uses its folder", () => {
  using data = folder();
  writeFileSync(
    join(data.path, "jobs.db"),
    gunzipSync(readFileSync(join(import.meta.dirname, "fixtures/tables-1.db.gz"))),
  );
  const release = holdFolder(data.path);
  expect(() => readEvents(data.path, job.uid)).toThrow("JOBTRAIL_STORE_IN_USE");
  release();
  expect(readEvents(data.path, job.uid)?.map(({ record }) => record.eventName)).toEqual([
    "job.queued",
    "job.run.started",
    "job.run.progress",
    "job.run.ended",
    "job.run.ended",
  ]);
});
