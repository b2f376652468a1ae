import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { compareTimes } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { fold } from "@jobtrail/core/fold";
import { redis } from "@jobtrail/testing";
import { withService } from "@jobtrail/testing/vitest";
import { QueueEvents } from "bullmq";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { firstOnly, gate, pick, watching } from "./watching.ts";

const byTime = (one: JobEvent, other: JobEvent): number => compareTimes(one.time ?? one.seen, other.time ?? other.seen);

const soon = { lockDuration: 1000, stalledInterval: 600 };

/** Has another process take a job, and kills it in the middle. */
async function killAnother(url: string, name: string): Promise<void> {
  const worker = spawn(process.execPath, [fileURLToPath(new URL("killed.cjs", import.meta.url)), url, name], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(worker.stdout, "data");
  worker.kill("SIGKILL");
  await once(worker, "exit");
}

withService("jobs of BullMQ that are lost", redis, (service) => {
  test("a job whose worker's process was killed is told as stalled, by its uid, and runs again", async () => {
    await using watched = watching(service().url);
    await watched.queue().add("work", {});
    await killAnother(service().url, watched.name);
    // The app's own listener to BullMQ's event stream is none of ours.
    const stream = watched.opened(new QueueEvents(watched.name, { connection: watched.connection }));
    await stream.waitUntilReady();
    const heard = once(stream, "stalled");
    await watched.worker(() => "done", soon);
    await heard;
    await watched.event("job.run.ended");
    const [queued, stalled, started, ended, ...more] = watched.events().toSorted(byTime);
    expect(more).toEqual([]);
    expect([queued?.name, stalled?.name]).toEqual(["job.queued", "job.stalled"]);
    expect(pick(started, "job.run.number", "job.run.attempt")).toEqual([2, 1]);
    expect(pick(ended, "job.run.number", "job.run.result")).toEqual([2, "success"]);
    const uids = watched.events().map(({ attributes }) => attributes["job.uid"]);
    expect(new Set(uids)).toEqual(new Set([uids[0]]));
    expect(pick(watched.named("job.run.started")[0], "job.run.wait")).toEqual([undefined]);
    const stalls = (await watched.points()).find(({ name }) => name === "job.run.stalls");
    expect(stalls).toMatchObject({ value: 1, attributes: { "job.queue.name": watched.name } });
  });

  test("a job that stalled too often ends without a run: its worker was lost", async () => {
    await using watched = watching(service().url);
    await watched.queue().add("work", {}, { attempts: 5 });
    await killAnother(service().url, watched.name);
    await watched.worker(() => "never called", { ...soon, maxStalledCount: 0 });
    const ended = await watched.event("job.ended");
    expect(pick(ended, "job.id", "job.name", "job.uid", "job.run.result", "job.state")).toEqual([
      "1",
      "work",
      watched.named("job.queued")[0]?.attributes["job.uid"],
      "error",
      "failed",
    ]);
    expect(ended.error?.type).toBe("worker_lost");
    expect(watched.named("job.run.started")).toEqual([]);
    const [job] = fold(watched.events());
    expect([job?.state, job?.result]).toEqual(["failed", "error"]);
  });

  test("a run that has lost its lock ends with that error, and the job's next run counts", async () => {
    await using watched = watching(service().url);
    const client = new Redis(service().url);
    watched.opened({ close: () => client.disconnect() });
    const { passed, open } = gate();
    const options = { ...soon, skipLockRenewal: true };
    const first = await watched.worker(
      firstOnly(async (job) => {
        await client.del(`bull:${watched.name}:${job.id}:lock`);
        await passed;
      }),
      { ...options, concurrency: 2 },
    );
    await watched.queue().add("work", {});
    const second = await watched.event("job.run.ended");
    expect(pick(second, "job.run.number", "job.run.result", "job.run.final")).toEqual([2, "success", true]);
    open();
    const lost = await watched.event("job.run.ended", 2);
    expect(pick(lost, "job.run.number", "job.run.result", "job.run.final")).toEqual([1, "error", undefined]);
    expect(lost.error?.type).toBe("lock_lost");
    expect(watched.spanOf(lost).status.code).toBe("error");
    await first.close();
    const [job] = fold(watched.events());
    expect([job?.state, job?.result, job?.runs.length]).toEqual(["completed", "success", 2]);
    const active = (await watched.points()).find(({ name }) => name === "job.run.active");
    expect(active?.value).toBe(0);
  });
});
