import { after, tap } from "@jobtrail/instrumentation/adapter";
import type { Around, Jobs, Stored, Tap } from "@jobtrail/instrumentation/adapter";
import { readJob, readKind } from "./job.ts";
import type { Job, JobOptions, Queue } from "./job.ts";

/** The class of jobs, which makes them and reads stored ones. */
export interface JobClass {
  readonly prototype: unknown;
  readonly DEFAULT_JOB_NAME: string;
  fromId(queue: Queue, id: unknown): Promise<Job | null>;
}

type Creating = readonly [queue: Queue, ...rest: readonly unknown[]];

/** A job that a call asks for, before it is made. */
interface Asked {
  readonly name: string;
  readonly data: unknown;
  readonly opts: JobOptions | undefined;
}

/** What apps do with jobs: store one or many, report progress, start one again, remove one. */
export const ofJobs = (Class: JobClass, jobs: Jobs): readonly Tap[] => [
  tap<unknown, Creating>(Class, "create", (_, [queue, ...rest]) => creating(queue, askedBy(rest, Class), Class, jobs)),
  tap<unknown, [Queue, readonly Asked[]]>(Class, "createBulk", (_, [queue, asked]) => {
    const [first] = asked;
    if (first === undefined) return undefined;
    return jobs.queue({
      verb: "addBulk",
      to: readKind({ queue, name: first.name ?? Class.DEFAULT_JOB_NAME }),
      write: (carrier) => [queue, asked.map((each) => ({ ...each, opts: carrying(each.opts, carrier) }))],
      stored: (made) => storedBy(made as readonly Job[], Class, jobs),
    });
  }),
  tap<Job, readonly unknown[]>(Class.prototype, "progress", (job, [value]) => {
    if (value !== undefined) jobs.progress(job, value);
  }),
  after<Job, []>(Class.prototype, "retry", (job) => jobs.event("job.restarted", readJob(job))),
  after<Job, []>(Class.prototype, "remove", (job) => jobs.event("job.removed", readJob(job))),
];

/** The name may be left out. */
const askedBy = (args: readonly unknown[], { DEFAULT_JOB_NAME: nameless }: JobClass): Asked => {
  const [name, data, opts] = typeof args[0] === "string" ? args : [nameless, ...args];
  return { name: name as string, data, opts: opts as JobOptions | undefined };
};

function creating(queue: Queue, { name, data, opts }: Asked, Class: JobClass, jobs: Jobs): Around | undefined {
  const stored = (job: unknown): Iterable<Stored | Promise<Stored | undefined>> => storedBy([job as Job], Class, jobs);
  // A worker that takes a job of a schedule queues the next one: nobody's call.
  if ((opts?.repeat?.count ?? 0) > 1) return { returned: (job) => jobs.queued(stored(job)) };
  return jobs.queue({
    verb: "add",
    to: readKind({ queue, name }),
    write: (carrier) => [queue, name, data, carrying(opts, carrier)],
    stored,
  });
}

const carrying = (opts: JobOptions | undefined, carrier: object): JobOptions => ({ ...opts, jobtrail: carrier });

/** The jobs of a call, each as the store has it where another may stand for it. */
function* storedBy(made: readonly Job[], Class: JobClass, jobs: Jobs): Generator<Stored | Promise<Stored | undefined>> {
  const ids = new Set<string>();
  for (const job of made) {
    const id = String(job.id);
    const mayBeKept = job.opts.jobId !== undefined || job.opts.debounce !== undefined;
    // An earlier job of the same call that has the same id stands for this one.
    yield mayBeKept ? compared(job, ids.has(id), Class, jobs) : { reading: readJob(job) };
    ids.add(id);
  }
}

/**
 * A job with a chosen id or a debounce key may not have been stored: Bull gives back the id of the
 * job that was there. The stored one tells, by its time and by the carrier, which is of one call only.
 */
async function compared(job: Job, again: boolean, Class: JobClass, jobs: Jobs): Promise<Stored | undefined> {
  const reading = readJob(job);
  const read = await jobs.read(async () => ({ job: await Class.fromId(job.queue, job.id) }));
  if (read === undefined) return undefined;
  const { job: stored } = read;
  const key = job.opts.debounce?.id;
  return {
    reading,
    twin: {
      reading: stored === null ? reading : readJob(stored),
      // A fast worker may have finished and removed it: then it was stored.
      isSame: !again && (stored === null || isSame(stored, job)),
      reason: key === undefined ? "a job with this id exists" : "a job with this debounce key exists",
      key,
    },
  };
}

const isSame = (stored: Job, job: Job): boolean =>
  stored.timestamp === job.timestamp && JSON.stringify(stored.opts.jobtrail) === JSON.stringify(job.opts.jobtrail);
