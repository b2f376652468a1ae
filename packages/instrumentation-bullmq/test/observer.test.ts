import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { JobEvent } from "@jobtrail/core/event";
import { fold } from "@jobtrail/core/fold";
import type { Gauge } from "@jobtrail/delivery/source";
import { assertConventional, redis } from "@jobtrail/testing";
import { withService } from "@jobtrail/testing/vitest";
import { toRecord } from "@jobtrail/core/event";
import * as bullmq from "bullmq";
import * as ioredis from "ioredis";
import { expect, test } from "vitest";
import { observe } from "../src/observer.ts";
import { firstOnly, pick, until, watching } from "./watching.ts";

const loaded: Readonly<Record<string, unknown>> = { bullmq, ioredis };

/** Observes a queue; what it has to say is read by `next`. */
async function observing(url: string, queue: string, everyMs = 60_000) {
  const observer = await observe({ url, load: (module) => loaded[module], queues: [queue], everyMs });
  const stop = new AbortController();
  const events: JobEvent[] = [];
  const reading = (async () => {
    for await (const page of observer.source.read(undefined, stop.signal)) {
      events.push(...page.events);
    }
  })();
  return {
    events,
    gauges: (): Promise<readonly Gauge[]> => observer.gauges(),
    named: (name: string): readonly JobEvent[] => events.filter((event) => event.name === name),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await reading;
      await observer[Symbol.asyncDispose]();
      const records = events.map((event) => ({
        record: toRecord(event),
        resource: { attributes: {} },
        scope: { name: "@jobtrail/instrumentation-bullmq" },
      }));
      await assertConventional({ records: () => records, spans: () => [], points: () => Promise.resolve([]) });
    },
  };
}

/** Has another process take a job, and kills it in the middle. */
async function killAnother(url: string, name: string): Promise<void> {
  const worker = spawn(process.execPath, [fileURLToPath(new URL("killed.cjs", import.meta.url)), url, name], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(worker.stdout, "data");
  worker.kill("SIGKILL");
  await once(worker, "exit");
}

withService("BullMQ observed from outside", redis, (service) => {
  test("what hooks and the observer tell of the same jobs is one job each, with the same runs", async () => {
    await using watched = watching(service().url);
    await using observed = await observing(service().url, watched.name);
    const queue = watched.queue();
    await watched.worker(
      firstOnly(() => {
        throw new TypeError("not at the first try");
      }),
    );
    await queue.add("retry", {}, { attempts: 2, backoff: 50 });
    await queue.add("fail", {});
    await queue.add("later", {}, { delay: 100, attempts: 2 });
    await queue.addBulk([{ name: "same", data: {}, opts: { jobId: "same", delay: 60_000 } }]);
    await queue.add("same", {}, { jobId: "same" });
    await queue.remove("same");
    await until(() => observed.named("job.removed")[0]);
    await until(() => observed.named("job.run.ended").length === 5 || undefined);
    await watched.event("job.run.ended", 5);
    const outlineOf = (events: readonly JobEvent[]): unknown[] =>
      fold(events)
        .map(({ uid, state, result, attributes, runs }) => ({
          uid,
          name: attributes["job.name"],
          state,
          result,
          runs: runs.map((run) => [run.uid, run.result, run.error?.message]),
        }))
        .toSorted((one, other) => one.uid.localeCompare(other.uid));
    expect(outlineOf([...watched.events(), ...observed.events])).toEqual(outlineOf(watched.events()));
    expect(observed.events.map(({ name, attributes }) => [name, attributes["job.name"]])).toEqual(
      expect.arrayContaining([
        ["job.queued", "retry"],
        ["job.run.started", "later"],
        ["job.deduplicated", "same"],
        ["job.removed", "same"],
      ]),
    );
  });

  test("a job of a client that nobody watches has its life from the stream alone", async () => {
    await using watched = watching(service().url);
    watched.undo();
    await using observed = await observing(service().url, watched.name);
    await watched.queue().add("plain", {}, { priority: 3 });
    await watched.worker(() => "done");
    await until(() => observed.named("job.run.ended")[0]);
    const [job] = fold(observed.events);
    expect(watched.events()).toEqual([]);
    expect([job?.state, job?.result, job?.attributes["job.name"], job?.runs.length]).toEqual([
      "completed",
      "success",
      "plain",
      1,
    ]);
    expect(pick(observed.named("job.queued")[0], "job.priority", "job.record.source")).toEqual([3, "stream"]);
  });

  test("a run whose worker was killed, and whose job nobody takes, is closed as lost; a run that follows changes nothing", async () => {
    await using watched = watching(service().url);
    await using observed = await observing(service().url, watched.name, 300);
    await watched.queue().add("work", {});
    await killAnother(service().url, watched.name);
    const lost = await until(() => observed.named("job.run.ended")[0]);
    const [started] = observed.named("job.run.started");
    expect(pick(lost, "job.run.uid", "job.record.source", "job.run.result", "job.run.final")).toEqual([
      started?.attributes["job.run.uid"],
      "inferred",
      "error",
      false,
    ]);
    expect([lost?.error?.type, lost?.attributes["log.record.uid"]]).toEqual([
      "worker_lost",
      `${started?.attributes["job.run.uid"]}-lost`,
    ]);
    await watched.worker(() => "done", { lockDuration: 1000, stalledInterval: 300 });
    await until(() => observed.named("job.run.ended").length === 2 || undefined);
    await watched.event("job.run.ended");
    const [job] = fold([...watched.events(), ...observed.events]);
    expect([job?.state, job?.runs.map((run) => run.lost === true)]).toEqual(["completed", [true, false]]);
  });

  test("measures what only an outside view has", async () => {
    await using watched = watching(service().url);
    const queue = watched.queue();
    const before = Date.now();
    await queue.addBulk([
      { name: "a", data: {} },
      { name: "b", data: {} },
      { name: "c", data: {}, opts: { delay: 60_000 } },
    ]);
    const { promise, resolve } = Promise.withResolvers<void>();
    await watched.worker(() => promise);
    await watched.event("job.run.started");
    await using observed = await observing(service().url, watched.name);
    const gauges = await observed.gauges();
    const of = (metric: string): unknown[] =>
      gauges
        .filter((each) => each.metric === metric)
        .map(({ attributes: { "job.state": state = "", "job.name": name = "" }, value }) => [state || name, value]);
    expect(of("job.queue.size")).toEqual([
      ["waiting", 1],
      ["scheduled", 1],
      ["blocked", 0],
      ["active", 1],
      ["completed", 0],
      ["failed", 0],
    ]);
    expect(of("job.worker.count")).toEqual([["", 1]]);
    const [[name, start] = []] = of("job.run.oldest_active.start_time") as [string, number][];
    expect([name, (start ?? 0) * 1000 >= before]).toEqual(["a", true]);
    expect((of("job.queue.oldest_job.age") as [string, number][])[0]?.[1]).toBeGreaterThanOrEqual(0);
    resolve();
  });

  test("a stream that was trimmed below the checkpoint is told as a gap", async () => {
    await using watched = watching(service().url);
    const queue = watched.queue();
    await queue.add("one", {});
    const first = await observe({
      url: service().url,
      load: (module) => loaded[module],
      queues: [watched.name],
      everyMs: 60_000,
      once: true,
    });
    let mark: Readonly<Record<string, string>> | undefined;
    for await (const page of first.source.read(undefined, AbortSignal.timeout(10_000))) mark = page.next;
    await queue.add("two", {});
    await queue.add("three", {});
    const client = new ioredis.Redis(service().url);
    await client.xtrim(`bull:${watched.name}:events`, "MAXLEN", 1);
    client.disconnect();
    const found: JobEvent[] = [];
    for await (const page of first.source.read(mark, AbortSignal.timeout(10_000))) found.push(...page.events);
    await first[Symbol.asyncDispose]();
    expect(found[0]?.name).toBe("job.log.gap");
    expect(pick(found[0], "job.queue.name", "job.reason")).toEqual([
      watched.name,
      "the event stream was trimmed before it was read",
    ]);
  });
});
