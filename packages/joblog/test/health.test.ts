import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { rmSync } from "node:fs";
import { expect, test } from "vitest";
import { startJobLog } from "../src/index.ts";
import { jobs, post, send } from "./sender.ts";
import { folder } from "./stored.ts";

test("a job log says that it lives and that it is ready", async () => {
  await using log = await startJobLog({ port: 0 });
  for (const path of ["/healthz", "/readyz"])
    expect(await send(`${log.url}${path}`)).toMatchObject({ status: 200, text: "ok\n" });
});

test("a job log whose file was deleted lives, and is not ready, with the reason", async () => {
  using data = folder();
  await using log = await startJobLog({ port: 0, data: data.path });
  rmSync(join(data.path, "catalogue.db"));
  expect(await send(`${log.url}/healthz`)).toMatchObject({ status: 200 });
  const ready = await send(`${log.url}/readyz`);
  expect(ready.status).toBe(503);
  expect(ready.text).toContain("catalogue.db was deleted or replaced while it was in use; start the job log again.");
});

test("a job log whose file another program holds is not ready until that lets go", async () => {
  using data = folder();
  await using log = await startJobLog({ port: 0, data: data.path });
  const holder = new DatabaseSync(join(data.path, "catalogue.db"));
  holder.exec("BEGIN IMMEDIATE");
  const held = await send(`${log.url}/readyz`);
  holder.exec("ROLLBACK");
  holder.close();
  expect(held).toMatchObject({ status: 503, text: expect.stringContaining("another program holds the file") });
  expect(await send(`${log.url}/readyz`)).toMatchObject({ status: 200 });
});

test("what is held is reported as Prometheus text", async () => {
  await using log = await startJobLog({ port: 0 });
  await post(`${log.url}/v1/logs`, jobs(["1", "2"]));
  const { headers, text } = await send(`${log.url}/metrics`);
  expect(headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(text.replace(/(resident_memory_bytes) \d+\n/, "$1 …\n")).toMatchInlineSnapshot(`
    "# HELP jobtrail_log_jobs Jobs that are kept.
    # TYPE jobtrail_log_jobs gauge
    jobtrail_log_jobs 2
    # HELP jobtrail_log_jobs_succeeded Kept jobs that succeeded.
    # TYPE jobtrail_log_jobs_succeeded gauge
    jobtrail_log_jobs_succeeded 2
    # HELP jobtrail_log_jobs_failed Kept jobs that failed and will not run again by themselves.
    # TYPE jobtrail_log_jobs_failed gauge
    jobtrail_log_jobs_failed 0
    # HELP jobtrail_log_runs Runs of the jobs that are kept.
    # TYPE jobtrail_log_runs gauge
    jobtrail_log_runs 2
    # HELP jobtrail_log_runs_lost Runs that nobody saw end.
    # TYPE jobtrail_log_runs_lost gauge
    jobtrail_log_runs_lost 0
    # HELP jobtrail_log_records Job events that are kept.
    # TYPE jobtrail_log_records gauge
    jobtrail_log_records 6
    # HELP jobtrail_log_spans_total Spans that were received.
    # TYPE jobtrail_log_spans_total counter
    jobtrail_log_spans_total 0
    # HELP jobtrail_log_points_total Metric points that were received.
    # TYPE jobtrail_log_points_total counter
    jobtrail_log_points_total 0
    # HELP jobtrail_log_refused_total Records that could not be read.
    # TYPE jobtrail_log_refused_total counter
    jobtrail_log_refused_total 0
    # HELP jobtrail_log_other_total Log records that belong to no job.
    # TYPE jobtrail_log_other_total counter
    jobtrail_log_other_total 0
    # HELP jobtrail_log_stream_readers Readers of the stream of changes.
    # TYPE jobtrail_log_stream_readers gauge
    jobtrail_log_stream_readers 0
    # HELP jobtrail_log_resident_memory_bytes Memory of the process.
    # TYPE jobtrail_log_resident_memory_bytes gauge
    jobtrail_log_resident_memory_bytes …
    "
  `);
});

test("so many readers follow the stream at once, and a further one is asked to come again", async () => {
  await using log = await startJobLog({ port: 0, streamReaders: 2 });
  const stop = new AbortController();
  const first = await fetch(`${log.url}/api/v1/stream`, { signal: stop.signal });
  const second = await fetch(`${log.url}/api/v1/stream`);
  const third = await fetch(`${log.url}/api/v1/stream`);
  expect([first.status, second.status, third.status]).toEqual([200, 200, 503]);
  expect(await third.json()).toMatchObject({ error: { code: "JOBTRAIL_STREAM_FULL" } });
  expect((await send(`${log.url}/metrics`)).text).toContain("jobtrail_log_stream_readers 2\n");
  stop.abort();
  await expect.poll(async () => (await fetch(`${log.url}/api/v1/stream`)).status).toBe(200);
});
