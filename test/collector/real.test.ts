import { startJobLog } from "@jobtrail/joblog";
import { absenceOf, redis, startRedis } from "@jobtrail/testing";
import { describe, expect, vi } from "vitest";
import { startCollector, collectorTest as test } from "./collector.ts";
import type { Collector } from "./collector.ts";
import { prometheus, queried } from "./prometheus.ts";
import { startApp } from "./real/app.ts";
import type { Stored } from "./real/app.ts";
import { jobsOf, recordUidsOf } from "./real/joblog.ts";
import { plan, runsOf } from "./real/plan.ts";
import type { Plan } from "./real/plan.ts";
import { sumOf } from "./samples.ts";
import type { Sample } from "./samples.ts";
import { recordsIn, secondSinkOf } from "./second-sink.ts";
import { uidsOf } from "./traffic.ts";

const absences = [redis, prometheus]
  .map((service) => absenceOf(service, process.env))
  .filter((absence) => absence !== undefined && !absence.fails);
for (const absence of absences) console.log(`Skipped: ${absence?.line}`);

const jobs = 300;
const planned = plan(jobs);
const runs = sum(planned.map(runsOf));
/** A job says that it was queued; a run that it started and that it ended; a retry that it will come. */
const records = jobs + 2 * runs + (runs - jobs);

const stack = ["base.yaml", "agent.yaml", "backends/joblog.yaml", "backends/prometheus-remote-write.yaml"];

const stored = planned
  .map((each, n) => ({ id: `${n + 1}`, name: each.name, state: stateOf(each), runs: runsOf(each) }))
  .sort(byId);

describe.skipIf(absences.length > 0)("real jobs", () => {
  test("stand whole in the job log, in the second sink and in Prometheus", async () => {
    await using server = await startRedis();
    await using log = await startJobLog({ port: 0 });
    await using metrics = await prometheus.start();
    const env = { JOBTRAIL_JOBLOG_ENDPOINT: log.url, ...metrics.env };
    await using collector = await startCollector({ config: stack, env });
    await using app = startApp({ redis: server.url, collector: collector.http, jobs });
    await app.untilOver(jobs);
    expect(await app.stop()).toEqual({ codes: [0, 0, 0], said: "" });
    expect((await app.stored()).toSorted(byId)).toEqual(stored);

    const sunk = await sunkUids(collector);
    expect(sunk).toHaveLength(records);
    expect(new Set(sunk).size).toBe(records);
    await vi.waitFor(async () => expect((await log.summary()).records).toBe(records), 20_000);
    expect(await log.summary()).toMatchObject({ jobs, runs, retries: runs - jobs, lost: 0, refused: 0, other: 0 });
    await toldAsStored(log.url, sunk);
    await countedAsPlanned(metrics.url);
    expect(sumOf(await collector.metrics(), "otelcol_receiver_accepted_log_records")).toBe(records);
  });

  test("are as whole where the Collector is killed twice among them", async () => {
    await using server = await startRedis();
    await using log = await startJobLog({ port: 0 });
    await using metrics = await prometheus.start();
    const env = { JOBTRAIL_JOBLOG_ENDPOINT: log.url, ...metrics.env };
    await using collector = await startCollector({ config: stack, env });
    await using app = startApp({ redis: server.url, collector: collector.http, jobs, workMs: 50 });
    for (const over of [jobs / 3, (2 * jobs) / 3]) {
      await app.untilOver(over);
      await collector.kill();
      await collector.start();
    }
    await app.untilOver(jobs);
    expect((await app.stop()).codes).toEqual([0, 0, 0]);
    expect((await app.stored()).toSorted(byId)).toEqual(stored);

    // A request that was taken and not yet answered when the Collector died was sent once more.
    const sunk = new Set(await sunkUids(collector));
    expect(sunk.size).toBe(records);
    await vi.waitFor(async () => expect((await log.summary()).records).toBe(records), 20_000);
    expect(await log.summary()).toMatchObject({ jobs, runs, retries: runs - jobs, lost: 0, refused: 0, other: 0 });
    await toldAsStored(log.url, [...sunk]);
    await countedAsPlanned(metrics.url);
  });
});

/** Every job of the job log is as BullMQ's own store has it, and every record is the one that the second sink has. */
async function toldAsStored(url: string, sunk: readonly string[]): Promise<void> {
  const logged = await jobsOf(url);
  expect(
    logged.map(({ id, name, state, counts }): Stored => ({ id, name, state, runs: counts.runs })).toSorted(byId),
  ).toEqual(stored);
  expect((await recordUidsOf(url, logged)).toSorted()).toEqual(sunk.toSorted());
}

/** Prometheus counts what the plan says, for each name of a job, over all processes. */
async function countedAsPlanned(url: string): Promise<void> {
  const by = "sum by (job_system_name, job_queue_name, job_name";
  await vi.waitFor(async () => {
    expect(await queried(url, `${by}, job_run_result, job_run_final) (job_run_duration_seconds_count)`)).toEqual(
      samples((each) => [
        [{ job_run_result: "failure", job_run_final: "false" }, runsOf(each) - 1],
        [{ job_run_result: "failure", job_run_final: "true" }, stateOf(each) === "failed" ? 1 : 0],
        [{ job_run_result: "success", job_run_final: "true" }, stateOf(each) === "failed" ? 0 : 1],
      ]),
    );
    expect(await queried(url, `${by}) (job_run_retries_total)`)).toEqual(samples((each) => [[{}, runsOf(each) - 1]]));
    // After a pause no other worker than the one before knows since when a job could have been tried again.
    const [waits] = await queried(url, "sum(job_run_wait_seconds_count)");
    expect(waits?.value).toSatisfy((value: number) => value >= jobs && value <= runs);
    expect(await queried(url, "sum(job_run_active)")).toEqual([{ name: "", labels: {}, value: 0 }]);
    expect(await queried(url, "count by (job) (count by (job, instance) (job_run_active))")).toEqual([
      { name: "", labels: { job: "mailer" }, value: 2 },
    ]);
  }, 20_000);
}

type Counts = readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[];

/** What a query gives where each job of the plan counts so; series without any stand nowhere. */
function samples(countsOf: (each: Plan) => Counts): unknown {
  const totals = new Map<string, number>();
  for (const each of planned)
    for (const [more, value] of countsOf(each)) {
      const labels = { job_system_name: "bullmq", job_queue_name: "mail", job_name: each.name, ...more };
      totals.set(JSON.stringify(labels), (totals.get(JSON.stringify(labels)) ?? 0) + value);
    }
  const wanted = [...totals]
    .filter(([, value]) => value > 0)
    .map(([labels, value]): Sample => ({ name: "", labels: JSON.parse(labels) as Sample["labels"], value }));
  return expect.toSatisfy((found: readonly Sample[]) => {
    expect(found.toSorted(byLabels)).toEqual(wanted.toSorted(byLabels));
    return true;
  });
}

async function sunkUids(collector: Collector): Promise<string[]> {
  const uids: string[] = [];
  for await (const request of recordsIn(secondSinkOf(collector))) uids.push(...uidsOf(request));
  return uids;
}

function stateOf({ failures }: Plan): string {
  return failures >= 3 ? "failed" : "completed";
}

function byId(one: { readonly id: string }, other: { readonly id: string }): number {
  return Number(one.id) - Number(other.id);
}

function byLabels(one: Sample, other: Sample): number {
  return keyOf(one).localeCompare(keyOf(other));
}

const keyOf = ({ labels }: Sample): string =>
  Object.keys(labels)
    .sort()
    .map((key) => `${key}=${labels[key]}`)
    .join();

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
