import type { JobEvent } from "@jobtrail/core/event";
import type { Database } from "./database.ts";
import { eventsIn, identitiesOf, rowsOfJob } from "./events.ts";
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
  readonly identities: string[];
  /** By kind, each in the order of time. */
  readonly events: readonly StoredEvent[][];
  readonly traces: Set<string>;
  /** The event that said last what the job is found by. */
  identified: JobEvent | undefined;
  /** Uids of the ends that were inferred and are written. */
  readonly inferred: Set<string>;
  /** Its row of `jobs` as it is written; null where it has none, nothing where that is not known. */
  written: JobColumns | null | undefined;
}

/** The jobs of the last batches, the most recent last. */
export class RecentJobs {
  readonly #db: Database;
  readonly #jobs = new Map<string, RecentJob>();
  #events = 0;

  constructor(db: Database) {
    this.#db = db;
  }

  /** A job, with the events that it has by now. */
  get(uid: string): RecentJob {
    const known = this.#jobs.get(uid);
    if (known !== undefined) {
      this.#jobs.delete(uid);
      this.#jobs.set(uid, known);
      return known;
    }
    const found = this.#db.first<{ id: number }>("SELECT id FROM job_uids WHERE uid = ?", uid);
    const job = found === undefined ? this.#create(uid) : this.#load(found.id, uid);
    this.#jobs.set(uid, job);
    this.#events += countOf(job);
    return job;
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
  }

  #create(uid: string): RecentJob {
    const id = this.#db.first<{ id: number }>("INSERT INTO job_uids (uid) VALUES (?) RETURNING id", uid)?.id ?? 0;
    return { ...emptyJob(id, uid), identities: [uid], written: null };
  }

  #load(id: number, uid: string): RecentJob {
    const job = { ...emptyJob(id, uid), identities: identitiesOf(this.#db, id, uid) };
    for (const stored of eventsIn(rowsOfJob(this.#db, id))) job.events[kindOf(stored.event.name).number]?.push(stored);
    for (const list of job.events) list.sort(compare);
    return job;
  }
}

const emptyJob = (id: number, uid: string): Omit<RecentJob, "identities"> => ({
  id,
  uid,
  events: Object.values(kinds).map(() => []),
  traces: new Set(),
  inferred: new Set(),
  identified: undefined,
  written: undefined,
});

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
