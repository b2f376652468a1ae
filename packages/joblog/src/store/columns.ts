import type { Job } from "@jobtrail/core/fold";
import type { HrTime } from "@opentelemetry/api";
import { fingerprintOf } from "../fingerprint.ts";
import { firstOf, hasFailed, rowOf } from "../view.ts";
import type { JobRow } from "../view.ts";
import type { Definition } from "./catalogue.ts";
import { kinds } from "./kinds.ts";
import type { JobColumns, RecentJob } from "./recent.ts";
import { micros } from "./record.ts";
import type { StoredEvent } from "./record.ts";

/** The columns of a job's row, without its number. */
export const columnNames = [
  "uid",
  "definition",
  "native_id",
  "schedule",
  "state",
  "result",
  "trigger",
  "actor",
  "scope",
  "tenant",
  "error",
  "message",
  "fingerprint",
  "first",
  "sequence",
  "started",
  "ended",
  "last",
  "duration",
  "runs",
  "retries",
  "lost",
  "failed",
  "row",
  "attributes",
] as const;

/** The bits of the places of some columns. */
export function columnMask(some: readonly (typeof columnNames)[number][]): number {
  return columnNames.reduce((mask, name, i) => (some.includes(name) ? mask | (1 << i) : mask), 0);
}

/** The longest part of an error's message that can be searched for, in characters. */
const longestMessage = 500;

/** What a job's row holds, and its definition, whose number `definition` gives. */
export function columnsOf(job: Job, events: RecentJob["events"], definition: (of: Definition) => number): JobColumns {
  const row = rowOf(job, (events[kinds.run.number]?.length ?? 0) >= kinds.run.newest);
  const { counts, system = "", namespace = "", queue = "", name = "" } = row;
  return withNulls({
    uid: row.uid,
    definition: definition({ system, namespace, queue, name }),
    native_id: row.id,
    schedule: row.schedule,
    state: row.state,
    result: row.result,
    trigger: row.trigger,
    actor: partyKey(row.actor),
    scope: partyKey(row.scope),
    tenant: row.tenant,
    error: row.error?.type,
    message: row.error?.message?.slice(0, longestMessage),
    fingerprint: row.error && fingerprintOf(row.error),
    first: micros(firstOf(job)),
    sequence: sequenceOf(job.uid, events[kinds.job.number] ?? []),
    started: microsOf(job.runs.find(({ start }) => start !== undefined)?.start),
    ended: row.ended === undefined ? undefined : microsOf(job.runs.at(-1)?.end),
    last: micros(job.last),
    duration: row.duration,
    runs: counts.runs,
    retries: counts.retries,
    lost: counts.lost,
    failed: Number(hasFailed(row)),
    row: JSON.stringify(row),
    attributes: JSON.stringify(attributesOf(job)),
  });
}

/** The attributes that a job can be asked for: its own and those of its last run, without those that are columns. */
function attributesOf(job: Job): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const attributes of [job.attributes, job.runs.at(-1)?.attributes ?? {}])
    for (const [key, value] of Object.entries(attributes))
      if (!elsewhere.has(key)) all[key] = typeof value === "bigint" ? String(value) : value;
  return all;
}

const elsewhere: ReadonlySet<string> = new Set([
  "job.uid",
  "job.id",
  "job.system.name",
  "job.namespace",
  "job.queue.name",
  "job.name",
  "job.run.uid",
  "log.record.uid",
  "job.event.sequence",
  "job.record.rest",
  "job.record.content",
]);

type Columns = Readonly<Record<(typeof columnNames)[number], string | number | null | undefined>>;

/** Columns without a value are null, as they are read again. */
function withNulls(given: Columns): JobColumns {
  const columns: Record<string, string | number | null> = {};
  for (const name of columnNames) columns[name] = given[name] ?? null;
  return columns;
}

const microsOf = (time: HrTime | undefined): number | undefined => time && micros(time);

/** Where the record that the job was queued stands among the records of its process; 0 where none says it. */
function sequenceOf(uid: string, events: readonly StoredEvent[]): number {
  let least = 0;
  for (const { event } of events) {
    const sequence = event.attributes["job.event.sequence"];
    if (event.name !== "job.queued" || event.attributes["job.uid"] !== uid || sequence === undefined) continue;
    least = least === 0 ? sequence : Math.min(least, sequence);
  }
  return least;
}

/** What a filter compares: the id, else the name, else the type. */
const partyKey = (party: JobRow["actor"]): string | null => party?.id ?? party?.name ?? party?.type ?? null;
