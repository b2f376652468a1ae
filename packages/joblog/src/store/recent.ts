import type { JobEvent } from "@jobtrail/core/event";
import { findJob } from "./catalogue.ts";
import type { JobKey } from "./catalogue.ts";
import type { Database } from "./database.ts";
import type { Day } from "./day.ts";
import type { DayRecords } from "./day-records.ts";
import { eventsIn } from "./events.ts";
import type { RecordReader } from "./events.ts";
import { kindOf, kinds } from "./kinds.ts";
import type { Kind } from "./kinds.ts";
import type { StoredEvent } from "./record.ts";

/** How many events of jobs stay in memory between batches. */
const mostEvents = 20_000;

/** The values of a row of `jobs`, by column. */
export type JobColumns = Readonly<Record<string, string | number | null>>;

/** A job that records have arrived for lately: what it is folded from, without reading it again. */
export interface RecentJob {
  readonly id: number;
  readonly uid: string;
  home: Day;
  /** The days that have records or lines of it. */
  readonly days: Day[];
  /** Whether the catalogue says something else. */
  isMoved: boolean;
  /** By kind, each in the order of time. */
  readonly events: readonly StoredEvent[][];
  readonly traces: Set<string>;
  /** Uids of the ends that were inferred and are written. */
  readonly inferred: Set<string>;
  /** Its row of `jobs` as it is written; null where it has none, nothing where that is not known. */
  written: JobColumns | null | undefined;
}

/** The jobs of the last batches, the most recent last. */
export class RecentJobs {
  readonly #catalogue: Database;
  readonly #reader: RecordReader;
  readonly #jobs = new Map<string, RecentJob>();
  #events = 0;

  constructor(catalogue: Database, reader: RecordReader) {
    this.#catalogue = catalogue;
    this.#reader = reader;
  }

  /** A job with the events that it has by now, made where there is none. */
  get(uid: string, today: DayRecords): RecentJob {
    const known = this.find(uid);
    if (known !== undefined) return known;
    const job = { ...emptyJob({ id: today.nextJob(), uid, home: today.day, days: [today.day] }), written: null };
    return this.#keep({ ...job, isMoved: true });
  }

  /** A job with the events that it has by now. */
  find(uid: string): RecentJob | undefined {
    const known = this.#jobs.get(uid);
    if (known !== undefined) {
      this.#jobs.delete(uid);
      this.#jobs.set(uid, known);
      return known;
    }
    const found = findJob(this.#catalogue, uid);
    return found && this.#keep(this.#load(found));
  }

  /** Adds an event to its job. */
  add(job: RecentJob, stored: StoredEvent): void {
    const kind = kindOf(stored.event.name);
    const list = job.events[kind.number];
    if (list === undefined) return;
    const before = list.length;
    insert(list, stored, kind);
    this.#events += list.length - before;
  }

  /** Lets go of the jobs that were not heard of for the longest time, where there are too many. */
  trim(): void {
    for (const [uid, job] of this.#jobs) {
      if (this.#events <= mostEvents) return;
      this.#jobs.delete(uid);
      this.#events -= countOf(job);
    }
  }

  /** Forgets what was not committed. */
  clear(): void {
    this.#jobs.clear();
    this.#events = 0;
    this.#reader.clear();
  }

  #keep(job: RecentJob): RecentJob {
    this.#jobs.set(job.uid, job);
    this.#events += countOf(job);
    return job;
  }

  #load(found: JobKey): RecentJob {
    const job = emptyJob(found);
    for (const stored of eventsIn(this.#reader.ofJob(job.id, job.days)))
      job.events[kindOf(stored.event.name).number]?.push(stored);
    for (const list of job.events) list.sort(compare);
    return job;
  }
}

const emptyJob = ({ id, uid, home, days }: JobKey): RecentJob => ({
  id,
  uid,
  home,
  days: [...days],
  isMoved: false,
  events: Object.values(kinds).map(() => []),
  traces: new Set(),
  inferred: new Set(),
  written: undefined,
});

/** Notes that a day has something of a job. */
export function addDay(job: RecentJob, day: Day): void {
  if (job.days.includes(day)) return;
  job.days.push(day);
  job.isMoved = true;
}

/** What of a job says what it is. */
export const identifying = (job: RecentJob): JobEvent | undefined =>
  job.events.flat().find(({ event }) => event.attributes["job.id"] !== undefined)?.event;

/** Puts an event where it belongs by time; of too many, what is neither among the oldest nor the newest goes. */
function insert(list: StoredEvent[], stored: StoredEvent, { oldest, newest }: Kind): void {
  let i = list.length;
  for (let before = list[i - 1]; before !== undefined && compare(before, stored) > 0; before = list[i - 1]) i -= 1;
  list.splice(i, 0, stored);
  if (list.length > oldest + newest) list.splice(oldest, 1);
}

const compare = (a: StoredEvent, b: StoredEvent): number => a.time - b.time || (a.uid < b.uid ? -1 : 1);

/** A job costs something even where it has no event. */
const countOf = ({ events }: RecentJob): number => events.reduce((sum, list) => sum + list.length, 1);
