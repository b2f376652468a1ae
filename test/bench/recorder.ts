import { fork, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Arrived } from "./sink.ts";

/** The ways to watch the same app: not at all, with spans alone, by hand with few and with equal attributes, with the flag alone and in an app with its own SDK. */
export const variants = ["bare", "bullmq-otel", "plain", "hand", "jobtrail", "hosted"] as const;

/** One of them. */
export type VariantName = (typeof variants)[number];

/** What one process of a variant used and sent. */
export interface Sample {
  /** CPU from the first counted add to the end of the process, in microseconds per job. */
  readonly perJob: number;
  /** CPU of an app that only starts, in milliseconds. */
  readonly start: number;
  readonly arrived: Arrived;
}

/** Jobs that are done before those that count: connections and compiled code are not what a job costs. */
export const warmUp = 500;

/** The same for all, whoever sends: requests are many and early, and nothing may be dropped: what is never sent costs less. */
const settings = {
  OTEL_SERVICE_NAME: "bench",
  OTEL_BSP_SCHEDULE_DELAY: "200",
  OTEL_BLRP_SCHEDULE_DELAY: "200",
  OTEL_BSP_MAX_QUEUE_SIZE: "1000000",
  OTEL_BLRP_MAX_QUEUE_SIZE: "1000000",
  OTEL_METRIC_EXPORT_INTERVAL: "1000",
  OTEL_METRIC_EXPORT_TIMEOUT: "900",
};

/** What is measured. */
export interface Plan {
  /** Counted jobs per process, and processes per variant. */
  readonly jobs: number;
  readonly rounds: number;
  /** The URL of a Redis that nothing else uses. */
  readonly redis: string;
  /** Flags of Node for the app; without any it loads what is built. */
  readonly flags?: readonly string[];
  /** Called after every round, from 1. */
  readonly over?: (round: number) => void;
}

/** Measures every variant once per round, side by side, so that a slow moment meets all alike. */
export async function measure({ jobs, rounds, redis, flags = [], over }: Plan): Promise<Samples> {
  await using sink = await startSink();
  const run = (name: VariantName, count: number): Promise<Used> =>
    runApp(flagsOf(name, flags), [name, `${count}`, `${warmUp}`, new URL(redis).port], sink.url);
  const samples: Record<VariantName, Sample[]> = {
    bare: [],
    "bullmq-otel": [],
    plain: [],
    hand: [],
    jobtrail: [],
    hosted: [],
  };
  for (let round = 0; round < rounds; round += 1) {
    // Each round begins with another variant.
    for (const [index] of variants.entries()) {
      const name = variants[(index + round) % variants.length] ?? "bare";
      const start = (await run(name, 0)).cpu / 1000;
      await sink.take();
      const { cpu, before } = await run(name, jobs);
      samples[name].push({ perJob: (cpu - before) / jobs, start, arrived: await sink.take() });
    }
    over?.(round + 1);
  }
  return samples;
}

/** All samples of every variant. */
export type Samples = Readonly<Record<VariantName, readonly Sample[]>>;

interface Used {
  /** CPU of the whole process, its threads and exit included, in microseconds. */
  readonly cpu: number;
  /** What of it was used before the first counted add. */
  readonly before: number;
}

/**
 * Runs the app once. A process cannot measure what its own end costs, and Node does not report what a
 * child has used; the shell's `time` does, from the kernel's account of the child it waited for.
 */
async function runApp(flags: readonly string[], args: readonly string[], sink: string): Promise<Used> {
  const app = [process.execPath, ...flags, join(import.meta.dirname, "load.ts"), ...args];
  const child = spawn("bash", ["-c", 'TIMEFORMAT="%3U %3S"; time "$@"', "bash", ...app], {
    cwd: import.meta.dirname,
    env: { ...process.env, ...settings, OTEL_EXPORTER_OTLP_ENDPOINT: sink },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [said, complained, code] = await Promise.all([text(child.stdout), text(child.stderr), closed(child)]);
  const times = /(\d+\.\d+) (\d+\.\d+)\s*$/.exec(complained);
  if (code !== 0 || times === null)
    throw new Error(`${args[0]} ended with ${String(code)}. It said:\n${said}${complained}`);
  return { cpu: (Number(times[1]) + Number(times[2])) * 1e6, before: Number(said) };
}

const flagsOf = (name: VariantName, flags: readonly string[]): string[] =>
  name === "jobtrail" || name === "hosted" ? [...flags, "--import", "@jobtrail/register"] : [...flags];

async function closed(child: ChildProcess): Promise<unknown> {
  const [code] = (await once(child, "close")) as [unknown];
  return code;
}

interface Sink extends AsyncDisposable {
  readonly url: string;
  take(): Promise<Arrived>;
}

async function startSink(): Promise<Sink> {
  const child = fork(join(import.meta.dirname, "sink.ts"), { execArgv: ["--conditions=@jobtrail/source"] });
  const over = once(child, "exit");
  const failed = over.then(([code]) => {
    throw new Error(`The sink ended with ${String(code)}.`);
  });
  const answer = async (): Promise<unknown> => {
    const [message] = (await Promise.race([once(child, "message"), failed])) as [unknown];
    return message;
  };
  const port = (await answer()) as number;
  return {
    url: `http://127.0.0.1:${port}`,
    async take() {
      child.send("take");
      return (await answer()) as Arrived;
    },
    async [Symbol.asyncDispose]() {
      child.disconnect();
      await over;
    },
  };
}
