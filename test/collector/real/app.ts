import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Queue } from "bullmq";
import { queueName } from "./plan.ts";

/** The messages to the processes of the app. */
export interface Setup {
  /** The queue's Redis. */
  readonly redis: string;
  /** Where telemetry goes. */
  readonly collector: string;
  readonly jobs: number;
  /** How long a job works. */
  readonly workMs?: number;
}

/** An app that puts jobs into a queue and works on them, in three processes that know nothing of Jobtrail but the flag. */
export interface App extends AsyncDisposable {
  /** Waits until so many jobs are over: what the queue's own store says. */
  untilOver(jobs: number): Promise<void>;
  /** Ends all processes in order. @returns what they said, and how they ended. */
  stop(): Promise<{ readonly codes: readonly (number | null)[]; readonly said: string }>;
  /** All jobs, as the queue's own store has them. */
  stored(): Promise<readonly Stored[]>;
}

/** A job, as BullMQ's own store has it. */
export interface Stored {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  /** How often it was started. */
  readonly runs: number;
}

/** Starts the app. */
export function startApp({ redis, collector, jobs, workMs = 0 }: Setup): App {
  const queue = new Queue(queueName, { connection: { url: redis } });
  const start = (program: string, service: string, ...args: readonly unknown[]): Process =>
    processOf(program, args.map(String), { OTEL_SERVICE_NAME: service, OTEL_EXPORTER_OTLP_ENDPOINT: collector });
  const workers = [1, 2].map(() => start("worker.ts", "mailer", redis, workMs));
  const producer = start("producer.ts", "shop", redis, jobs);
  const all = [producer, ...workers];
  return {
    untilOver: (wanted) => untilOver(queue, wanted),
    async stop() {
      await producer.ended;
      for (const { child } of workers) child.send("stop");
      const codes = await Promise.all(all.map(({ ended }) => ended));
      return { codes, said: all.map(({ said }) => said()).join("") };
    },
    async stored() {
      const found = await queue.getJobs(["completed", "failed", "active", "waiting", "delayed"]);
      return Promise.all(
        found.map(async ({ id = "", name, attemptsStarted: runs, ...job }) => ({
          id,
          name,
          state: await queue.getJobState(id),
          runs: runs ?? job.attemptsMade,
        })),
      );
    },
    async [Symbol.asyncDispose]() {
      for (const { child } of all) child.kill("SIGKILL");
      await Promise.all(all.map(({ ended }) => ended));
      await queue.close();
    },
  };
}

interface Process {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  said(): string;
}

function processOf(program: string, args: readonly string[], env: Readonly<Record<string, string>>): Process {
  let said = "";
  const child = fork(join(import.meta.dirname, program), args, {
    execArgv: ["--conditions=@jobtrail/source", "--import", "@jobtrail/register"],
    cwd: import.meta.dirname,
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (text: string) => (said += text));
  return { child, ended: new Promise((resolve) => child.once("close", resolve)), said: () => said };
}

const overDeadlineMs = 40_000;
/** A queue's store can only be asked. */
const pauseMs = 20;

async function untilOver(queue: Queue, wanted: number): Promise<void> {
  const deadline = performance.now() + overDeadlineMs;
  for (;;) {
    const { completed = 0, failed = 0 } = await queue.getJobCounts("completed", "failed");
    if (completed + failed >= wanted) return;
    if (performance.now() > deadline)
      throw new Error(`After ${overDeadlineMs} ms ${completed + failed} of ${wanted} jobs were over.`);
    await setTimeout(pauseMs);
  }
}
