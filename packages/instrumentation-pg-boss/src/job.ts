import { reader } from "@jobtrail/instrumentation/adapter";
import type { JobKind, JobReading } from "@jobtrail/instrumentation/adapter";
import type { JobInsert, JobWithMetadata } from "pg-boss";
import type { Travelling } from "./carrier.ts";
import type { Manager } from "./library.ts";
import type { Origin } from "./origin.ts";

/** The schema as PostgreSQL stores its name, which every observer can know: pg-boss takes it quoted or bare. */
export function namespaceOf({ config: { schema } }: Manager): string {
  return /^".+"$/.test(schema) ? schema.slice(1, -1) : schema.toLowerCase();
}

/** What the jobs of a queue are called; pg-boss has no name of a job but its queue's. */
export const kindOf = (manager: Manager, queue: string, schedule?: string): JobKind => ({
  namespace: namespaceOf(manager),
  queue,
  name: queue,
  schedule,
});

/** What a job was asked for with; `singletonNextSlot` is `sendDebounced`'s own. */
export type Request = JobInsert & { readonly singletonNextSlot?: boolean };

/** A job as pg-boss hands it out: with the rest only for `includeMetadata`. */
export type Fetched = Pick<JobWithMetadata, "id" | "retryCount" | "data" | "expireInSeconds"> &
  Partial<Pick<JobWithMetadata, "startAfter" | "startedOn" | "createdOn" | "retryLimit" | "priority">>;

/** A job, by what is known of it where it is met. */
export interface Known {
  readonly manager: Manager;
  readonly queue: string;
  readonly id: string;
  readonly schedule?: string | undefined;
}

const named = {
  namespace: ({ manager }: Known) => namespaceOf(manager),
  queue: ({ queue }: Known) => queue,
  name: ({ queue }: Known) => queue,
  schedule: ({ schedule }: Known) => schedule,
  id: ({ id }: Known) => id,
};

/** Reads a job of which only the id is known. pg-boss's ids are UUIDs and never used again. */
export const readNamed: (job: Known) => JobReading = reader<Known>("pgboss", named);

/** A job that was stored, with what it was asked for with, where it is known which of the wanted it is. */
export interface Sent extends Known {
  readonly origin: Origin;
  readonly request: Request | undefined;
  readonly data: unknown;
  readonly isBlocked: boolean;
  readonly atMs: number;
}

const waitOfSent = ({ request, atMs }: Sent): Wait | undefined => request && waitOf(request, atMs);

const isDelayed = (job: Sent): boolean =>
  job.request !== undefined && !["none", undefined].includes(waitOfSent(job) as string);

/** Reads a job that a call stored. */
export const readSent: (job: Sent) => JobReading = reader<Sent>("pgboss", {
  ...named,
  delay(job) {
    const wait = waitOfSent(job);
    return wait === "none" ? 0 : typeof wait === "number" ? wait : undefined;
  },
  ready(job) {
    const wait = waitOfSent(job);
    return typeof wait === "number" ? job.atMs + wait : undefined;
  },
  state: (job) => (waitOfSent(job) === "some" ? "scheduled" : undefined),
  blocked: ({ isBlocked }) => isBlocked,
  trigger: (job) => (job.origin.trigger === "api" && isDelayed(job) ? "delay" : job.origin.trigger),
  maxAttempts({ request, manager, queue }) {
    const limit = request && (request.retryLimit ?? manager.queues?.[queue]?.retryLimit);
    return limit === undefined ? undefined : limit + 1;
  },
  priority: ({ request }) => request?.priority,
  input: ({ data }) => data,
});

/** A job that was handed out. */
export interface Delivered extends Known {
  readonly job: Fetched;
  readonly from: Travelling | undefined;
}

/** Reads a job that a worker or the app was given. */
export const readDelivered: (job: Delivered) => JobReading = reader<Delivered>("pgboss", {
  ...named,
  schedule: ({ from }) => from?.schedule,
  created: ({ job }) => job.createdOn,
  ready({ job, from, queue }) {
    if (job.startAfter instanceof Date) return job.startAfter;
    // A copy in a dead letter queue has what travelled with the first job, and its own time.
    return job.retryCount === 0 && from?.queue === queue ? from.ready : undefined;
  },
  trigger: ({ from }) => from?.trigger,
  maxAttempts: ({ job }) => (job.retryLimit === undefined ? undefined : job.retryLimit + 1),
  priority: ({ job }) => job.priority,
  runNumber: ({ job }) => job.retryCount + 1,
  attempt: ({ job }) => job.retryCount + 1,
  // A claim counts the retries up, but not after a `restore`: so the start is part of the mark.
  runMark: ({ job }) => `${job.retryCount}.${job.startedOn instanceof Date ? job.startedOn.getTime() : Date.now()}`,
  carried: ({ from }) => from,
});

/** How long a job was told to wait, in milliseconds; `some` where only the database can read the interval. */
export type Wait = number | "none" | "some";

/** Nothing is known of a debounced job: it may stand in this slot or in the next. */
export function waitOf({ startAfter, singletonNextSlot }: Request, nowMs: number): Wait | undefined {
  if (singletonNextSlot === true) return undefined;
  if (startAfter === undefined || startAfter === null || startAfter === "") return "none";
  if (startAfter instanceof Date) return ahead(startAfter.getTime() - nowMs);
  if (Number.isFinite(Number(startAfter))) return ahead(Number(startAfter) * 1000);
  // A date without a zone is read as UTC, as pg-boss does.
  const date = /^\d{4}-\d\d-\d\d(T[\d:.]+)?(Z|[+-]\d\d:?\d\d)?$/i.exec(String(startAfter));
  if (date === null) return "some";
  const at = Date.parse(`${startAfter}${date[1] !== undefined && date[2] === undefined ? "Z" : ""}`);
  return Number.isNaN(at) ? "some" : ahead(at - nowMs);
}

const ahead = (ms: number): number | "none" => (ms > 0 ? ms : "none");
