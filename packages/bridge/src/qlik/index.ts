import { fromMillis, isRefusal, toMillis } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import type { Carrier } from "@jobtrail/core/recorder";
import { parseJson, qlik as schema } from "@jobtrail/schemas";
import type { JsonObject } from "@jobtrail/schemas";
import { z } from "zod";
import type { Client } from "../client.ts";
import { SourceError } from "../client.ts";
import { listIn } from "../list.ts";
import { troubleOf } from "../poll.ts";
import type { Trouble } from "../poll.ts";
import { learnedBy, recordIn, withFuture } from "../record.ts";
import type { BridgePage, BridgeSource, Opened, Surroundings } from "../source.ts";
import { stalled } from "../stall.ts";
import { qlikClient } from "./config.ts";
import type { QlikConfig } from "./config.ts";
import { inboxOf } from "./inbox.ts";
import type { Inbox } from "./inbox.ts";
import { carrierIn, endedEvents, openEvents, withError } from "./run.ts";
import type { ShownRun } from "./run.ts";

export { qlikConfig, qlikExample } from "./config.ts";
export type { QlikConfig } from "./config.ts";

/** A run that is at work, as the runs interface showed it. */
interface Open {
  readonly since: number;
  readonly name?: string | undefined;
  readonly stalled?: true | undefined;
}

/** How far a tenant has been read. */
interface Mark {
  /** The audits were read to this time, in milliseconds. */
  readonly until: number;
  /** Runs whose end was sent, the newest last. */
  readonly done: readonly string[];
  readonly open: Readonly<Record<string, Open>>;
}

const markShape: z.ZodType<Mark> = z.object({
  until: z.number(),
  done: z.array(z.string()),
  open: z.record(
    z.string(),
    z.object({ since: z.number(), name: z.string().optional(), stalled: z.literal(true).optional() }),
  ),
});

const defaults = { everyMs: 300_000, stalledMs: 24 * 3_600_000 };

/** An event may appear in the audits a little later than others that happened after it. */
const overlapMs = 600_000;
const firstLookMs = 24 * 3_600_000;
const windowMs = 24 * 3_600_000;
const mostDone = 3000;
const perPage = 200;

/** Opens the bridge to a tenant. */
export function openQlik(config: QlikConfig, around: Surroundings): Opened {
  const client = qlikClient(config, around);
  const inbox = inboxOf(config.secret, around.clock);
  const mark = (stored: unknown): Mark | undefined => markShape.safeParse(stored).data;
  const tenant: Tenant = { config, around, client, explains: true };
  return {
    live: liveOf(tenant, inbox, mark),
    ...(client !== undefined && { backfill: (since: number) => historyOf(tenant, client, since, mark) }),
    receive: (request) => inbox.receive(request),
    close() {
      inbox.shut();
      client?.close();
    },
  };
}

interface Tenant {
  readonly config: QlikConfig;
  readonly around: Surroundings;
  readonly client: Client | undefined;
  /** Whether errors of failed runs may be asked for. */
  explains: boolean;
}

type MarkOf = (stored: unknown) => Mark | undefined;

/** What is known while it is read. */
interface Reading {
  readonly tenant: Tenant;
  until: number;
  readonly done: Set<string>;
  readonly open: Map<string, Open>;
}

const readingOf = (tenant: Tenant, from: Mark | undefined, begin: number): Reading => ({
  tenant,
  until: from?.until ?? begin,
  done: new Set(from?.done),
  open: new Map(Object.entries(from?.open ?? {})),
});

function markOf({ until, done, open }: Reading): Mark {
  const newest = [...done].slice(-mostDone);
  return { until, done: newest, open: Object.fromEntries(open) };
}

/** Takes what webhooks deliver at once, and catches up from time to time. */
function liveOf(tenant: Tenant, inbox: Inbox, mark: MarkOf): BridgeSource<Mark> {
  const { name, clock } = tenant.around;
  return {
    name,
    mark,
    async *read(from, stop) {
      const reading = readingOf(tenant, from, clock.now() - firstLookMs);
      inbox.open();
      try {
        yield* heardFrom(inbox, reading, stop);
      } finally {
        inbox.shut();
      }
    },
  };
}

/** All that webhooks deliver, and what the audits have besides, until it is stopped. */
async function* heardFrom(inbox: Inbox, reading: Reading, stop: AbortSignal): AsyncGenerator<BridgePage<Mark>> {
  const { around, client, config } = reading.tenant;
  const { every: everyMs = defaults.everyMs } = config;
  const trouble = troubleOf(around, everyMs);
  const { clock, once } = around;
  let due = client === undefined ? Number.POSITIVE_INFINITY : clock.now();
  while (!stop.aborted) {
    yield* delivered(inbox, reading, stop);
    if (client !== undefined && clock.now() >= due) {
      const { isDone, waitMs } = yield* caughtUpOnce({ inbox, reading, client, trouble }, stop);
      if (isDone && once) return;
      due = clock.now() + waitMs;
    }
    await inbox.wait(Math.min(due - clock.now(), everyMs), stop);
  }
}

interface CatchingUp {
  readonly inbox: Inbox;
  readonly reading: Reading;
  readonly client: Client;
  readonly trouble: Trouble;
}

/** One try to catch up, between whose pages webhooks are served; gives the wait until the next. */
async function* caughtUpOnce(
  { inbox, reading, client, trouble }: CatchingUp,
  stop: AbortSignal,
): AsyncGenerator<BridgePage<Mark>, { readonly isDone: boolean; readonly waitMs: number }> {
  try {
    for await (const page of caughtUp(reading, client, stop)) {
      yield page;
      yield* delivered(inbox, reading, stop);
    }
    return { isDone: true, waitMs: trouble.over() };
  } catch (error) {
    return { isDone: false, waitMs: stop.aborted ? 0 : trouble.failed(error) };
  }
}

/** What webhooks delivered, page by page. Whoever delivered it is answered when its page was acknowledged. */
async function* delivered(inbox: Inbox, reading: Reading, stop: AbortSignal): AsyncGenerator<BridgePage<Mark>> {
  for (let arrived = inbox.take(perPage); arrived.length > 0; arrived = inbox.take(perPage)) {
    const heard = await heardIn(
      arrived.map(({ text }) => text),
      "webhook",
      reading,
      stop,
    );
    const { tenant } = reading;
    // Without a key nothing else says that the tenant is heard.
    yield { ...pageOf(reading, heard), ...(tenant.client === undefined && { until: tenant.around.clock.now() }) };
    for (const { answer } of arrived) answer({ status: 200, text: "taken" });
  }
}

interface Heard {
  readonly events: readonly JobEvent[];
  readonly records: number;
  readonly carriers: ReadonlyMap<string, Carrier>;
  readonly uncounted: ReadonlySet<string>;
}

function pageOf(reading: Reading, { events, records, carriers, uncounted }: Heard): BridgePage<Mark> {
  return { events, records, carriers, uncounted, refused: [], next: markOf(reading) };
}

/** The events of records, without runs that were sent before. */
async function heardIn(
  texts: readonly string[],
  source: "webhook" | "poll",
  reading: Reading,
  stop: AbortSignal,
): Promise<Heard> {
  const { tenant, done } = reading;
  const events: JobEvent[] = [];
  const carriers = new Map<string, Carrier>();
  const uncounted = new Set<string>();
  let records = 0;
  for (const text of texts) {
    const found = recordOf(text, tenant.around);
    if (found === undefined) continue;
    const now = tenant.around.clock.now();
    const of = learnedBy(schema.read(found.record, fromMillis(now)), source);
    const ended = of.at(-1);
    const { "job.id": id = "", "job.uid": uid = "", "job.test": isTest } = ended?.attributes ?? {};
    if (ended === undefined || done.has(id)) continue;
    done.add(id);
    reading.open.delete(id);
    records++;
    const carrier = carrierIn(found.json);
    if (carrier !== undefined) carriers.set(uid, carrier);
    if (isTest === true && tenant.config.countTests !== true) uncounted.add(uid);
    const explained = await explain(ended, tenant, stop);
    const all = of.map((event) => (event === ended ? explained : event));
    events.push(...withFuture(all, ended.time === undefined ? now : toMillis(ended.time), now));
  }
  return { events, records, carriers, uncounted };
}

function recordOf(
  text: string,
  around: Surroundings,
): { readonly record: object & Parameters<typeof schema.read>[0]; readonly json: JsonObject } | undefined {
  const parsed = parseJson(text);
  const json = isRefusal(parsed) ? undefined : (parsed.value as JsonObject);
  if (json !== undefined && schema.isOther(json)) return undefined;
  const record = recordIn(schema, text, around);
  return record === undefined || json === undefined ? undefined : { record, json };
}

/** The end of a failed run with the text of its error, where that can be read. */
async function explain(ended: JobEvent, tenant: Tenant, stop: AbortSignal): Promise<JobEvent> {
  const { client, around } = tenant;
  const { "job.definition.id": automation, "job.id": id } = ended.attributes;
  if (ended.error === undefined || client === undefined || automation === undefined || id === undefined) return ended;
  if (!tenant.explains) return ended;
  try {
    const { text } = await client.ask({ path: `${runsOf(automation)}/${encodeURIComponent(id)}` }, stop);
    const parsed = parseJson(text);
    return isRefusal(parsed) ? ended : withError(ended, (parsed.plain as { readonly error?: unknown } | null)?.error);
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    if (error.status === 403) {
      tenant.explains = false;
      around.say(
        `${around.name}: why runs failed cannot be read: the apiKey may not read them. It needs the role TenantAdmin or AnalyticsAdmin, or the scope admin.automation-runs.`,
      );
    }
    return ended;
  }
}

const runsOf = (automation: string): string => `/api/v1/automations/${encodeURIComponent(automation)}/runs`;

/** What the audits have since they were read last, and the runs that are looked at besides. */
async function* caughtUp(reading: Reading, client: Client, stop: AbortSignal): AsyncGenerator<BridgePage<Mark>> {
  const { tenant } = reading;
  const began = tenant.around.clock.now();
  yield* audits(reading, client, client.now(), stop);
  for (const automation of tenant.config.automations ?? []) yield* shownRuns(reading, client, automation, stop);
  const late = stalledIn(reading, client.now());
  yield { ...pageOf(reading, { events: late, records: 0, carriers: new Map(), uncounted: new Set() }), until: began };
}

/** The audits in windows of a day, so that a long outage is caught up step by step. */
async function* audits(
  reading: Reading,
  client: Client,
  to: number,
  stop: AbortSignal,
): AsyncGenerator<BridgePage<Mark>> {
  for (let at = reading.until - overlapMs; at < to;) {
    const end = Math.min(to, at + windowMs);
    const query = {
      eventType: "com.qlik.v1.automation.run.ended",
      eventTime: `${isoOf(at)}/${isoOf(end + 1)}`,
      sort: "+eventTime",
      limit: "100",
    };
    for await (const texts of pages(client, "/api/v1/audits", query, stop))
      yield pageOf(reading, await heardIn(texts, "poll", reading, stop));
    reading.until = Math.max(reading.until, end);
    at = end;
  }
}

const isoOf = (ms: number): string => new Date(ms).toISOString();

/** The items of each page. Of the address of the next page only its query is taken, and only this server is asked. */
async function* pages(
  client: Client,
  path: string,
  query: Readonly<Record<string, string>>,
  stop: AbortSignal,
): AsyncGenerator<readonly string[]> {
  const seen = new Set<string>();
  for (let next: Readonly<Record<string, string>> | undefined = query; next !== undefined;) {
    const { text } = await client.ask({ path, query: next }, stop);
    const list = listIn(text, "data");
    if (list === undefined) throw client.noJson("JSON that is cut off or has no list of data");
    yield list.items;
    const parsed = parseJson(list.around("null"));
    const { links } = (isRefusal(parsed) ? {} : parsed.plain) as {
      readonly links?: { readonly next?: { readonly href?: unknown } | null };
    };
    const href: unknown = links?.next?.href;
    if (typeof href !== "string" || seen.has(href) || !URL.canParse(href, "https://tenant")) return;
    seen.add(href);
    next = Object.fromEntries(new URL(href, "https://tenant").searchParams);
  }
}

const shownShape = z.looseObject({
  id: z.string(),
  title: z.string().optional().catch(undefined),
  createdAt: z.string().nullish(),
  startTime: z.string().nullish(),
  stopTime: z.string().nullish(),
});

/** The runs of an automation, newest first, until one that started before all that is read again. */
async function* shownRuns(
  reading: Reading,
  client: Client,
  automation: string,
  stop: AbortSignal,
): AsyncGenerator<BridgePage<Mark>> {
  const since = Math.min(client.now() - 2 * overlapMs, ...[...reading.open.values()].map((open) => open.since));
  for await (const texts of pages(client, runsOf(automation), { limit: "100", sort: "-startTime" }, stop)) {
    const events: JobEvent[] = [];
    let isOld = false;
    for (const text of texts) {
      const parsed = parseJson(text);
      const run = isRefusal(parsed) ? undefined : shownShape.safeParse(parsed.plain).data;
      if (run === undefined || isRefusal(parsed)) continue;
      events.push(...newIn(run, parsed.value as JsonObject, automation, reading));
      isOld ||= Date.parse(run.startTime ?? run.createdAt ?? "") < since;
    }
    yield pageOf(reading, { events, records: 0, carriers: new Map(), uncounted: new Set() });
    if (isOld) return;
  }
}

function newIn(
  run: ShownRun,
  json: JsonObject,
  automation: string,
  { done, open, tenant }: Reading,
): readonly JobEvent[] {
  const now = tenant.around.clock.now();
  if (done.has(run.id)) return [];
  if (typeof run.stopTime === "string") {
    // Its event may still be on its way; only then the interface's word is taken for it.
    if (now - Date.parse(run.stopTime) < overlapMs) return [];
    done.add(run.id);
    open.delete(run.id);
    return endedEvents(json, automation, fromMillis(now));
  }
  if (open.has(run.id)) return [];
  const since = Date.parse(run.startTime ?? run.createdAt ?? "");
  open.set(run.id, { since: Number.isNaN(since) ? now : since, name: run.title });
  return openEvents(run, automation, fromMillis(now));
}

function stalledIn({ open, tenant: { config } }: Reading, now: number): JobEvent[] {
  const { stalledAfter: limitMs = defaults.stalledMs } = config;
  const events: JobEvent[] = [];
  for (const [id, run] of open) {
    if (run.stalled === true || now - run.since < limitMs) continue;
    open.set(id, { ...run, stalled: true });
    events.push(stalled({ system: "qlik", id, name: run.name, since: run.since }, limitMs, now));
  }
  return events;
}

/** The audits since a time, once. */
function historyOf(tenant: Tenant, client: Client, since: number, mark: MarkOf): BridgeSource<Mark> {
  const { around } = tenant;
  return {
    name: around.name,
    mark,
    async *read(from, stop) {
      const trouble = troubleOf(around, 1);
      const end = client.now();
      const reading = readingOf(tenant, from, since);
      while (!stop.aborted) {
        try {
          for await (const page of audits(reading, client, end, stop))
            yield { ...page, share: (reading.until - since) / (end - since) };
          yield { ...pageOf(reading, { events: [], records: 0, carriers: new Map(), uncounted: new Set() }), share: 1 };
          return;
        } catch (error) {
          if (stop.aborted) return;
          await around.clock.wait(trouble.failed(error), stop);
        }
      }
    },
  };
}
