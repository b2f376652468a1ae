import { compareTimes, fromRecord, isRefusal } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import type { Schema } from "@jobtrail/schemas";
import type { HrTime } from "@opentelemetry/api";
import type { JobHistory, JobStore } from "../contract.ts";
import type { Cursor, JobQuery } from "../query/query.ts";
import type { JobRow } from "../view.ts";

/** Whose jobs they are, where their own records do not say; every answer in a schema needs it. */
export interface Owner {
  readonly tenant: string;
  readonly account: string;
  /** Who runs the jobs that nobody is known to have asked for. */
  readonly service: string;
}

/** A question that would take too long: whoever asks it has to narrow it. */
export class TooMuch extends Error {
  override readonly name = "TooMuch";
}

/** How long an answer may take to be read from the store, in milliseconds. */
const mostMs = 1500;

/** How many jobs one answer may look at. */
const mostJobs = 10_000;

const pageSize = 100;

/** A job with all its events, and what a list shows of it. */
export interface AskedJob {
  readonly row: JobRow;
  readonly history: JobHistory;
}

/**
 * The jobs of some queries one after the other, those of each query that were last heard of first; each job once.
 * @throws TooMuch where there are more than can be read within the time that an answer may take.
 */
export async function* jobsOf(store: JobStore, ...queries: readonly JobQuery[]): AsyncGenerator<AskedJob> {
  const end = performance.now() + mostMs;
  const seen = new Set<string>();
  for (const query of queries)
    for await (const job of jobsIn(store, query)) {
      if (seen.size === mostJobs || performance.now() > end) throw new TooMuch(`More than ${seen.size} jobs.`);
      if (!seen.has(job.row.uid)) yield job;
      seen.add(job.row.uid);
    }
}

/** All jobs of a query, those last heard of first, however many. */
export async function* jobsIn(store: JobStore, query: JobQuery): AsyncGenerator<AskedJob> {
  let before: Cursor | undefined;
  do {
    const page = await store.jobs(query, { order: "heard", limit: pageSize, ...(before && { before }) });
    const histories = await store.histories(page.jobs.map(({ uid }) => uid));
    const byUid = new Map(histories.map((history) => [history.job.uid, history]));
    for (const row of page.jobs) {
      const history = byUid.get(row.uid);
      if (history !== undefined) yield { row, history };
    }
    before = page.older;
  } while (before !== undefined);
}

/** The events of a job, as its records hold them. */
export const eventsOf = ({ events }: JobHistory): readonly JobEvent[] =>
  events.flatMap(({ record }) => {
    const event = fromRecord(record);
    return isRefusal(event) ? [] : [event];
  });

/** A job's records in a schema: its own where they came from that schema, else derived. */
export function recordsOf<R extends object>(history: JobHistory, schema: Schema<R>, owner: Owner): readonly R[] {
  const records = schema.write(eventsOf(history), owner);
  return isRefusal(records) ? [] : records;
}

/** A job's records as if another system had made it: what a way of asking has no form for is derived. */
export function derivedOf<R extends object>(history: JobHistory, schema: Schema<R>, owner: Owner): readonly R[] {
  const records = schema.write(eventsOf(history).map(withoutForm), owner);
  return isRefusal(records) ? [] : records;
}

function withoutForm(event: JobEvent): JobEvent {
  const { "job.record.form": _, "job.record.schema": __, "job.record.rest": ___, ...attributes } = event.attributes;
  return { ...event, attributes };
}

/** A record with its time, by which lists of records are ordered. */
export interface Timed<T> {
  readonly time: HrTime;
  /** Orders records of one time. */
  readonly key: string;
  readonly record: T;
}

/**
 * Records of many jobs, newest first. A job's records are no newer than when it was last heard of, so that only the
 * jobs up to there are looked at.
 */
export async function* newestOf<T>(
  jobs: AsyncIterable<AskedJob>,
  timed: (job: AskedJob) => readonly Timed<T>[],
): AsyncGenerator<Timed<T>> {
  let waiting: Timed<T>[] = [];
  for await (const job of jobs) {
    const { last } = job.history.job;
    waiting = [...waiting, ...timed(job)].sort(newestFirst);
    const older = waiting.findIndex(({ time }) => compareTimes(time, last) < 0);
    yield* waiting.splice(0, older === -1 ? waiting.length : older);
  }
  yield* waiting;
}

/** Compares records so that the newest comes first. */
export const newestFirst = (a: Omit<Timed<unknown>, "record">, b: Omit<Timed<unknown>, "record">): number =>
  compareTimes(b.time, a.time) || (a.key < b.key ? 1 : a.key > b.key ? -1 : 0);

/** So many records after as many others; fewer where there are no more. */
export async function sliceOf<T>(all: AsyncIterable<T>, from: number, count: number): Promise<readonly T[]> {
  const found: T[] = [];
  let at = 0;
  for await (const each of all) {
    if (found.length === count) break;
    if (at++ >= from) found.push(each);
  }
  return found;
}
