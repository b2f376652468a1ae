import type { Job, Queue } from "bullmq";
import { readJob, readNamed } from "../job.ts";
import type { JobReading } from "@jobtrail/instrumentation/adapter";

/** What of ioredis is used. */
export interface Client {
  connect(): Promise<void>;
  disconnect(): void;
  on(event: "error", listener: (error: Error) => void): unknown;
  duplicate(): Client;
  call(command: string, ...args: readonly (string | number)[]): Promise<unknown>;
}

type Class<T, A extends readonly unknown[]> = new (...args: A) => T;

/** What of the app's copy of BullMQ is used. */
export interface Library {
  readonly Queue: Class<Queue, [name: string, options: object]>;
  readonly Job: { fromId(queue: Queue, id: string): Promise<Job | undefined> };
}

/** One queue in its store, read and never written. */
export interface Store {
  readonly queue: Queue;
  /** Its name in the checkpoint. */
  readonly name: string;
  readonly stream: string;
  /** What is known of the queue alone. */
  readonly known: JobReading;
  read(id: string): Promise<Job | undefined>;
  /** Where it knows the job still, or knew it when it read it last. */
  readingOf(id: string, job: Job | undefined, name?: string): JobReading;
  call(command: string, key: string, ...args: readonly (string | number)[]): Promise<unknown>;
  close(): Promise<void>;
}

const mostRemembered = 10_000;

/** Opens a queue by the app's own classes. */
export function openStore({ Queue, Job }: Library, client: Client, prefix: string, name: string): Store {
  // Without the option it would write the queue's own settings.
  const queue = new Queue(name, { connection: client, prefix, skipMetasUpdate: true });
  queue.on("error", () => undefined);
  const key = (suffix: string): string => `${prefix}:${name}:${suffix}`;
  const seen = new Map<string, JobReading>();
  return {
    queue,
    name,
    stream: key("events"),
    known: readNamed({ owner: queue }),
    read: (id) => Job.fromId(queue, id),
    readingOf(id, job, jobName) {
      const known = job === undefined && jobName === undefined ? seen.get(id) : undefined;
      if (known !== undefined) return known;
      const reading = job === undefined ? readNamed({ owner: queue, id, name: jobName }) : readJob(job);
      seen.delete(id);
      seen.set(id, { ...reading, input: undefined });
      if (seen.size > mostRemembered) seen.delete(seen.keys().next().value ?? "");
      return reading;
    },
    call: (command, suffix, ...args) => client.call(command, key(suffix), ...args),
    close: () => queue.close(),
  };
}

/** The names of the queues that there are. */
export async function queuesIn(client: Client, prefix: string): Promise<readonly string[]> {
  const names = new Set<string>();
  let cursor = "0";
  do {
    const [next, keys] = (await client.call("SCAN", cursor, "MATCH", `${escaped(prefix)}:*:meta`, "COUNT", 1000)) as [
      string,
      string[],
    ];
    for (const key of keys) names.add(key.slice(prefix.length + 1, -":meta".length));
    cursor = next;
  } while (cursor !== "0");
  return [...names].toSorted();
}

const escaped = (text: string): string => text.replaceAll(/[[\]*?\\]/g, "\\$&");
