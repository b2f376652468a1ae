import { fromMillis } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { harperdb as schema, numberOf } from "@jobtrail/schemas";
import type { HarperRecord } from "@jobtrail/schemas";
import { z } from "zod";
import { clientOf, SourceError } from "./client.ts";
import type { Client } from "./client.ts";
import { server, word } from "./field.ts";
import type { ServerConfig } from "./field.ts";
import { listIn } from "./list.ts";
import { polled } from "./poll.ts";
import { hasEnd, learnedBy, recordIn, withFuture } from "./record.ts";
import type { BridgePage, BridgeSource, Opened, Surroundings } from "./source.ts";
import { stalled } from "./stall.ts";

/** The configuration of the bridge to one node of HarperDB; each node keeps its own jobs. */
export interface HarperConfig extends ServerConfig {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** A JWT of create_authentication_tokens, in the place of user and password. */
  readonly token?: string | undefined;
  /** Jobs to read by id, where the user is no super_user. */
  readonly ids?: readonly string[] | undefined;
}

/** The shape of a HarperDB bridge's configuration. */
export const harperConfig: z.ZodType<HarperConfig> = z.strictObject({
  ...server,
  username: word.optional(),
  password: word.optional(),
  token: word.optional(),
  ids: z.array(word).optional(),
});

/** A configuration to begin with, as the command prints it. */
export const harperExample: string = `harperdb:
  - name: node-1                       # one entry for each node: each keeps its own jobs
    url: https://localhost:9925
    username: HDB_ADMIN                # a super_user, or the jobs' ids must be known (ids: [...])
    password: \${HARPERDB_PASSWORD}     # or token: a JWT
    every: 10s
    stalledAfter: 6h
`;

const system = "harperdb";

/** What is known of a job that was read: when it started, and which of its states was sent last. */
type Read = readonly [start: number, uid: string];

/** A job without an end. */
interface Open {
  readonly start: number;
  readonly uid: string;
  readonly name?: string;
  /** When it was last asked for by its id. */
  readonly asked?: number;
  readonly stalled?: true;
}

/** How far a node has been read. */
interface Mark {
  /** All jobs that started before this time were read, in milliseconds of the node's clock. */
  readonly until: number;
  readonly open: Readonly<Record<string, Open>>;
  /** Jobs whose start lies in what is read again. */
  readonly recent: Readonly<Record<string, Read>>;
}

const read = z.tuple([z.number(), z.string()]);
const open = z.object({
  start: z.number(),
  uid: z.string(),
  name: z.string().exactOptional(),
  asked: z.number().exactOptional(),
  stalled: z.literal(true).exactOptional(),
});
const markShape: z.ZodType<Mark> = z.object({
  until: z.number(),
  open: z.record(z.string(), open),
  recent: z.record(z.string(), read),
});

const defaults = { everyMs: 10_000, stalledMs: 6 * 3_600_000 };

/** A job may appear a little later than others that started after it. */
const overlapMs = 120_000;
/** How far back a bridge begins that has never read. */
const firstLookMs = 24 * 3_600_000;
/** Records of one answer that are aimed at: an answer has no pages. */
const aimed = 1000;
const firstWidth = 3_600_000;
const widest = 30 * 24 * 3_600_000;
/** Jobs that are long without an end are asked for this often. */
const stalledEveryMs = 600_000;

/** Jobs that are asked for by their ids in a round, those first that were asked for longest ago. */
const mostAsked = 50;

/** Opens the bridge to one node. */
export function openHarperdb(config: HarperConfig, around: Surroundings): Opened {
  const { every: everyMs = defaults.everyMs } = config;
  const client = harperClient(config, around);
  const round = roundsOf(config, client, around);
  const mark = (stored: unknown): Mark | undefined => markShape.safeParse(stored).data;
  return {
    live: polled({ name: around.name, everyMs, mark, round }, around),
    backfill: (since) => historyOf(client, around, since, mark),
    close: () => client.close(),
  };
}

function harperClient(
  { url, ca, perMinute, username = "", password, token }: HarperConfig,
  around: Surroundings,
): Client {
  const authorization =
    token === undefined
      ? `Basic ${Buffer.from(`${username}:${password ?? ""}`).toString("base64")}`
      : `Bearer ${token}`;
  return clientOf({
    url,
    ca,
    perMinute,
    clock: around.clock,
    named: {
      address: `url of ${around.name}`,
      key: token === undefined ? `username and password of ${around.name}` : `token of ${around.name}`,
      permission: `Searching jobs needs a user of the role super_user. Without it get_job still works: jobs that the bridge knows are read to their end, and those that ids of ${around.name} lists.`,
    },
    authorise: () => ({ authorization }),
    asked: around.status.asked,
  });
}

/** The records of an answer, each as its text. */
async function operation(client: Client, body: object, stop: AbortSignal): Promise<readonly string[]> {
  const { text } = await client.ask({ method: "POST", path: "/", body: JSON.stringify(body) }, stop);
  const list = listIn(text);
  if (list === undefined) throw client.noJson("JSON that is cut off or no list of jobs");
  return list.items;
}

/** What reading records changes. */
interface Reading {
  readonly around: Surroundings;
  readonly client: Client;
  readonly open: Map<string, Open>;
  readonly recent: Map<string, Read>;
  until: number;
}

/** What records say that is new. */
interface Heard {
  readonly events: readonly JobEvent[];
  readonly records: number;
}

/** Reads records; gives their events, and how many of them are new or changed. */
function eventsOf(texts: readonly string[], reading: Reading): Heard {
  const heard = texts.map((text) => heardIn(text, reading)).filter(({ length }) => length > 0);
  return { events: heard.flat(), records: heard.length };
}

/** The events of a record; none where it is as it was read before. */
function heardIn(text: string, { around, client, open, recent }: Reading): readonly JobEvent[] {
  const record = recordIn(schema, text, around);
  if (record === undefined) return [];
  const now = client.now();
  const events = learnedBy(schema.read(record, fromMillis(now)), "poll");
  const { "log.record.uid": uid = "", "job.id": id = "", "job.name": name } = events.at(-1)?.attributes ?? {};
  const start = startOf(record) ?? now;
  const before = open.get(id);
  const isKnown = (before?.uid ?? recent.get(id)?.[1]) === uid;
  recent.set(id, [start, uid]);
  if (isKnown) return [];
  if (hasEnd(events)) open.delete(id);
  else open.set(id, { ...before, start, uid, ...(name !== undefined && { name }) });
  return withFuture(events, start, now);
}

function startOf(record: HarperRecord): number | undefined {
  const start = "start_datetime" in record ? record.start_datetime : undefined;
  return start === undefined || start === null ? undefined : numberOf(start);
}

interface Window {
  readonly from: number;
  readonly to: number;
}

/** Bounds are exclusive on both sides. */
const search = (client: Client, { from, to }: Window, stop: AbortSignal): Promise<readonly string[]> =>
  operation(client, { operation: "search_jobs_by_start_date", from_date: isoOf(from - 1), to_date: isoOf(to) }, stop);

const isoOf = (ms: number): string => new Date(ms).toISOString();

/** The jobs of a stretch of time, in windows that grow and shrink with what they hold. */
async function* windows(
  client: Client,
  { from, to }: Window,
  stop: AbortSignal,
): AsyncGenerator<{ readonly texts: readonly string[]; readonly end: number }> {
  let width = Math.min(firstWidth, to - from);
  for (let at = from; at < to;) {
    const end = Math.min(to, at + width);
    try {
      const texts = await search(client, { from: at, to: end }, stop);
      yield { texts, end };
      at = end;
      width = Math.min(widest, Math.max(1000, Math.round((width * aimed) / Math.max(texts.length, aimed / 4))));
    } catch (error) {
      const isTooMuch = error instanceof SourceError && error.code === "JOBTRAIL_SOURCE_TOO_LARGE";
      if (!isTooMuch || width <= 1000) throw error;
      width = Math.max(1000, Math.round(width / 8));
    }
  }
}

type Rounds = (from: Mark | undefined, stop: AbortSignal) => AsyncGenerator<BridgePage<Mark>>;

function roundsOf(config: HarperConfig, client: Client, around: Surroundings): Rounds {
  const { stalledAfter: stalledMs = defaults.stalledMs, ids = [] } = config;
  return async function* rounds(from, stop) {
    const reading: Reading = {
      around,
      client,
      open: new Map(Object.entries(from?.open ?? {})),
      recent: new Map(Object.entries(from?.recent ?? {})),
      until: from?.until ?? client.now() - firstLookMs,
    };
    const since = reading.until - overlapMs;
    let denied: SourceError | undefined;
    try {
      yield* searched(reading, since, stop);
    } catch (error) {
      if (!(error instanceof SourceError) || error.status !== 403) throw error;
      denied = error;
    }
    const isUnknown = (id: string): boolean => !reading.open.has(id) && !reading.recent.has(id);
    const older = [...reading.open]
      .filter(([, { start }]) => start < since || denied !== undefined)
      .toSorted(([, a], [, b]) => (a.asked ?? 0) - (b.asked ?? 0))
      .slice(0, mostAsked);
    yield* askedFor(
      [...older.map(([id]) => id), ...(denied === undefined ? [] : ids.filter(isUnknown))],
      reading,
      stop,
    );
    const late = stalledIn(reading, stalledMs);
    const last = pageOf(reading, late, 0);
    yield denied === undefined ? { ...last, until: around.clock.now() } : last;
    if (denied !== undefined) throw denied;
  };
}

/** All jobs that started since a time. */
async function* searched(reading: Reading, since: number, stop: AbortSignal): AsyncGenerator<BridgePage<Mark>> {
  const { client, recent } = reading;
  // What starts while the answer is made is wanted too.
  const to = client.now() + 60_000;
  for await (const { texts, end } of windows(client, { from: since, to }, stop)) {
    const { events, records } = eventsOf(texts, reading);
    reading.until = Math.max(reading.until, Math.min(end, client.now()));
    for (const [id, [start]] of recent) if (start < reading.until - overlapMs - 60_000) recent.delete(id);
    yield { ...pageOf(reading, events, records), share: Math.min(0.999, (end - since) / (to - since)) };
  }
}

/** Jobs by their ids: the search does not find them, because they started long ago. */
async function* askedFor(
  ids: readonly string[],
  reading: Reading,
  stop: AbortSignal,
): AsyncGenerator<BridgePage<Mark>> {
  const { client, around, open } = reading;
  for (const id of ids) {
    const known = open.get(id);
    if (known?.stalled === true && (known.asked ?? 0) > client.now() - stalledEveryMs) continue;
    const texts = await operation(client, { operation: "get_job", id }, stop);
    if (texts.length === 0 && known === undefined) around.say(`${around.name}: no job has the id ${id}.`);
    const { events, records } = eventsOf(texts, reading);
    const still = open.get(id);
    if (still !== undefined) open.set(id, { ...still, asked: client.now() });
    if (events.length > 0) yield pageOf(reading, events, records);
  }
}

function pageOf({ open, recent, until }: Reading, events: readonly JobEvent[], records: number): BridgePage<Mark> {
  const next = { until, open: Object.fromEntries(open), recent: Object.fromEntries(recent) };
  return { events, records, refused: [], next };
}

function stalledIn({ open, client }: Reading, limitMs: number): JobEvent[] {
  const events: JobEvent[] = [];
  for (const [id, job] of open) {
    if (job.stalled === true || client.now() - job.start < limitMs) continue;
    open.set(id, { ...job, stalled: true });
    events.push(stalled({ system, id, name: job.name, since: job.start }, limitMs, client.now()));
  }
  return events;
}

/** All jobs since a time, once. */
function historyOf(
  client: Client,
  around: Surroundings,
  since: number,
  mark: (stored: unknown) => Mark | undefined,
): BridgeSource<Mark> {
  const round: Rounds = async function* round(from, stop) {
    const end = client.now();
    const reading: Reading = { around, client, open: new Map(), recent: new Map(), until: since };
    const begin = from?.until ?? since;
    for await (const { texts, end: until } of windows(client, { from: begin, to: end }, stop)) {
      const { events, records } = eventsOf(texts, reading);
      reading.open.clear();
      reading.recent.clear();
      reading.until = until;
      yield { ...pageOf(reading, events, records), share: (until - since) / (end - since) };
    }
  };
  return polled({ name: around.name, everyMs: 1, mark, round }, { ...around, once: true });
}
