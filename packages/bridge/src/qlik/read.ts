import { fromMillis, isRefusal, toMillis } from "@jobtrail/core/event";
import type { JobAttributes } from "@jobtrail/conventions";
import type { JobEvent } from "@jobtrail/core/event";
import type { Carrier } from "@jobtrail/core/recorder";
import { parseJson, qlik as schema } from "@jobtrail/schemas";
import type { JsonObject, QlikRecord } from "@jobtrail/schemas";
import { z } from "zod";
import type { Client } from "../client.ts";
import { SourceError } from "../client.ts";
import { learnedBy, recordIn, withFuture } from "../record.ts";
import type { BridgePage, Surroundings } from "../source.ts";
import type { QlikConfig } from "./config.ts";
import { carrierIn, withError } from "./run.ts";

/** A run that is at work, as the runs interface showed it. */
export interface Open {
  readonly since: number;
  readonly name?: string | undefined;
  readonly stalled?: true | undefined;
}

/** How far a tenant has been read. */
export interface Mark {
  /** The audits were read to this time, in milliseconds. */
  readonly until: number;
  /** Runs whose end was sent, the newest last. */
  readonly done: readonly string[];
  readonly open: Readonly<Record<string, Open>>;
}

/** The shape of a stored mark. */
export const markShape: z.ZodType<Mark> = z.object({
  until: z.number(),
  done: z.array(z.string()),
  open: z.record(
    z.string(),
    z.object({ since: z.number(), name: z.string().optional(), stalled: z.literal(true).optional() }),
  ),
});

const mostDone = 3000;

/** A tenant that is read. */
export interface Tenant {
  readonly config: QlikConfig;
  readonly around: Surroundings;
  readonly client: Client | undefined;
  /** Whether errors of failed runs may be asked for. */
  explains: boolean;
}

/** What is known while it is read. */
export interface Reading {
  readonly tenant: Tenant;
  until: number;
  readonly done: Set<string>;
  readonly open: Map<string, Open>;
}

/** Goes on from a mark, or begins. */
export const readingOf = (tenant: Tenant, from: Mark | undefined, begin: number): Reading => ({
  tenant,
  until: from?.until ?? begin,
  done: new Set(from?.done),
  open: new Map(Object.entries(from?.open ?? {})),
});

function markOf({ until, done, open }: Reading): Mark {
  const newest = [...done].slice(-mostDone);
  return { until, done: newest, open: Object.fromEntries(open) };
}

/** What records say that is new. */
export interface Heard {
  readonly events: readonly JobEvent[];
  readonly records: number;
  readonly carriers: ReadonlyMap<string, Carrier>;
  readonly uncounted: ReadonlySet<string>;
  readonly counters: ReadonlyMap<string, JobAttributes>;
}

/** Nothing new. */
export const silence: Heard = {
  events: [],
  records: 0,
  carriers: new Map(),
  uncounted: new Set(),
  counters: new Map(),
};

/** A page of what was heard. */
export function pageOf(reading: Reading, { events, records, carriers, uncounted, counters }: Heard): BridgePage<Mark> {
  return { events, records, carriers, uncounted, counters, refused: [], next: markOf(reading) };
}

/** The events of records, without runs that were sent before. */
export async function heardIn(
  texts: readonly string[],
  source: "webhook" | "poll",
  reading: Reading,
  stop: AbortSignal,
): Promise<Heard> {
  const { tenant, done } = reading;
  const events: JobEvent[] = [];
  const carriers = new Map<string, Carrier>();
  const uncounted = new Set<string>();
  const counters = new Map<string, JobAttributes>();
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
    for (const [run, counted] of countersOf(ended)) counters.set(run, counted);
    const explained = await explain(ended, tenant, stop);
    const all = of.map((event) => (event === ended ? explained : event));
    events.push(...withFuture(all, ended.time === undefined ? now : toMillis(ended.time), now));
  }
  return { events, records, carriers, uncounted, counters };
}

/** What metrics count of a run besides what its record counts. */
function countersOf({ own, attributes }: JobEvent): readonly (readonly [run: string, counters: JobAttributes])[] {
  const run = attributes["job.run.uid"];
  return own?.["qlik.billable"] === true && run !== undefined ? [[run, { "job.counter.billable_runs": 1 }]] : [];
}

function recordOf(
  text: string,
  around: Surroundings,
): { readonly record: QlikRecord; readonly json: JsonObject } | undefined {
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

/** Where the runs of an automation are. */
export const runsOf = (automation: string): string => `/api/v1/automations/${encodeURIComponent(automation)}/runs`;
