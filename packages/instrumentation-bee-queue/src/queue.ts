import { after, tap } from "@jobtrail/instrumentation/adapter";
import type { Around, JobReading, Jobs, Stored, Tap } from "@jobtrail/instrumentation/adapter";
import { readJob } from "./job.ts";
import type { Job, Queue } from "./job.ts";

/** The class of jobs, which reads stored ones. `Queue#getJob` would keep them in the host's queue. */
export interface JobClass {
  readonly prototype: unknown;
  fromId(queue: Queue, id: string): Promise<Job | null>;
}

/** What apps do with jobs: store them, by one or many, report progress, start one again. */
export const ofJobs = (Class: JobClass, jobs: Jobs): readonly Tap[] => [
  tap<Job, []>(Class.prototype, "_save", (job) => saving(job, Class, jobs)),
  tap<Job, [unknown]>(Class.prototype, "reportProgress", (job, [value]) => jobs.progress(job, value)),
  after<Job, []>(Class.prototype, "retry", (job) => jobs.event("job.restarted", readJob(job))),
];

/** What apps do with a queue: store many jobs by one call, remove one by its id. */
export const ofQueues = (prototype: unknown, Class: JobClass, jobs: Jobs): readonly Tap[] => [
  tap<Queue, [Iterable<Job>]>(prototype, "saveAll", (_, [list]) => {
    const [first] = list;
    return first && jobs.queue({ verb: "saveAll", to: readJob(first), gathers: true });
  }),
  tap<Queue, [string]>(prototype, "removeJob", (queue, [id]) => {
    // Read before it is gone, on the same way to the server.
    const known = stored(Class, queue, id, jobs);
    return { returned: () => jobs.event("job.removed", known) };
  }),
];

/** What is known of a job of which only the id was told; nothing where there is none. */
export const stored = (Class: JobClass, queue: Queue, id: string, jobs: Jobs): Promise<JobReading | undefined> =>
  jobs
    .read(async () => (await Class.fromId(queue, id)) ?? undefined)
    .then((job) => (job === undefined ? undefined : readJob(job)));

/** Every job is stored by `_save`: for itself, or inside of a `saveAll`. */
function saving(job: Job, Class: JobClass, jobs: Jobs): Around | undefined {
  const reading = readJob(job);
  const found = (): Promise<Stored | undefined> | Stored => storedBy(job, reading, Class, jobs);
  const call = jobs.gathering();
  if (call === undefined) {
    let carrier = {};
    const write = (given: object): undefined => void (carrier = given);
    const around = jobs.queue({ verb: "save", to: reading, write, stored: () => [found()] });
    return around && { ...around, within: (go) => around.within?.(() => carrying(job, carrier, go)) };
  }
  const { promise, resolve } = Promise.withResolvers<Stored | undefined>();
  call.add(() => [promise]);
  return {
    within: (go) => carrying(job, call.carrier(), go),
    returned: () => resolve(found()),
    threw: () => resolve(undefined),
  };
}

/** The options are made into text in the call itself: the app's own object is as it was afterwards. */
function carrying(job: Job, carrier: object, go: () => unknown): unknown {
  if (Object.keys(carrier).length === 0) return go();
  job.options.jobtrail = carrier;
  try {
    return go();
  } finally {
    delete job.options.jobtrail;
  }
}

/** Where a chosen id is taken, Bee-Queue gives back no id, and has stored nothing. */
function storedBy(job: Job, wanted: JobReading, Class: JobClass, jobs: Jobs): Promise<Stored | undefined> | Stored {
  if (job.id !== null || wanted.id === undefined) return { reading: readJob(job) };
  return stored(Class, job.queue, wanted.id, jobs).then((reading = wanted) => ({
    reading: wanted,
    twin: { reading, isSame: false, reason: "a job with this id exists" },
  }));
}
