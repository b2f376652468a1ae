import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Truth } from "./compare.ts";
import type { Flags } from "./flags.ts";
import { start } from "./process.ts";
import type { Running } from "./process.ts";
import type { Progress } from "./terminal.ts";
import { isAtWork } from "./told.ts";
import { atWork, isOver, storedJobs, ticks } from "./truth.ts";

/** The shop's processes, at work. */
export interface Shop {
  /** Waits until every job is over and every process has ended; nothing where it was stopped before. */
  finish(): Promise<Truth | undefined>;
  untilStopped(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** How long the demo looks at a worker before it gives up on it, in milliseconds. */
const patienceMs = 120_000;

/** Opens the shop: a database, a producer, two workers for orders, one for emails, one with schedules. */
export async function openShop(
  flags: Flags,
  folder: string,
  jobLog: string,
  show: Progress,
  stop: AbortSignal,
): Promise<Shop> {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: jobLog };
  const all: Running[] = [];
  const run = (...args: Parameters<typeof start>): Running => {
    const process = start(...args);
    all.push(process);
    return process;
  };
  const killed: { worker?: string } = {};
  try {
    show.show("Starting PostgreSQL (embedded) …");
    const database = run("database", "database.ts", {});
    const url = `postgres://postgres@127.0.0.1:${await database.ready}/postgres`;
    show.show("Queueing jobs …");
    const producer = run("producer", "producer.ts", {
      watched: true,
      env,
      args: [url, String(flags.jobs), String(flags.seed), ...(flags.once ? [] : ["more"])],
    });
    await producer.ready;
    const schedules = run("schedules", "schedules.ts", { watched: true, env, args: [folder] });
    const workers = (["orders-1", "orders-2", "emails"] as const).map((name) =>
      run(name, "worker.ts", {
        watched: true,
        env,
        args: [url, name.split("-")[0] ?? "", journalOf(folder, name)],
        onTold: ({ doomed }) => {
          if (doomed === undefined) return;
          void kill(name, doomed).catch((error: unknown) => show.say(`Killing ${name} failed: ${String(error)}`));
        },
      }),
    );
    await Promise.all(workers.map(({ ready }) => ready));
    return {
      finish: () => finish({ database, schedules, workers, producer }, url),
      untilStopped: () =>
        stop.aborted ? Promise.resolve() : new Promise((resolve) => stop.addEventListener("abort", () => resolve())),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }

  /** Kills a worker in mid job, as soon as the job log has seen the job's start. */
  async function kill(worker: string, job: string): Promise<void> {
    const deadline = Date.now() + patienceMs;
    while (!(await isAtWork(jobLog, job))) {
      if (Date.now() > deadline) throw new Error(`the job log never saw job ${job} start`);
      await delay(50);
    }
    all.find(({ name }) => name === worker)?.child.kill("SIGKILL");
    killed.worker = worker;
    show.say(`Killed the worker ${worker} in the middle of job ${job}.`);
  }

  async function finish(
    parts: { database: Running; schedules: Running; workers: Running[]; producer: Running },
    url: string,
  ): Promise<Truth | undefined> {
    const deadline = Date.now() + patienceMs + flags.jobs * 2000;
    for (;;) {
      const stored = await storedJobs(url);
      const over = stored.filter(isOver).length;
      show.show(`${over} of ${flags.jobs} jobs are over`);
      if (stop.aborted) return undefined;
      if (over >= flags.jobs && killed.worker !== undefined) break;
      if (Date.now() > deadline) throw new Error(`only ${over} of ${flags.jobs} jobs came to an end`);
      await delay(250);
    }
    // Each process sends what it still has when it ends.
    await Promise.all([parts.producer, parts.schedules, ...parts.workers].map((process) => process.stop()));
    const stored = await storedJobs(url);
    const lost = atWork(journalOf(folder, killed.worker));
    return { stored, ticks: ticks(folder), lost };
  }

  async function close(): Promise<void> {
    for (const process of all.reverse()) await process.stop();
  }
}

const journalOf = (folder: string, worker: string): string => join(folder, `journal-${worker}`);
