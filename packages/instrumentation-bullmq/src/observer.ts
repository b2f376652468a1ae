import type { JobEvent } from "@jobtrail/core/event";
import type { Gauge, Observed, Observer, Page } from "@jobtrail/delivery/source";
import { observing } from "@jobtrail/instrumentation/adapter";
import type { Observing } from "@jobtrail/instrumentation/adapter";
import type { Job } from "bullmq";
import { entryOf, said, timeOf } from "./observer/entry.ts";
import type { Entry } from "./observer/entry.ts";
import { lostIn } from "./observer/lost.ts";
import type { Lost } from "./observer/lost.ts";
import { measured } from "./observer/measure.ts";
import { openStore, queuesIn } from "./observer/store.ts";
import type { Client, Library, Store } from "./observer/store.ts";
import { bullmq } from "./system.ts";

/** The id of the last entry that was read, by queue. */
type Mark = Readonly<Record<string, string>>;

/** A queue that is watched. */
interface Watched {
  readonly store: Store;
  readonly lost: Lost;
  /** The names that were at work. */
  readonly names: Set<string>;
}

const perRead = 500;
const waitMs = 1000;

/** Opens BullMQ's event streams by the app's own copy of BullMQ. @throws Error where the server cannot be reached. */
export async function observe({
  url,
  load,
  queues,
  prefix = "bull",
  everyMs,
  once,
}: Observed): Promise<Observer<Mark>> {
  const library = load("bullmq") as Library;
  const client = await connected(load("ioredis"), url);
  // A blocking read keeps its connection to itself.
  const reader = client.duplicate();
  reader.on("error", () => undefined);
  const makes = observing(bullmq);
  const watched = new Map<string, Watched>();
  const find = async (): Promise<void> => {
    for (const name of queues.length > 0 ? queues : await queuesIn(client, prefix)) {
      if (watched.has(name)) continue;
      const store = openStore(library, client, prefix, name);
      watched.set(name, { store, lost: lostIn(store, makes), names: new Set() });
    }
  };
  await find();
  return {
    source: {
      name: `bullmq at ${new URL(url).host}`,
      mark: (stored) => (isMark(stored) ? stored : undefined),
      async *read(from, stop) {
        stop.addEventListener("abort", () => reader.disconnect(), { once: true });
        let mark: Mark = from ?? {};
        let lookedMs = Date.now();
        for (const { store } of watched.values()) {
          const lost = await gapOf(store, mark[store.name], makes);
          if (lost !== undefined) yield { events: [lost], refused: [], next: mark };
        }
        while (!stop.aborted) {
          const page = await readStreams(reader, watched, mark, makes, once === true ? undefined : waitMs).catch(
            (error: unknown) => {
              if (stop.aborted) return undefined;
              throw error;
            },
          );
          if (page !== undefined) {
            yield page;
            mark = page.next;
          } else if (once === true) return;
          if (Date.now() - lookedMs < everyMs) continue;
          lookedMs = Date.now();
          await find();
          const ends: JobEvent[] = [];
          for (const { lost } of watched.values()) ends.push(...(await lost.look()));
          if (ends.length > 0) yield { events: ends, refused: [], next: mark };
        }
      },
    },
    async gauges() {
      const all: Gauge[] = [];
      for (const { store, names } of watched.values()) all.push(...(await measured(store, names)));
      return all;
    },
    async [Symbol.asyncDispose]() {
      for (const { store } of watched.values()) await store.close().catch(() => undefined);
      reader.disconnect();
      client.disconnect();
    },
  };
}

const isMark = (stored: unknown): stored is Mark =>
  typeof stored === "object" && stored !== null && Object.values(stored).every((id) => /^\d+-\d+$/.test(String(id)));

async function connected(loaded: unknown, url: string): Promise<Client> {
  const { Redis } = loaded as { readonly Redis: new (url: string, options: object) => Client };
  const client = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: null,
    retryStrategy: (n: number) => Math.min(n * 200, 5000),
  });
  let reason: Error | undefined;
  client.on("error", (error) => (reason ??= error));
  const late = new Promise<never>((_, reject) =>
    setTimeout(() => reject(reason ?? new Error("no answer within 5 s")), 5000).unref(),
  );
  await Promise.race([client.connect(), late]).catch((error: unknown) => {
    client.disconnect();
    throw reason ?? error;
  });
  return client;
}

type Streams = readonly (readonly [string, readonly (readonly [string, readonly string[]])[]])[];

/** What is new in all streams; nothing where nothing came in time. */
async function readStreams(
  client: Client,
  watched: ReadonlyMap<string, Watched>,
  mark: Mark,
  makes: Observing,
  blockMs: number | undefined,
): Promise<Page<Mark> | undefined> {
  const stores = [...watched.values()].map(({ store }) => store);
  if (stores.length === 0) return void (await new Promise((resolve) => setTimeout(resolve, blockMs ?? 0)));
  const block = blockMs === undefined ? [] : ["BLOCK", blockMs];
  const keys = [...stores.map(({ stream }) => stream), ...stores.map(({ name }) => mark[name] ?? "0-0")];
  const found = (await client.call("XREAD", "COUNT", perRead, ...block, "STREAMS", ...keys)) as Streams | null;
  if (found === null) return undefined;
  const events: JobEvent[] = [];
  const next: Record<string, string> = { ...mark };
  for (const [stream, list] of found) {
    const store = stores.find((each) => each.stream === stream);
    if (store === undefined) continue;
    const entries = wholeOf(list.map(entryOf));
    events.push(...(await eventsOf(entries, store, makes)));
    next[store.name] = entries.at(-1)?.id ?? next[store.name] ?? "0-0";
  }
  return { events, refused: [], next };
}

/** The next entry says whether a job that is put back had stalled: the two are written at once, but may be read apart. */
const wholeOf = (entries: readonly Entry[]): readonly Entry[] =>
  entries.length === perRead && entries.at(-1)?.event === "waiting" ? entries.slice(0, -1) : entries;

async function eventsOf(entries: readonly Entry[], store: Store, makes: Observing): Promise<JobEvent[]> {
  const ids = [...new Set(entries.flatMap(({ jobId }) => (jobId === undefined ? [] : [jobId])))];
  const jobs = new Map(
    await Promise.all(ids.map(async (id): Promise<[string, Job | undefined]> => [id, await store.read(id)])),
  );
  // The store knows the last run alone.
  const lastStart = new Map(
    entries.flatMap(({ event, jobId }, at) => (event === "active" && jobId !== undefined ? [[jobId, at]] : [])),
  );
  return entries.flatMap((entry, at): JobEvent[] => {
    const { jobId } = entry;
    if (jobId === undefined) return [];
    const job = jobs.get(jobId);
    const what = said(entry, job, entries[at + 1]);
    if (what === undefined) return [];
    const reading = store.readingOf(jobId, job, entry.fields["name"]);
    const isLast = at >= (lastStart.get(jobId) ?? 0);
    const isThisRun = what.isOfRun === true && isLast && job !== undefined && isOf(entry, job);
    const { name, outcome } = what;
    const atMs =
      name === "job.queued"
        ? (reading.created ?? timeOf(entry))
        : isThisRun && name === "job.run.started"
          ? job.processedOn
          : timeOf(entry);
    return [
      makes.event({
        name,
        reading,
        atMs,
        record: entry.id,
        source: "stream",
        isThisRun,
        ...(outcome !== undefined && { outcome }),
      }),
    ];
  });
}

/** How far the clocks of a worker and of the server may be apart, in milliseconds. */
const skewMs = 2000;

/** Whether the stored job is in the run that an entry is about: a start is stored at its time, an end comes after it. */
const isOf = (entry: Entry, { processedOn = Infinity }: Job): boolean =>
  entry.event === "active" ? Math.abs(processedOn - timeOf(entry)) < skewMs : processedOn <= timeOf(entry) + skewMs;

/** Tells of entries that were trimmed, or of a stream that was deleted, since it was read last. */
async function gapOf(store: Store, last: string | undefined, makes: Observing): Promise<JobEvent | undefined> {
  if (last === undefined) return undefined;
  const [first] = (await store.call("XRANGE", "events", "-", "+", "COUNT", 1)) as [string, string[]][];
  if (first !== undefined && compareIds(first[0], last) <= 0) return undefined;
  const reason =
    first === undefined ? "the event stream was deleted" : "the event stream was trimmed before it was read";
  return makes.gap(`${last} ${first?.[0] ?? ""}`, store.known, undefined, reason);
}

function compareIds(one: string, other: string): number {
  const [a = 0, b = 0] = one.split("-").map(Number);
  const [c = 0, d = 0] = other.split("-").map(Number);
  return a - c || b - d;
}
