import { fromMillis, isRefusal, toMillis } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { parseJson } from "@jobtrail/schemas";
import type { JsonObject } from "@jobtrail/schemas";
import { z } from "zod";
import type { Client } from "../client.ts";
import { listIn } from "../list.ts";
import type { BridgePage } from "../source.ts";
import { stalled } from "../stall.ts";
import { heardIn, pageOf, runsOf, silence } from "./read.ts";
import type { Mark, Reading } from "./read.ts";
import { endedEvents, openEvents } from "./run.ts";
import type { ShownRun } from "./run.ts";

const defaultStalledMs = 24 * 3_600_000;

/** An event may appear in the audits a little later than others that happened after it. */
const overlapMs = 600_000;
const windowMs = 24 * 3_600_000;

/** What the audits have since they were read last, and the runs that are looked at besides. */
export async function* caughtUp(reading: Reading, client: Client, stop: AbortSignal): AsyncGenerator<BridgePage<Mark>> {
  const { tenant } = reading;
  const began = tenant.around.clock.now();
  yield* audits(reading, client, client.now(), stop);
  for (const automation of tenant.config.automations ?? []) yield* shownRuns(reading, client, automation, stop);
  const late = stalledIn(reading, client.now());
  yield { ...pageOf(reading, { ...silence, events: late }), until: began };
}

/** The audits in windows of a day, so that a long outage is caught up step by step. */
export async function* audits(
  reading: Reading,
  client: Client,
  to: number,
  stop: AbortSignal,
): AsyncGenerator<BridgePage<Mark>> {
  const begin = reading.until - overlapMs;
  for (let at = begin; at < to;) {
    const end = Math.min(to, at + windowMs);
    const query = {
      eventType: "com.qlik.v1.automation.run.ended",
      eventTime: `${isoOf(at)}/${isoOf(end + 1)}`,
      sort: "+eventTime",
      limit: "100",
    };
    for await (const texts of pages(client, "/api/v1/audits", query, stop)) {
      const heard = await heardIn(texts, "poll", reading, stop);
      const last = heard.events.at(-1)?.time;
      const share = ((last === undefined ? at : toMillis(last)) - begin) / (to - begin);
      yield { ...pageOf(reading, heard), share: Math.min(0.999, Math.max(0, share)) };
    }
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
    yield pageOf(reading, { ...silence, events });
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
  const { stalledAfter: limitMs = defaultStalledMs } = config;
  const events: JobEvent[] = [];
  for (const [id, run] of open) {
    if (run.stalled === true || now - run.since < limitMs) continue;
    open.set(id, { ...run, stalled: true });
    events.push(stalled({ system: "qlik", id, name: run.name, since: run.since }, limitMs, now));
  }
  return events;
}
