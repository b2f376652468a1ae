import timers from "node:timers/promises";
import type { JobEvent } from "@jobtrail/core/event";
import type { Gauge, Observed, Observer, Page } from "@jobtrail/delivery/source";
import { observing } from "@jobtrail/instrumentation/observed";
import type { Observing } from "@jobtrail/instrumentation/observed";
import type { JobReading } from "@jobtrail/instrumentation/adapter";
import type { Job } from "bullmq";
import { entryOf, said, timeOf } from "./observer/entry.ts";
import type { Entry } from "./observer/entry.ts";
import { lostIn } from "./observer/lost.ts";
import type { Lost } from "./observer/lost.ts";
import { measured } from "./observer/measure.ts";
import { followedRuns } from "./observer/run.ts";
import type { Runs } from "./observer/run.ts";
import { openStore, queuesIn } from "./observer/store.ts";
import type { Client, Library, Store } from "./observer/store.ts";
import { bullmq } from "./system.ts";

const { setTimeout } = timers;

/** The id of the last entry that was read, by queue. */
type Mark = Readonly<Record<string, string>>;

/** A queue that is watched. */
interface Watched {
  readonly store: Store;
  readonly lost: Lost;
  readonly runs: Runs;
  /** The names that were at work. */
  readonly names: Set<string>;
}

const perRead = 500;
const waitMs = 1000;

/** Opens BullMQ's event streams by the app's own copy of BullMQ. @throws Error where the server cannot be reached. */
export async function observe(observed: Observed): Promise<Observer<Mark>> {
  const { url, load, queues, prefix = "bull" } = observed;
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
      watched.set(name, { store, lost: lostIn(store, makes), runs: followedRuns(), names: new Set() });
    }
  };
  await find();
  return {
    source: {
      name: `bullmq at ${new URL(url).host}`,
      mark: (stored) => (isMark(stored) ? stored : undefined),
      read(from, stop) {
        stop.addEventListener("abort", () => reader.disconnect(), { once: true });
        return pagesOf({ observed, reader, watched, makes, find }, from ?? {}, stop);
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

/** What reads the streams. */
interface Reading {
  readonly observed: Observed;
  readonly reader: Client;
  readonly watched: ReadonlyMap<string, Watched>;
  readonly makes: Observing;
  /** Watches the queues that are new. */
  readonly find: () => Promise<void>;
}

async function* pagesOf(reading: Reading, from: Mark, stop: AbortSignal): AsyncGenerator<Page<Mark>> {
  const { observed, watched, makes, find } = reading;
  const isOnce = observed.once === true;
  let mark = from;
  let lookedMs = Date.now();
  for (const { store } of watched.values()) {
    const gap = await gapOf(store, mark[store.name], makes);
    if (gap !== undefined) yield { events: [gap], refused: [], next: mark };
  }
  while (!stop.aborted) {
    const page = await readStreams(reading, mark).catch((error: unknown) => {
      if (stop.aborted) return undefined;
      throw error;
    });
    if (page !== undefined) {
      yield page;
      mark = page.next;
    } else if (isOnce) return;
    if (Date.now() - lookedMs < observed.everyMs) continue;
    lookedMs = Date.now();
    await find();
    const ends: JobEvent[] = [];
    for (const { lost } of watched.values()) ends.push(...(await lost.look()));
    if (ends.length > 0) yield { events: ends, refused: [], next: mark };
  }
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
  const late = setTimeout(5000, undefined, { ref: false }).then(() =>
    Promise.reject(new Error("no answer within 5 s")),
  );
  await Promise.race([client.connect(), late]).catch((error: unknown) => {
    client.disconnect();
    throw reason ?? error;
  });
  return client;
}

type Streams = readonly (readonly [string, readonly (readonly [string, readonly string[]])[]])[];

/** What is new in all streams; nothing where nothing came in time. */
async function readStreams({ observed, reader, watched, makes }: Reading, mark: Mark): Promise<Page<Mark> | undefined> {
  const all = [...watched.values()];
  const isOnce = observed.once === true;
  if (all.length === 0) return isOnce ? undefined : setTimeout(waitMs, undefined);
  const block = isOnce ? [] : ["BLOCK", waitMs];
  const keys = [...all.map(({ store }) => store.stream), ...all.map(({ store }) => mark[store.name] ?? "0-0")];
  const found = (await reader.call("XREAD", "COUNT", perRead, ...block, "STREAMS", ...keys)) as Streams | null;
  if (found === null) return undefined;
  const events: JobEvent[] = [];
  const next: Record<string, string> = { ...mark };
  for (const [stream, list] of found) {
    const of = all.find(({ store }) => store.stream === stream);
    if (of === undefined) continue;
    const entries = wholeOf(list.map(entryOf));
    events.push(...(await eventsOf(entries, of, makes)));
    const { name } = of.store;
    next[name] = entries.at(-1)?.id ?? next[name] ?? "0-0";
  }
  return { events, refused: [], next };
}

/** The next entry says whether a job that is put back had stalled: the two are written at once, but may be read apart. */
const wholeOf = (entries: readonly Entry[]): readonly Entry[] =>
  entries.length === perRead && entries.at(-1)?.event === "waiting" ? entries.slice(0, -1) : entries;

async function eventsOf(entries: readonly Entry[], { store, runs }: Watched, makes: Observing): Promise<JobEvent[]> {
  const ids = [...new Set(entries.flatMap(({ jobId }) => (jobId === undefined ? [] : [jobId])))];
  const jobs = new Map(
    await Promise.all(ids.map(async (id): Promise<[string, Job | undefined]> => [id, await store.read(id)])),
  );
  return entries.flatMap((entry, at): JobEvent[] => {
    const { jobId = "" } = entry;
    const job = jobs.get(jobId);
    const what = jobId === "" ? undefined : said(entry, job, entries[at + 1]);
    if (what === undefined) return [];
    const known = store.readingOf(jobId, job, entry.fields["name"]);
    const run = entry.event === "added" || what.isOfRun === true ? runs.of(entry, job, known) : undefined;
    const isThisRun = what.isOfRun === true && run !== undefined;
    return [
      makes.event({
        ...what,
        reading: isThisRun ? run : known,
        atMs: timeIn(entry, known, isThisRun ? job : undefined),
        record: entry.id,
        source: "stream",
        isThisRun,
      }),
    ];
  });
}

/** A job was queued when it was made, and a run started when its store says, if that is known. */
function timeIn(entry: Entry, { created }: JobReading, run: Job | undefined): number {
  if (entry.event === "added") return created ?? timeOf(entry);
  return (entry.event === "active" ? run?.processedOn : undefined) ?? timeOf(entry);
}

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
