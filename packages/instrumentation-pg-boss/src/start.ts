import type { Span } from "@opentelemetry/api";
import type { JobAttributes, TriggerType } from "@jobtrail/conventions";
import { isoOfMillis, runUid, toMillis } from "@jobtrail/core/event";
import type { JobEvent } from "@jobtrail/core/event";
import type { Batch, Definition, OpenRun, Recorder } from "@jobtrail/core/recorder";
import type { JobWithMetadata } from "pg-boss";
import type { Travelling } from "./carrier.ts";
import { keyOf } from "./home.ts";
import type { Home, Manager } from "./home.ts";
import { definitionOf, uidOf } from "./job.ts";

/** A job as pg-boss hands it out: with the rest only for `includeMetadata`. */
export type Fetched = Pick<JobWithMetadata, "id" | "retryCount" | "data" | "expireInSeconds"> &
  Partial<Pick<JobWithMetadata, "startAfter" | "startedOn" | "createdOn" | "retryLimit" | "priority">>;

/** A run that has no outcome yet. */
export interface Held {
  readonly run: OpenRun;
  readonly queue: string;
  readonly job: Fetched;
  /** `job.uid`. */
  readonly uid: string;
  /** Who tells the outcome: the worker's call of its handler, or the app, which fetched the job itself. */
  readonly by: "worker" | "app";
  /** The last call of this process that changed the stored job. */
  landed?: Landed;
}

/** A call that changed a stored job: complete, fail, cancel or delete. */
export interface Landed {
  readonly operation: string;
  /** What was given to `fail`; absent where a handler gave a result for each job. */
  readonly given?: unknown;
}

/** What is known of a run before it starts. */
export interface Starting {
  readonly home: Home;
  readonly manager: Manager;
  readonly queue: string;
  readonly job: Fetched;
  readonly from: Travelling | undefined;
  readonly by: Held["by"];
  readonly time: JobEvent["seen"];
}

/** The definition of a job that was handed out. */
export const definitionFor = ({ manager, queue, from }: Omit<Starting, "job">, to: Recorder): Definition =>
  definitionOf(to, manager, queue, from?.schedule);

/** Starts a job's run; in a batch, or with the span that pg-boss made, where there is one. */
export function startRun(starting: Starting, to: Recorder, how: { batch?: Batch; adopt?: Span; size?: number }): Held {
  const { home, manager, queue, job, from, by, time } = starting;
  const { size, ...more } = how;
  const definition = definitionFor(starting, to);
  const uid = uidOf(manager, queue, job.id);
  const attributes = { ...startedAttributes(starting, uid), ...(size !== undefined && { "job.batch.size": size }) };
  const run = to.start(definition, { name: "job.run.started", time, seen: time, attributes }, { from, ...more });
  const held: Held = { run, queue, job, uid, by };
  home.open.set(keyOf(queue, job.id), held);
  return held;
}

function startedAttributes({ queue, job, from, time }: Starting, uid: string): JobAttributes {
  const { id, retryCount, createdOn, retryLimit, priority = 0 } = job;
  const wait = waitOf(uid, queue, job, from, time);
  const trigger = from?.trigger as TriggerType | undefined;
  return {
    "job.id": id,
    "job.uid": uid,
    "job.run.uid": runUid(uid, markOf(job, time)),
    "job.run.number": retryCount + 1,
    "job.run.attempt": retryCount + 1,
    ...(trigger !== undefined && { "job.trigger.type": trigger }),
    ...(wait !== undefined && { "job.run.wait": wait }),
    ...(createdOn instanceof Date && { "job.created_at": isoOfMillis(createdOn.getTime()) }),
    ...(retryLimit !== undefined && { "job.max_attempts": retryLimit + 1 }),
    ...(priority !== 0 && { "job.priority": priority }),
  };
}

/** A claim counts the retries up, but not after a `restore`: so the start is part of the mark. */
const markOf = ({ retryCount, startedOn }: Fetched, time: JobEvent["seen"]): string =>
  `${retryCount}.${startedOn instanceof Date ? startedOn.getTime() : Math.round(toMillis(time))}`;

/** When jobs that will be tried again may start, in milliseconds. */
const ready = new Map<string, number>();
const mostReady = 1024;

/** Remembers when a job's next try may start, so that the wait before it can be told. */
export function readyAt(uid: string, ms: number): void {
  ready.set(uid, ms);
  if (ready.size > mostReady) ready.delete(ready.keys().next().value ?? "");
}

/** Seconds from when the job could have started: by its row, by this process's last failure, or by what travelled. */
function waitOf(
  uid: string,
  queue: string,
  { startAfter, retryCount }: Fetched,
  from: Travelling | undefined,
  time: JobEvent["seen"],
): number | undefined {
  const known = ready.get(uid);
  ready.delete(uid);
  // A copy in a dead letter queue has what travelled with the first job, and its own time.
  const sent = retryCount === 0 && from?.queue === queue && from.ready !== undefined ? Number(from.ready) : undefined;
  const since = startAfter instanceof Date ? startAfter.getTime() : (known ?? sent);
  return since === undefined ? undefined : Math.max(0, (toMillis(time) - since) / 1000);
}
