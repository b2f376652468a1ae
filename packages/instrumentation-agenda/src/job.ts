import { reader } from "@jobtrail/instrumentation/adapter";
import type { JobKind, JobReading } from "@jobtrail/instrumentation/adapter";

/** What of an Agenda is read. */
export interface Agenda {
  readonly attrs: { readonly name?: string };
  /** Set in the child process of a job that is forked. */
  readonly forkedWorker?: boolean;
  readonly definitions: Readonly<Record<string, { readonly backoff?: unknown } | undefined>>;
  /** The repository of its back end: each calls the part of the store that is its own by another name. */
  readonly db: { readonly tableName?: string; readonly keyPrefix?: string };
}

/** A job, as it is stored. */
export interface Attributes {
  readonly _id?: { toString(): string } | string;
  readonly name: string;
  readonly data?: unknown;
  readonly priority?: number;
  readonly nextRunAt?: Date | null;
  readonly lastRunAt?: Date;
  readonly lastFinishedAt?: Date;
  readonly lockedAt?: Date;
  readonly failCount?: number | null;
  readonly repeatInterval?: string | number;
  readonly repeatAt?: string;
  readonly repeatTimezone?: string;
  readonly debounceStartedAt?: Date;
  readonly fork?: boolean;
  readonly unique?: unknown;
  readonly uniqueOpts?: { readonly insertOnly?: boolean; readonly debounce?: unknown };
}

/** A job object, in the process that asks for it and in the one that works it. */
export interface Job {
  readonly agenda: Agenda;
  readonly attrs: Attributes;
}

/** A job, and for which time it is run: Agenda overwrites it with the next one before it calls the work. */
export interface Known {
  readonly agenda: Agenda;
  readonly attrs: Attributes;
  readonly due?: Date | null | undefined;
  /** Whether the run before it never came to its end. */
  readonly followsLost?: boolean | undefined;
  readonly isAsked?: true;
}

/** Table or key prefix, which producer, worker and observer know alike. */
const namespaceOf = ({ db }: Agenda): string | undefined => db.tableName ?? db.keyPrefix;

/** Agenda has no queues: workers take jobs by their name. */
export const kindOf = (agenda: Agenda, name: string): JobKind => ({
  namespace: namespaceOf(agenda),
  queue: name,
  name,
});

/** A job's id as text: each back end has a type of its own for it. */
export const idOf = ({ _id }: Attributes): string | undefined => (_id === undefined ? undefined : String(_id));

/** Whether a job is the schedule of many: each time of it is a job of its own. */
export const isRecurring = ({ repeatInterval, repeatAt }: Attributes): boolean =>
  (repeatInterval ?? repeatAt ?? undefined) !== undefined;

const expressionOf = ({ repeatInterval, repeatAt }: Attributes): string | undefined =>
  isRecurring({ name: "", repeatInterval, repeatAt } as Attributes) ? String(repeatInterval ?? repeatAt) : undefined;

/** Five or six fields of numbers, stars and names; Agenda also takes `5 minutes`, and `3:30pm` for each day. */
const isCron = (text: string): boolean => /^\s*[\d*][^\s]*(?:\s+[^\s]+){4,5}\s*$/.test(text);

/** A time of now may be a moment later than the clock. */
const delayOf = ({ attrs: { nextRunAt } }: Known): number => {
  const ms = nextRunAt === undefined || nextRunAt === null ? 0 : nextRunAt.getTime() - Date.now();
  return ms < 1000 ? 0 : ms;
};

function triggerOf(known: Known): string | undefined {
  const expression = expressionOf(known.attrs);
  if (expression !== undefined) return isCron(expression) ? "cron" : "interval";
  if (known.isAsked === undefined) return undefined;
  return delayOf(known) > 0 ? "delay" : "api";
}

/** Without a backoff a failure is final, and Agenda goes on counting through the times of a schedule. */
const attemptOf = ({ agenda, attrs }: Known): number =>
  agenda.definitions[attrs.name]?.backoff === undefined ? 1 : (attrs.failCount ?? 0) + 1;

/** Reads a job. Agenda counts failures, and no starts. */
export const readJob: (known: Known) => JobReading = reader<Known>("agenda", {
  namespace: ({ agenda }) => namespaceOf(agenda),
  queue: ({ attrs }) => attrs.name,
  name: ({ attrs }) => attrs.name,
  schedule: ({ attrs }) => (isRecurring(attrs) ? attrs.name : undefined),
  expression: ({ attrs }) => expressionOf(attrs),
  timezone: ({ attrs }) => (isRecurring(attrs) ? attrs.repeatTimezone : undefined),
  id: ({ attrs }) => idOf(attrs),
  identity: ({ attrs, due }) =>
    isRecurring(attrs) ? `${idOf(attrs)}@${(due ?? attrs.nextRunAt)?.toISOString()}` : undefined,
  delay: (known) => (known.isAsked ? delayOf(known) : undefined),
  ready: ({ attrs, due }) => due ?? attrs.nextRunAt,
  nominal: ({ attrs, due }) => (isRecurring(attrs) ? due : undefined),
  next: ({ attrs, due }) => (isRecurring(attrs) && due !== undefined ? attrs.nextRunAt : undefined),
  trigger: triggerOf,
  priority: ({ attrs }) => attrs.priority,
  runNumber: (known) => attemptOf(known) + (known.followsLost === true ? 1 : 0),
  attempt: attemptOf,
  // The stored start, which every observer can read.
  runMark: ({ attrs }) => attrs.lastRunAt?.getTime(),
  input: ({ attrs }) => attrs.data,
});
