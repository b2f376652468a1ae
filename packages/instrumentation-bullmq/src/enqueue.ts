import { context, trace } from "@opentelemetry/api";
import type { Span } from "@opentelemetry/api";
import { fromMillis, guard, now, tell } from "@jobtrail/core";
import type { Enqueue, JobEvent, Recorder } from "@jobtrail/core";
import { all, outcome, wrap } from "@jobtrail/instrumentation";
import type { Call, Undo } from "@jobtrail/instrumentation";
import type { Job, JobsOptions } from "bullmq";
import { constantsOf, definitionOf, jobAttributes, mayBeKept, placeOf, queuedAttributes, uidOf } from "./job.ts";
import type { Place } from "./job.ts";

/** A queue, worker, scheduler or flow producer, as far as its place and its telemetry go. */
export type Queue = Place & { readonly opts?: { readonly telemetry?: unknown } };
type Entry = { readonly name: string; readonly data: unknown; readonly opts?: JobsOptions };

/** Watches the two functions that every new job of a queue passes: `Job.create` and `Job.createBulk`. */
export const watchJobs = (Class: unknown, to: Recorder): Undo =>
  all([
    // `this` is the class that makes the job: an app's subclass keeps its own.
    wrap(
      Class,
      "create",
      (original) =>
        function (...args) {
          return create(original, this, args, to);
        },
    ),
    wrap(
      Class,
      "createBulk",
      (original) =>
        function (...args) {
          return createBulk(original, this, args, to);
        },
    ),
  ]);

function create(original: Call, Class: unknown, args: readonly unknown[], to: Recorder): unknown {
  const [queue, name, data, opts] = args as [Queue, string, unknown, JobsOptions | undefined];
  const call = guard("bullmq: add", () => {
    const enqueue = to.enqueue(to.define(constantsOf(queue, name)), "add", spanOfBullMQ(queue));
    return { enqueue, opts: carrying(opts, enqueue) };
  });
  if (call === undefined) return original.apply(Class, args as unknown[]);
  const result = context.with(call.enqueue.context, () => original.call(Class, queue, name, data, call.opts));
  return settle(call.enqueue, result, to, (job) => [job as Job]);
}

function createBulk(original: Call, Class: unknown, args: readonly unknown[], to: Recorder): unknown {
  const [queue, entries] = args as [Queue, readonly Entry[]];
  const call = guard("bullmq: addBulk", () => {
    const enqueue = to.enqueue(to.define(constantsOf(queue)), "addBulk", spanOfBullMQ(queue));
    return { enqueue, entries: entries.map((entry) => ({ ...entry, opts: carrying(entry.opts, enqueue) })) };
  });
  if (call === undefined) return original.apply(Class, args as unknown[]);
  const result = context.with(call.enqueue.context, () => original.call(Class, queue, call.entries));
  return settle(call.enqueue, result, to, (jobs) => jobs as Job[]);
}

function settle(enqueue: Enqueue, result: unknown, to: Recorder, jobsOf: (value: unknown) => readonly Job[]): unknown {
  return outcome(
    "bullmq: queued",
    result,
    (value) => {
      const ids = new Set<string | undefined>();
      for (const job of jobsOf(value)) {
        queued(enqueue, job, to, ids.has(job.id));
        ids.add(job.id);
      }
      enqueue.end();
    },
    (thrown) => enqueue.end(to.error(thrown)),
  );
}

/** @param again whether an earlier job of the same call has the same id, and so stands for this one. */
function queued(enqueue: Enqueue, job: Job, to: Recorder, again: boolean): void {
  if (mayBeKept(job.opts))
    void compare(enqueue, job, to, again).catch((error: unknown) => tell("bullmq: deduplication", error));
  else record(enqueue, job, to);
}

const record = (enqueue: Enqueue, job: Job, to: Recorder): void => enqueue.emit(queuedEvent(job, to));

/** The event of a job that was stored. */
export const queuedEvent = (job: Job, to: Recorder): JobEvent => ({
  name: "job.queued",
  time: fromMillis(job.timestamp),
  seen: now(),
  attributes: {
    ...constantsOf(placeOf(job), job.name, job.repeatJobKey),
    ...queuedAttributes(job),
    ...to.input(job.data),
  },
});

/**
 * A job with a chosen id or a deduplication key may not have been stored: `add` gives back the id of
 * the job that was there. The stored job tells, by its creation time and by the carrier, which is of
 * one call only. Read beside the caller's way, so that it waits for nothing.
 */
async function compare(enqueue: Enqueue, job: Job, to: Recorder, again: boolean): Promise<void> {
  const stored = await storedJob(job);
  // A fast worker may have finished and removed it: then it was stored.
  if (!again && (stored === undefined || isSame(stored, job))) return record(enqueue, job, to);
  const key = job.opts.deduplication?.id;
  enqueue.emit({
    name: "job.deduplicated",
    time: fromMillis(job.timestamp),
    seen: now(),
    attributes: {
      ...jobAttributes(job),
      "job.name": stored?.name ?? job.name,
      "job.uid": uidOf(placeOf(job), job.id ?? "", stored?.timestamp ?? job.timestamp),
      ...(key !== undefined && { "job.deduplication.key": key }),
      "job.reason": key === undefined ? "a job with this id exists" : "a job with this deduplication key exists",
    },
  });
}

const isSame = (stored: Job, job: Job): boolean =>
  stored.timestamp === job.timestamp && stored.opts.telemetry?.metadata === job.opts.telemetry?.metadata;

/** The job as it is stored; read through its own class, so that subclasses keep their ways. */
async function storedJob(job: Job): Promise<Job | undefined> {
  const Class = job.constructor as unknown as { fromId(queue: unknown, id: string): Promise<Job | undefined> };
  return await Class.fromId(placeOf(job), job.id ?? "");
}

/** Options that carry the sender's context. The caller's object is not touched, nor what others wrote there. */
export function carrying(opts: JobsOptions | undefined, { carrier }: Enqueue): JobsOptions | undefined {
  if (Object.keys(carrier).length === 0 || opts?.telemetry?.omitContext === true) return opts;
  const before = opts?.telemetry?.metadata;
  const others = before === undefined ? {} : objectOf(before);
  if (others === undefined) return opts;
  return { ...opts, telemetry: { ...opts?.telemetry, metadata: JSON.stringify({ ...carrier, ...others }) } };
}

/** Another instrumentation's metadata; a text that is no JSON object is another's own, and stays. */
function objectOf(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The span that BullMQ made itself, where the app gave it a `telemetry` option. */
export const spanOfBullMQ = (place: Queue): Span | undefined =>
  place.opts?.telemetry === undefined ? undefined : trace.getActiveSpan();

/** Watches `Job#retry`, by which people start a finished job again. */
export const watchRetries = (Class: unknown, to: Recorder): Undo =>
  wrap(
    (Class as { prototype: unknown }).prototype,
    "retry",
    (original) =>
      function (this: unknown, ...args) {
        const job = this as Job;
        return outcome(
          "bullmq: retry",
          original.apply(job, args as unknown[]),
          () =>
            to.emit({
              name: "job.restarted",
              time: now(),
              seen: now(),
              attributes: {
                ...definitionOf(to, job).attributes,
                ...jobAttributes(job),
                "job.state": "waiting",
                "job.trigger.type": "manual",
              },
            }),
          () => undefined,
        );
      },
  );
