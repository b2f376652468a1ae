import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Truth } from "./compare.ts";
import type { Flags } from "./flags.ts";
import { start } from "./process.ts";
import type { Running } from "./process.ts";
import type { Progress } from "./terminal.ts";
import { isAtWork } from "./job-log.ts";
import { atWork, isOver, storedJobs, ticks } from "./truth.ts";

/** What a shop is opened with. */
export interface Opening {
  readonly flags: Flags;
  /** Where its processes write what really happened. */
  readonly folder: string;
  /** The job log's address. */
  readonly jobLog: string;
  readonly show: Progress;
  /** Ends it early. */
  readonly stop: AbortSignal;
}

/** How long the demo waits for something that must happen, in milliseconds. */
const patienceMs = 120_000;

const workers = ["orders-1", "orders-2", "emails"] as const;

/** Opens the shop: a database, a producer, two workers for orders, one for emails, one with schedules. */
export async function openShop(opening: Opening): Promise<Shop> {
  const shop = new Shop(opening);
  try {
    await shop.open();
    return shop;
  } catch (error) {
    await shop[Symbol.asyncDispose]();
    throw error;
  }
}

/** The shop's processes, at work. */
export class Shop {
  readonly #given: Opening;
  readonly #watched: Running[] = [];
  #database: Running | undefined;
  #url = "";
  #killed: string | undefined;

  constructor(given: Opening) {
    this.#given = given;
  }

  /** Starts every process. */
  async open(): Promise<void> {
    const { flags, folder, show } = this.#given;
    show.show("Starting PostgreSQL (embedded) …");
    this.#database = start("database", "database.ts", {});
    this.#url = `postgres://postgres@127.0.0.1:${await this.#database.ready}/postgres`;
    show.show("Queueing jobs …");
    const more = flags.once ? [] : ["more"];
    await this.#watch("producer", "producer.ts", [this.#url, String(flags.jobs), String(flags.seed), ...more]).ready;
    this.#watch("schedules", "schedules.ts", [folder]);
    const started = workers.map((name) =>
      this.#watch(name, "worker.ts", [this.#url, queueOf(name), this.#journalOf(name)]),
    );
    await Promise.all(started.map(({ ready }) => ready));
  }

  /** Waits until every job is over and every process has ended; nothing where it was stopped before. */
  async finish(): Promise<Truth | undefined> {
    const { flags, folder, show, stop } = this.#given;
    const deadline = Date.now() + patienceMs + flags.jobs * 2000;
    for (;;) {
      const over = (await storedJobs(this.#url)).filter(isOver).length;
      show.show(`${over} of ${flags.jobs} jobs are over`);
      if (stop.aborted) return undefined;
      if (over >= flags.jobs && this.#killed !== undefined) break;
      if (Date.now() > deadline) throw new Error(`only ${over} of ${flags.jobs} jobs ended`);
      await delay(250);
    }
    // Each process sends its remaining telemetry when it ends.
    await Promise.all(this.#watched.map((process) => process.stop()));
    const lost = atWork(this.#journalOf(this.#killed));
    return { stored: await storedJobs(this.#url), ticks: ticks(folder), lost };
  }

  /** Waits for Ctrl-C. */
  async untilStopped(): Promise<void> {
    const { stop } = this.#given;
    if (!stop.aborted) await new Promise((resolve) => stop.addEventListener("abort", resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#watched.map((process) => process.stop()));
    await this.#database?.stop();
  }

  #watch(name: string, program: string, args: readonly string[]): Running {
    const running = start(name, program, {
      args,
      watched: true,
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: this.#given.jobLog },
      onMessage: ({ doomed }) => {
        if (doomed === undefined) return;
        const failed = (error: unknown): void => this.#given.show.say(`Killing ${name} failed: ${String(error)}`);
        this.#kill(running, doomed).catch(failed);
      },
    });
    this.#watched.push(running);
    return running;
  }

  /** Kills a worker during a job, as soon as the job log has the job's start. */
  async #kill({ name, child }: Running, job: string): Promise<void> {
    const { jobLog, show } = this.#given;
    const deadline = Date.now() + patienceMs;
    while (!(await isAtWork(jobLog, job))) {
      if (Date.now() > deadline) throw new Error(`the job log never saw job ${job} start`);
      await delay(50);
    }
    child.kill("SIGKILL");
    this.#killed = name;
    show.say(`Killed the worker ${name} in the middle of job ${job}.`);
  }

  #journalOf(worker: string): string {
    return join(this.#given.folder, `journal-${worker}`);
  }
}

const queueOf = (worker: string): string => worker.split("-")[0] ?? worker;
