import { fromMillis, isRefusal, jobUid } from "@jobtrail/core/event";
import type { JobAttributes } from "@jobtrail/conventions";
import type { JobEvent } from "@jobtrail/core/event";
import { answerError, devo as schema, parseJson } from "@jobtrail/schemas";
import type { DevoAnswer, DevoRecord, JsonObject } from "@jobtrail/schemas";
import { z } from "zod";
import type { Client } from "../client.ts";
import { listIn } from "../list.ts";
import { polled } from "../poll.ts";
import { learnedBy, recordIn } from "../record.ts";
import type { BridgePage, Opened, Surroundings } from "../source.ts";
import { stalled } from "../stall.ts";
import { changeOf, knownShape } from "./change.ts";
import type { Known } from "./change.ts";
import { devoClient } from "./config.ts";
import type { DevoConfig } from "./config.ts";

export { devoConfig, devoExample } from "./config.ts";
export type { DevoConfig } from "./config.ts";
export { actOn } from "./action.ts";
export type { Acted, Verb } from "./action.ts";

/** The jobs that were listed, by id. */
interface Mark {
  readonly jobs: Readonly<Record<string, Known>>;
}

const markShape: z.ZodType<Mark> = z.object({ jobs: z.record(z.string(), knownShape) });

const defaults = { everyMs: 30_000, progressMs: 60_000 };

/** A job that is over and in no list is asked for this often: one that was removed is no longer found. */
const absentEveryMs = 3_600_000;
/** Jobs that are asked for by their ids in a round, those first that were asked for longest ago. */
const mostAsked = 50;
/** Jobs whose events are sent at once. */
const perPage = 500;

/** Opens the bridge to a domain. */
export function openDevo(config: DevoConfig, around: Surroundings): Opened {
  const { every: everyMs = defaults.everyMs } = config;
  const client = devoClient(config, around);
  const mark = (stored: unknown): Mark | undefined => markShape.safeParse(stored).data;
  return {
    live: polled({ name: around.name, everyMs, mark, round: roundsOf(config, client, around) }, around),
    close: () => client.close(),
  };
}

interface Reading {
  readonly config: DevoConfig;
  readonly client: Client;
  readonly around: Surroundings;
  readonly jobs: Map<string, Known>;
  events: JobEvent[];
  records: number;
  counters: Map<string, JobAttributes>;
}

type Rounds = (from: Mark | undefined, stop: AbortSignal) => AsyncGenerator<BridgePage<Mark>>;

function roundsOf(config: DevoConfig, client: Client, around: Surroundings): Rounds {
  return async function* rounds(from, stop) {
    const began = around.clock.now();
    const jobs = new Map(Object.entries(from?.jobs ?? {}));
    const reading: Reading = { config, client, around, jobs, events: [], records: 0, counters: new Map() };
    const listed = new Set<string>();
    for (const text of await listOf(client, stop)) {
      const id = heard(text, reading);
      if (id !== undefined) listed.add(id);
      if (reading.events.length >= perPage) yield pageOf(reading);
    }
    const absent = [...jobs]
      .filter(([id, known]) => !listed.has(id) && isDue(known, client.now()))
      .toSorted(([, a], [, b]) => (a.asked ?? 0) - (b.asked ?? 0))
      .slice(0, mostAsked);
    for (const [id] of absent) {
      await askFor(id, reading, stop);
      if (reading.events.length >= perPage) yield pageOf(reading);
    }
    reading.events.push(...stalledIn(reading));
    yield { ...pageOf(reading), until: began };
  };
}

async function listOf(client: Client, stop: AbortSignal): Promise<readonly string[]> {
  const { text } = await client.ask({ path: "/jobs" }, stop);
  const list = listIn(text, "object");
  if (list !== undefined) return list.items.map(list.around);
  const parsed = parseJson(text);
  throw client.noJson(
    isRefusal(parsed)
      ? "JSON that is cut off"
      : `no list of jobs (${answerError(parsed.value) ?? "it says nothing of an error"})`,
  );
}

const isAnswer = (record: DevoRecord): record is DevoAnswer =>
  "object" in record && typeof record.object === "object" && record.object !== null && "status" in record.object;

/** Takes a sighting of a job; gives its id. */
function heard(input: string | JsonObject, { around, client, config, jobs, ...reading }: Reading): string | undefined {
  const record = recordIn(schema, input, around);
  if (record === undefined || !isAnswer(record)) return undefined;
  const { object: job } = record;
  const now = client.now();
  const [event] = learnedBy(schema.read(record, fromMillis(now)), "poll");
  if (event === undefined) return job.id;
  const at = { now, progressMs: config.progressEvery ?? defaults.progressMs };
  const change = changeOf(job, event, jobs.get(job.id), at);
  jobs.set(job.id, change.known);
  if (change.events.length > 0) reading.events.push(...change.events);
  if (change.counters !== undefined) reading.counters.set(...change.counters);
  return job.id;
}

const isDue = ({ run, asked = 0 }: Known, now: number): boolean => run !== undefined || now - asked >= absentEveryMs;

const notFound = 100;

/** Asks for a job that no list has: that it is not listed says nothing, that it is not found says that it was removed. */
async function askFor(id: string, reading: Reading, stop: AbortSignal): Promise<void> {
  const { client, jobs, around } = reading;
  const known = jobs.get(id);
  const { text } = await client.ask({ path: `/job/${encodeURIComponent(id)}`, accepts: [404] }, stop);
  const parsed = parseJson(text);
  if (isRefusal(parsed)) throw client.noJson("JSON that is cut off");
  const code = (parsed.plain as { readonly status?: unknown } | null)?.status;
  if (code === notFound) {
    jobs.delete(id);
    reading.events.push(removed(id, known, client.now()));
    return;
  }
  if (code !== 0 && code !== undefined) {
    around.say(`${around.name}: job ${id} is not answered: ${answerError(parsed.value) ?? `code ${String(code)}`}.`);
    return;
  }
  heard(parsed.value as JsonObject, reading);
  const now = jobs.get(id);
  if (now !== undefined) jobs.set(id, { ...now, asked: client.now() });
}

/** A job that was listed and is not found any more. Who removed it, nobody says. */
function removed(id: string, known: Known | undefined, now: number): JobEvent {
  const uid = jobUid({ system: "devo", id });
  return {
    name: "job.removed",
    seen: fromMillis(now),
    attributes: {
      "job.system.name": "devo",
      ...(known?.name !== undefined && { "job.name": known.name }),
      "job.id": id,
      "job.uid": uid,
      "job.state": "removed",
      "job.reason": "TASK_NOT_FOUND",
      "job.record.source": "poll",
      "log.record.uid": `${uid}-removed`,
    },
  };
}

function stalledIn({ config: { stalledAfter: limitMs }, jobs, client }: Reading): JobEvent[] {
  // A continuous query works for ever, so that only a stated limit counts.
  if (limitMs === undefined) return [];
  const events: JobEvent[] = [];
  for (const [id, known] of jobs) {
    const { run, name } = known;
    if (run === undefined || run.stalled === true || client.now() - run.since < limitMs) continue;
    jobs.set(id, { ...known, run: { ...run, stalled: true } });
    events.push(stalled({ system: "devo", id, name, run: run.uid, since: run.since }, limitMs, client.now()));
  }
  return events;
}

function pageOf(reading: Reading): BridgePage<Mark> {
  const { events, counters, jobs } = reading;
  const page = {
    events,
    records: events.length,
    refused: [],
    counters,
    next: { jobs: Object.fromEntries(jobs) },
  };
  reading.events = [];
  reading.counters = new Map();
  return page;
}
