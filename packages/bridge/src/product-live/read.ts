import { hash } from "node:crypto";
import type { JobAttributes } from "@jobtrail/conventions";
import { fromMillis, isRefusal, toMillis } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import { parseJson, productLive as schema } from "@jobtrail/schemas";
import type { JsonObject } from "@jobtrail/schemas";
import { z } from "zod";
import { folderShape } from "../folder.ts";
import type { FolderMark } from "../folder.ts";
import { hasEnd, learnedBy, recordIn, withFuture } from "../record.ts";
import type { BridgePage, Surroundings } from "../source.ts";
import { stalled } from "../stall.ts";
import { missedIn, scheduleIn, scheduleShape } from "./schedule.ts";
import type { Schedule } from "./schedule.ts";

/** An instance that has not ended. */
export interface Open {
  readonly since: number;
  readonly state: "waiting" | "active";
  readonly name?: string | undefined;
  readonly queue?: string | undefined;
  readonly stalled?: true | undefined;
}

/** How far an account has been read. */
export interface Mark {
  /** Which end of the audit log its first page is, as far as its times say. */
  readonly order?: "newest" | "oldest" | undefined;
  /** Where to go on in a log whose first page is its oldest. */
  readonly page: number;
  /** All that the log had taken in at this time was read, in milliseconds. */
  readonly until?: number | undefined;
  /** Records that were sent, by their uids, the newest last. */
  readonly known: readonly string[];
  /** Records of a walk through the pages that has not come to its end. */
  readonly partial: readonly string[];
  readonly open: Readonly<Record<string, Open>>;
  readonly schedules: Readonly<Record<string, Schedule>>;
  readonly files: FolderMark;
}

/** The shape of a stored mark. */
export const markShape: z.ZodType<Mark> = z.object({
  order: z.enum(["newest", "oldest"]).optional(),
  page: z.number(),
  until: z.number().optional(),
  known: z.array(z.string()),
  partial: z.array(z.string()),
  open: z.record(
    z.string(),
    z.object({
      since: z.number(),
      state: z.enum(["waiting", "active"]),
      name: z.string().optional(),
      queue: z.string().optional(),
      stalled: z.literal(true).optional(),
    }),
  ),
  schedules: z.record(z.string(), scheduleShape),
  files: folderShape,
});

/** What is known while it is read. */
export interface Reading {
  readonly around: Surroundings;
  order: Mark["order"];
  page: number;
  until: number | undefined;
  known: Set<string>;
  partial: Set<string>;
  readonly open: Map<string, Open>;
  readonly schedules: Map<string, Schedule>;
  readonly files: Map<string, FolderMark[string]>;
  /** How long runs that ended had waited, by `job.run.uid`: the audit log has the two times in two records. */
  waits: Map<string, JobAttributes>;
}

/** Goes on from a mark, or begins. */
export const readingOf = (around: Surroundings, from: Mark | undefined): Reading => ({
  around,
  order: from?.order,
  page: from?.page ?? 0,
  until: from?.until,
  known: new Set(from?.known),
  partial: new Set(from?.partial),
  open: new Map(Object.entries(from?.open ?? {})),
  schedules: new Map(Object.entries(from?.schedules ?? {})),
  files: new Map(Object.entries(from?.files ?? {})),
  waits: new Map(),
});

const markOf = ({ order, page, until, known, partial, open, schedules, files }: Reading): Mark => ({
  order,
  page,
  until,
  known: [...known],
  partial: [...partial],
  open: Object.fromEntries(open),
  schedules: Object.fromEntries(schedules),
  files: Object.fromEntries(files),
});

/** A page of events. */
export function pageOf(reading: Reading, events: readonly JobEvent[], records: number): BridgePage<Mark> {
  const counters = reading.waits;
  reading.waits = new Map();
  return { events, records, refused: [], counters, next: markOf(reading) };
}

/** A record of the audit log as it was heard. */
export interface Heard {
  /** What makes it itself: equal records are one. */
  readonly id: string;
  /** When the log took it in, in milliseconds; undefined where it does not say. */
  readonly at: number | undefined;
  readonly events: readonly JobEvent[];
}

/** Hears a record of the log, of whatever kind. */
export function heardIn(input: string | JsonObject, source: "poll" | "import", { around }: Reading): Heard {
  const now = around.clock.now();
  const text = typeof input === "string" ? input : JSON.stringify(input);
  const other: Heard = { id: hash("sha256", text).slice(0, 20), at: timeIn(text), events: [] };
  const json = typeof input === "string" ? parsed(input) : input;
  if (json !== undefined && schema.isOther(json)) return other;
  const record = recordIn(schema, input, around);
  if (record === undefined) return other;
  const events = learnedBy(schema.read(record, fromMillis(now)), source);
  const main = events.at(-1);
  const at = main === undefined || main.seen[0] === Math.floor(now / 1000) ? other.at : toMillis(main.seen);
  return {
    id: (main?.attributes["log.record.uid"] ?? other.id).slice(0, 20),
    at,
    events: withFuture(events, at ?? now, now),
  };
}

function parsed(text: string): JsonObject | undefined {
  const found = parseJson(text);
  return isRefusal(found) ? undefined : (found.value as JsonObject);
}

function timeIn(text: string): number | undefined {
  const time = Date.parse(/"timeGenerated"\s*:\s*"([^"]+)"/.exec(text)?.[1] ?? "");
  return Number.isNaN(time) ? undefined : time;
}

/** Remembers what records say of instances and schedules. */
export function learn(heard: readonly Heard[], { open, schedules, around, waits }: Reading): void {
  // In the order in which they happened, whichever way the pages go.
  const inOrder = heard.toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0));
  for (const { events, at = around.clock.now() } of inOrder) {
    const main = events.at(-1);
    const { "job.id": id, "job.definition.id": definition } = main?.attributes ?? {};
    if (main === undefined || id === undefined) continue;
    if (hasEnd(events)) {
      for (const [run, waited] of waitOf(events, open.get(id))) waits.set(run, waited);
      open.delete(id);
    } else if (main.name === "job.queued" && !open.has(id)) open.set(id, openOf(main, at, "waiting"));
    if (main.name !== "job.queued" || definition === undefined) continue;
    const schedule = scheduleIn(main, at, schedules.get(definition));
    if (schedule === undefined) schedules.delete(definition);
    else schedules.set(definition, schedule);
  }
}

/** How long a run had waited that ended; nothing where it is not known when it was queued. */
function waitOf(events: readonly JobEvent[], before: Open | undefined): readonly (readonly [string, JobAttributes])[] {
  const started = events.find(({ name }) => name === "job.run.started");
  const run = started?.attributes["job.run.uid"];
  if (before === undefined || run === undefined || started?.time === undefined) return [];
  const wait = (toMillis(started.time) - before.since) / 1000;
  return wait < 0 ? [] : [[run, { "job.run.wait": wait }]];
}

/** An instance that an event tells of. */
export const openOf = ({ attributes }: JobEvent, since: number, state: Open["state"]): Open => ({
  since,
  state,
  name: attributes["job.name"],
  queue: attributes["job.queue.name"],
});

/** What did not happen: instances that do not end, periodic jobs that did not come. */
export function overdueIn(reading: Reading, limitMs: number, graceMs: number): readonly JobEvent[] {
  const { open, schedules, around } = reading;
  const now = around.clock.now();
  const events: JobEvent[] = [];
  for (const [id, instance] of open) {
    if (instance.stalled === true || now - instance.since < limitMs) continue;
    open.set(id, { ...instance, stalled: true });
    const { name, queue, since } = instance;
    events.push(stalled({ system: "product-live", id, name, queue, since }, limitMs, now));
  }
  for (const [id, schedule] of schedules) {
    const found = missedIn(id, schedule, now, graceMs);
    schedules.set(id, found.schedule);
    events.push(...found.events);
  }
  return events;
}
