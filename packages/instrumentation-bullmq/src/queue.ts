import { after, adopted, adopting, tap } from "@jobtrail/instrumentation/adapter";
import type { Around, JobReading, Jobs, Stored, StoredJobs, Tap } from "@jobtrail/instrumentation/adapter";
import type { FlowJob, Job, JobsOptions } from "bullmq";
import { carriedBy, carrying } from "./carrier.ts";
import { blockedJobs, createdOf, inDatabaseOf, ownerOf, readJob, readKind, readNamed, storedJob } from "./job.ts";
import type { Owner } from "./job.ts";

const isTraced = ({ opts }: Owner): boolean => opts?.telemetry !== undefined;

/** `QueueBase#trace`, by which BullMQ makes its own spans where the app gave it a `telemetry` option. */
export const tracing = (prototype: unknown): Tap =>
  tap<Owner, []>(prototype, "trace", (owner) => (isTraced(owner) ? { within: adopting } : undefined));

type Entry = { readonly opts?: JobsOptions };

/** The two functions that every new job of a queue passes. `this` is the class that makes it: an app's subclass keeps its own. */
export const creating = (Class: unknown, jobs: Jobs): readonly Tap[] => [
  tap<unknown, [Owner, string, unknown, JobsOptions?]>(Class, "create", (_, args) => {
    const owner = args[0];
    return (
      repeated(args, jobs) ??
      jobs.queue({
        verb: "add",
        to: readKind({ owner, name: args[1] }),
        adopt: isTraced(owner) ? adopted() : undefined,
        write: (carrier) => [owner, args[1], args[2], carrying(args[3], carrier)],
        stored: (job) => storedBy([job as Job], jobs),
      })
    );
  }),
  tap<unknown, [Owner, readonly Entry[]]>(Class, "createBulk", (_, [owner, entries]) =>
    jobs.queue({
      verb: "addBulk",
      to: readKind({ owner }),
      adopt: isTraced(owner) ? adopted() : undefined,
      write: (carrier) => [owner, entries.map((entry) => ({ ...entry, opts: carrying(entry.opts, carrier) }))],
      stored: (made) => storedBy(made as Job[], jobs),
    }),
  ),
];

/** Options of a job that is one of several; the public type does not say so. */
type RepeatedOptions = JobsOptions & { readonly repeatJobKey?: string; readonly repeat?: { readonly count?: number } };

/**
 * The next job of a schedule, where that is made by `create`. Of a job scheduler (before 5.25) it is told where the
 * scheduler is; of a repeatable job (before 6) the first is the caller's, and each other is made by a worker.
 */
function repeated(args: readonly [Owner, string, unknown, JobsOptions?], jobs: Jobs): Around | undefined {
  const opts: RepeatedOptions | undefined = args[3];
  if (opts?.repeatJobKey === undefined) return undefined;
  const [owner, name, data] = args;
  if ("upsertJobScheduler" in owner && !("add" in owner))
    return { args: [owner, name, data, carrying(opts, jobs.gathering()?.carrier() ?? {})] };
  if ((opts.repeat?.count ?? 1) === 1) return undefined;
  return { returned: (job) => jobs.queued(storedBy([job as Job], jobs)) };
}

/** What of a flow producer says where its jobs go. */
interface Producer extends Pick<Owner, "backend" | "connection"> {
  readonly opts: NonNullable<Owner["opts"]> & { readonly prefix?: string };
}

/** Flows: one span for the call, and each of its jobs queued when all are stored. */
export function flows(prototype: unknown, jobs: Jobs): readonly Tap[] {
  const adding = (name: string, verb: string, first: (given: unknown) => FlowJob | undefined): Tap =>
    tap<Producer, [unknown]>(prototype, name, ({ opts, backend, connection }, [given]) => {
      const node = first(given);
      if (node === undefined) return undefined;
      // A node may name a prefix of its own.
      const { queueName, prefix = opts.prefix ?? "bull" } = node;
      const owner: Owner = { name: queueName, qualifiedName: `${prefix}:${queueName}`, opts, backend, connection };
      return jobs.queue({ verb, to: readKind({ owner }), gathers: true, traced: isTraced(owner) });
    });
  return [
    adding("add", "addFlow", (flow) => flow as FlowJob),
    adding("addBulk", "addBulkFlows", (all) => (all as FlowJob[])[0]),
  ];
}

/** What a job of a flow is told of its parents when it is handed over to be stored. */
interface ParentOptions {
  readonly addToWaitingChildren?: boolean;
  readonly waitChildrenKey?: string;
}

/** A job of a flow is handed over to be stored; its options are an object of its own by now. */
export function joinFlow(job: Job, parent: ParentOptions | undefined, jobs: Jobs): void {
  const flow = jobs.gathering();
  // A scheduler's job is told of by the scheduler's own call.
  if (flow === undefined || job.repeatJobKey !== undefined) return;
  const isBlocked = parent?.addToWaitingChildren === true || parent?.waitChildrenKey !== undefined;
  if (isBlocked) blockedJobs.add(job);
  inDatabaseOf(flow.to, job);
  job.opts = carrying(job.opts, flow.carrier(), isBlocked) ?? job.opts;
  flow.add(() => storedBy([job], jobs));
}

/**
 * Job schedulers: whoever makes or changes one queues its next job; after that each worker that takes
 * a job queues the one after it, which is nobody's call and has no span. A worker gives the job that
 * it has taken as the model of the next: the carrier goes from one to the other.
 */
export const schedulers = (prototype: unknown, jobs: Jobs): readonly Tap[] => [
  tap<Owner, [string, unknown, string, unknown, unknown, { override?: boolean }?]>(
    prototype,
    "upsertJobScheduler",
    (owner, [schedule, , name, , , how]) => {
      const stored = (job: unknown): StoredJobs => (job === undefined ? [] : [{ reading: readJob(job as Job) }]);
      const to = readKind({ owner, name, schedule });
      return how?.override === true
        ? jobs.queue({ verb: "add", to, gathers: true, traced: isTraced(owner), stored })
        : { returned: (job) => jobs.queued(stored(job)) };
    },
  ),
  // The scheduler itself keeps the options that it was given.
  tap<Owner, []>(prototype, "getNextJobOpts", () => {
    const call = jobs.gathering();
    return call && { gives: (opts) => carrying(opts as JobsOptions, call.carrier()) ?? opts };
  }),
  // Before 5.41 it makes the job itself; the options follow on a varying number of other arguments.
  tap<object, unknown[]>(prototype, "createNextJob", (owner, args) => {
    const call = "getNextJobOpts" in owner ? undefined : jobs.gathering();
    const at = args.findIndex((each) => typeof each === "object" && each !== null && "repeat" in each);
    if (call === undefined || at < 0) return undefined;
    return { args: args.with(at, carrying(args[at] as JobsOptions, call.carrier()) ?? args[at]) };
  }),
];

/** What apps do to a job by hand: start a finished one again, or remove one. */
export const changes = (prototype: unknown, jobs: Jobs): readonly Tap[] => [
  after<Job, []>(prototype, "retry", (job) => jobs.event("job.restarted", readJob(job))),
  after<Job, []>(prototype, "remove", (job) => jobs.event("job.removed", readJob(job))),
];

/**
 * `Queue#remove`, which is given an id alone: the job is read before it is gone, on the same way to
 * the server. BullMQ also says 1 of a job that was never there.
 */
export const removals = (prototype: unknown, jobs: Jobs): Tap =>
  tap<Owner & { readonly Job: unknown }, [unknown]>(prototype, "remove", (owner, [id]) => {
    const known = knownById(owner, owner.Job, String(id), jobs);
    return { returned: (count) => count === 1 && jobs.event("job.removed", known) };
  });

/** What is known of a job of which only the id was told: nothing where there is none, the id where it cannot be read. */
export async function knownById(owner: Owner, Class: unknown, id: string, jobs: Jobs): Promise<JobReading | undefined> {
  const read = await jobs.read(async () => ({ job: await storedJob(Class, owner, id) }));
  if (read === undefined) return readNamed({ owner, id });
  return read.job === undefined ? undefined : readJob(read.job);
}

/** The jobs of a call, each as the store has it where another may stand for it. */
function storedBy(made: readonly Job[], jobs: Jobs): StoredJobs {
  const ids = new Set<string>();
  return made.map((job) => {
    const mayBeKept = job.opts.jobId !== undefined || deduplicationOf(job.opts) !== undefined;
    if (!mayBeKept) return { reading: readJob(job) };
    // An earlier job of the same call that has the same id stands for this one.
    const id = `${job.queueQualifiedName}:${job.id}`;
    const isAgain = ids.has(id);
    ids.add(id);
    return compared(job, isAgain, jobs);
  });
}

/**
 * A job with a chosen id or a deduplication key may not have been stored: `add` gives back the id of
 * the job that was there. The stored job tells, by its creation time and by the carrier, which is of
 * one call only. Read beside the caller's way, so that it waits for nothing.
 */
async function compared(job: Job, again: boolean, jobs: Jobs): Promise<Stored | undefined> {
  const reading = readJob(job);
  const read = await jobs.read(async () => ({ job: await storedJob(job.constructor, ownerOf(job), job.id ?? "") }));
  if (read === undefined) return undefined;
  const stored = read.job;
  const key = deduplicationOf(job.opts);
  return {
    reading,
    twin: {
      reading: stored === undefined ? reading : readJob(stored),
      // A fast worker may have finished and removed it: then it was stored.
      isSame: !again && (stored === undefined || isSame(stored, job)),
      reason: key === undefined ? "a job with this id exists" : "a job with this deduplication key exists",
      key,
    },
  };
}

/** The key by which a job is deduplicated; before 5.13 it is the option `debounce`. */
const deduplicationOf = ({
  deduplication,
  debounce,
}: JobsOptions & { readonly debounce?: { readonly id?: string } }): string | undefined =>
  deduplication?.id ?? debounce?.id;

const isSame = (stored: Job, job: Job): boolean =>
  createdOf(stored) === createdOf(job) && carriedBy(stored.opts) === carriedBy(job.opts);
