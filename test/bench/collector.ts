import { fork } from "node:child_process";
import { once } from "node:events";
import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { startCollector } from "../collector/otelcol.ts";
import type { Collector } from "../collector/otelcol.ts";
import { sumOf } from "../collector/samples.ts";
import type { Signal } from "./collector/bodies.ts";
import type { Drained } from "./collector/drain.ts";
import type { Flooded, Order } from "./collector/flood.ts";
import { exporterOf, isOfKafka, setupOf, stacks } from "./collector/stacks.ts";
import type { StackName } from "./collector/stacks.ts";

/** What one Collector used for what it was given. An item is a record or a span. */
export interface Sample {
  /** CPU of its process, in microseconds per item. */
  readonly cpu: number;
  /** The most memory that it had, in MB. */
  readonly peak: number;
  /** Items per second that the sender was acknowledged; absent where Kafka is the sender. */
  readonly accepted?: number;
  /** Bytes per item that left it, that the second sink and the queue have on disk, and that came from Kafka. */
  readonly bytes: { readonly out: number; readonly sink: number; readonly queue: number; readonly kafka: number };
  /** Items per request to the backend, or per message from Kafka. */
  readonly together: number;
  /** How often it refused, for want of memory. */
  readonly refused: number;
}

/** What is measured. */
export interface Plan {
  /** Requests to each Collector. */
  readonly requests: Readonly<Record<Signal, number>>;
  /** Items of each. */
  readonly perRequest: number;
  readonly rounds: number;
  /** The variables that name a Kafka; without, its stacks are left out. */
  readonly kafka?: Readonly<Record<string, string>>;
  /** Called after every round, from 1. */
  readonly over?: (round: number) => void;
}

/** All samples, and the mean size of an item as it is sent, in bytes. */
export interface Measured {
  readonly samples: Readonly<Record<Signal, Readonly<Partial<Record<StackName, readonly Sample[]>>>>>;
  readonly size: Readonly<Record<Signal, number>>;
}

/** Measures every stack once per round and signal, one after the other, so that a slow moment meets all alike. */
export async function measureCollector({ requests, perRequest, rounds, kafka, over }: Plan): Promise<Measured> {
  await using sender = await startSender(perRequest);
  await using backend = await startBackend();
  const samples: Record<Signal, Partial<Record<StackName, Sample[]>>> = { logs: {}, traces: {} };
  for (let round = 0; round < rounds; round++) {
    for (const signal of ["logs", "traces"] as const) {
      // What is in Kafka for a gateway is what the stack before it has put there.
      const topics = topicsOf(`${signal}.${round}`, kafka);
      for (const name of stacks.filter((each) => kafka !== undefined || !isOfKafka(each))) {
        const run: Run = { name, signal, requests: requests[signal], perRequest, topics: topics(name) };
        (samples[signal][name] ??= []).push(await sampleOf(run, sender, backend));
      }
    }
    over?.(round + 1);
  }
  return { samples, size: sender.size };
}

interface Run {
  readonly name: StackName;
  readonly signal: Signal;
  readonly requests: number;
  readonly perRequest: number;
  readonly topics: Readonly<Record<string, string>>;
}

/** Topics and groups that no other run has; those of the agent without fsync have no reader. */
const topicsOf =
  (run: string, kafka: Readonly<Record<string, string>> = {}) =>
  (name: StackName): Record<string, string> => {
    const prefix = `${run}.${name === "kafkaUnsynced" ? "unread" : "read"}`;
    return {
      ...kafka,
      KAFKA_GROUP: prefix,
      KAFKA_TOPIC_LOGS: `${prefix}.logs`,
      KAFKA_TOPIC_TRACES: `${prefix}.spans`,
      KAFKA_TOPIC_METRICS: `${prefix}.metrics`,
    };
  };

async function sampleOf(run: Run, sender: Sender, backend: Backend): Promise<Sample> {
  const { name, signal, requests, topics } = run;
  const items = requests * run.perRequest;
  await backend.take();
  await using collector = await startCollector(setupOf(name, backend.url, topics));
  const before = cpuOf(collector);
  const flooded = name === "kafka" ? undefined : await sender.flood({ signal, url: collector.http, requests });
  if (name !== "away") await untilSent(collector, exporterOf(name, signal), signal, items);
  const cpu = ((cpuOf(collector) - before) * 1e6) / items;
  const metrics = await collector.metrics();
  const fromKafka = sumOf(metrics, "otelcol_kafka_receiver_records");
  const taken = await backend.take();
  const each = (sum: number): number => sum / items;
  return {
    cpu,
    peak: peakOf(collector),
    ...(flooded !== undefined && { accepted: items / flooded.seconds }),
    bytes: {
      out: each(taken.bytes),
      sink: each(sizeOf(collector, "second-sink/*")),
      queue: each(sizeOf(collector, `queue/*_${signal}`)),
      kafka: each(sumOf(metrics, "otelcol_kafka_receiver_bytes")),
    },
    together: items / (name === "kafka" ? fromKafka : taken.requests),
    refused: flooded?.refused ?? 0,
  };
}

const untilSent = (collector: Collector, exporter: string, signal: Signal, items: number): Promise<void> =>
  collector.waitForMetrics(
    (samples) =>
      sumOf(samples, `otelcol_exporter_sent_${signal === "logs" ? "log_records" : "spans"}`, { exporter }) >= items,
    /exporter|refused|dropped/,
    300_000,
  );

/** The CPU time of a Collector, in seconds: the 14th and 15th field of its `stat`, whose second may hold blanks. */
function cpuOf({ pid }: Collector): number {
  const [, fields = ""] = /.*\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
  const [user = "", system = ""] = fields.split(" ").slice(11, 13);
  return (Number(user) + Number(system)) / ticksPerSecond;
}

/** What Linux counts a process's time in, on every machine. */
const ticksPerSecond = 100;

function peakOf({ pid }: Collector): number {
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) / 1024;
}

const sizeOf = ({ data }: Collector, files: string): number =>
  globSync(files, { cwd: data }).reduce((sum, file) => sum + statSync(join(data, file)).size, 0);

interface Sender extends AsyncDisposable {
  /** The mean size of an item. */
  readonly size: Readonly<Record<Signal, number>>;
  flood(order: Order): Promise<Flooded>;
}

async function startSender(perRequest: number): Promise<Sender> {
  const { first, ask, dispose } = await startChild("flood.ts", perRequest);
  return {
    size: first as Sender["size"],
    flood: (order) => ask(order) as Promise<Flooded>,
    [Symbol.asyncDispose]: dispose,
  };
}

interface Backend extends AsyncDisposable {
  readonly url: string;
  take(): Promise<Drained>;
}

async function startBackend(): Promise<Backend> {
  const { first, ask, dispose } = await startChild("drain.ts");
  return {
    url: `http://127.0.0.1:${String(first)}`,
    take: () => ask("take") as Promise<Drained>,
    [Symbol.asyncDispose]: dispose,
  };
}

interface Child {
  /** What it says of itself when it is ready. */
  readonly first: unknown;
  readonly ask: (question: Order | "take") => Promise<unknown>;
  readonly dispose: () => Promise<void>;
}

async function startChild(program: string, ...args: readonly number[]): Promise<Child> {
  const child = fork(join(import.meta.dirname, "collector", program), args.map(String), {
    execArgv: ["--conditions=@jobtrail/source"],
  });
  const over = once(child, "exit");
  const failed = over.then(([code]) => {
    throw new Error(`${program} ended with ${String(code)}.`);
  });
  // Its end is looked at only while something is asked.
  failed.catch(() => undefined);
  const answer = async (): Promise<unknown> => {
    const [message] = (await Promise.race([once(child, "message"), failed])) as [unknown];
    return message;
  };
  const first = await answer();
  return {
    first,
    ask(question) {
      child.send(question);
      return answer();
    },
    async dispose() {
      child.disconnect();
      await over;
    },
  };
}
