import type { JobState, TriggerType } from "@jobtrail/conventions";
import { fromIso, toMillis } from "@jobtrail/core/event";
import { carrierOf, tell } from "@jobtrail/core/recorder";
import type { Carrier } from "@jobtrail/core/recorder";

/** What all jobs of one kind have in common. */
export interface JobKind {
  readonly namespace?: string | undefined;
  readonly queue?: string | undefined;
  readonly name?: string | undefined;
  readonly schedule?: string | undefined;
  readonly expression?: string | undefined;
  readonly timezone?: string | undefined;
}

/** What a job object of a library says. Each field is there or undefined, and is what its type says. */
export interface JobReading extends JobKind {
  readonly id: string | undefined;
  /** What makes the job unique where its id and its time of creation do not. */
  readonly identity: string | undefined;
  /** When it was created, as its store has it: milliseconds, as are all times here. */
  readonly created: number | undefined;
  /** How long it was told to wait; 0 for not at all. */
  readonly delay: number | undefined;
  /** Since when it could start, or from when on it may. */
  readonly ready: number | undefined;
  /** When its schedule meant it to start. */
  readonly nominal: number | undefined;
  /** When its schedule means to start the next. */
  readonly next: number | undefined;
  /** Whether it waits for other jobs, or had to. */
  readonly blocked: boolean | undefined;
  /** Where it follows neither from the event nor from the fields above. */
  readonly state: JobState | undefined;
  readonly trigger: TriggerType | undefined;
  readonly maxAttempts: number | undefined;
  readonly priority: number | undefined;
  /** Its starts so far, this one included. */
  readonly runNumber: number | undefined;
  /** Its tries so far, this one included. */
  readonly attempt: number | undefined;
  /** What makes this run unique among the job's, for every observer. */
  readonly runMark: string | undefined;
  /** What travelled with it. */
  readonly carried: Carrier | undefined;
  /** Its payload: never kept, at the most measured. */
  readonly input: unknown;
}

/** How each field is read from a job object. */
export type Fields<J> = { readonly [F in keyof JobReading]?: ((job: J) => unknown) | undefined };

/**
 * Makes the function that reads a library's job objects. Each field is read and checked by itself:
 * a getter that throws, or a value of another type, costs that field and nothing else.
 */
export function reader<J>(system: string, fields: Fields<J>): (job: J) => JobReading {
  const careful = carefulReader(system, fields);
  const all = wholeOf(fields);
  return (job) => {
    try {
      return readAll(all, job);
    } catch {
      return careful(job);
    }
  };
}

/** Reads all fields at once. One literal, so that all readings have one shape; no loop, so that each field is read by a call of its own. */
const readAll = <J>(fields: AllFields<J>, job: J): JobReading => ({
  namespace: text(fields.namespace(job)),
  queue: named(fields.queue(job)),
  name: named(fields.name(job)),
  schedule: named(fields.schedule(job)),
  expression: named(fields.expression(job)),
  timezone: named(fields.timezone(job)),
  id: text(fields.id(job)),
  identity: text(fields.identity(job)),
  created: millis(fields.created(job)),
  delay: positive(fields.delay(job)),
  ready: millis(fields.ready(job)),
  nominal: millis(fields.nominal(job)),
  next: millis(fields.next(job)),
  blocked: flag(fields.blocked(job)),
  state: word(fields.state(job)),
  trigger: word(fields.trigger(job)),
  maxAttempts: whole(fields.maxAttempts(job)),
  priority: number(fields.priority(job)),
  runNumber: whole(fields.runNumber(job)),
  attempt: whole(fields.attempt(job)),
  runMark: text(fields.runMark(job)),
  carried: carrierOf(fields.carried(job)),
  input: fields.input(job),
});

type AllFields<J> = { readonly [F in keyof JobReading]-?: (job: J) => unknown };

/** A field that a library does not have is read as nothing. */
const wholeOf = <J>(fields: Fields<J>): AllFields<J> =>
  Object.fromEntries(
    Object.keys(checks).map((name) => [name, fields[name as keyof JobReading] ?? nothing]),
  ) as AllFields<J>;

const nothing = (): undefined => undefined;

/** Makes the function that reads a job object of which a field throws: each by itself. */
function carefulReader<J>(system: string, fields: Fields<J>): (job: J) => JobReading {
  const read = readersOf(system, fields);
  return (job) => ({
    namespace: read.namespace(job),
    queue: read.queue(job),
    name: read.name(job),
    schedule: read.schedule(job),
    expression: read.expression(job),
    timezone: read.timezone(job),
    id: read.id(job),
    identity: read.identity(job),
    created: read.created(job),
    delay: read.delay(job),
    ready: read.ready(job),
    nominal: read.nominal(job),
    next: read.next(job),
    blocked: read.blocked(job),
    state: read.state(job),
    trigger: read.trigger(job),
    maxAttempts: read.maxAttempts(job),
    priority: read.priority(job),
    runNumber: read.runNumber(job),
    attempt: read.attempt(job),
    runMark: read.runMark(job),
    carried: read.carried(job),
    input: read.input(job) ?? undefined,
  });
}

/** Makes the function that reads only what all jobs of one kind have in common. */
export function kindReader<J>(system: string, fields: Pick<Fields<J>, keyof JobKind>): (job: J) => JobKind {
  const read = readersOf(system, fields);
  return (job) => {
    try {
      return readKind(fields, job);
    } catch {
      return {
        namespace: read.namespace(job),
        queue: read.queue(job),
        name: read.name(job),
        schedule: read.schedule(job),
        expression: read.expression(job),
        timezone: read.timezone(job),
      };
    }
  };
}

const readKind = <J>(fields: Pick<Fields<J>, keyof JobKind>, job: J): JobKind => ({
  namespace: text(fields.namespace?.(job)),
  queue: named(fields.queue?.(job)),
  name: named(fields.name?.(job)),
  schedule: named(fields.schedule?.(job)),
  expression: named(fields.expression?.(job)),
  timezone: named(fields.timezone?.(job)),
});

type Readers<J> = { readonly [F in keyof JobReading]-?: (job: J) => JobReading[F] };

function readersOf<J>(system: string, fields: Fields<J>): Readers<J> {
  const names = Object.keys(checks) as (keyof JobReading)[];
  return Object.fromEntries(names.map((name) => [name, fieldReader(system, name, fields[name])])) as Readers<J>;
}

function fieldReader<J>(
  system: string,
  name: keyof JobReading,
  get: ((job: J) => unknown) | undefined,
): (job: J) => unknown {
  if (get === undefined) return () => undefined;
  const check: (value: unknown) => unknown = checks[name];
  return (job) => {
    try {
      const value = get(job);
      return value === undefined || value === null ? undefined : check(value);
    } catch (error) {
      tell(`${system}: reading ${name} of a job`, error);
      return undefined;
    }
  };
}

const text = (value: unknown): string | undefined =>
  typeof value === "string"
    ? value
    : typeof value === "number" || typeof value === "bigint"
      ? String(value)
      : undefined;

/** A name that shows nothing is none. */
const named = (value: unknown): string | undefined => {
  if (value === undefined) return undefined;
  const known = text(value);
  return known === undefined || known.trim() === "" ? undefined : known;
};

const number = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined;

const positive = (value: unknown): number | undefined => {
  const known = number(value);
  return known === undefined ? undefined : Math.max(0, known);
};

const whole = (value: unknown): number | undefined => {
  const known = number(value);
  return known === undefined ? undefined : Math.max(1, Math.round(known));
};

/** The last millisecond of the last year that ISO 8601 writes with four digits. */
const lastMs = Date.UTC(10_000, 0) - 1;

/** Milliseconds from what libraries keep times in. */
export function millis(value: unknown): number | undefined {
  const ms = value instanceof Date ? value.getTime() : typeof value === "string" ? ofText(value) : value;
  return typeof ms === "number" && ms >= 0 && ms <= lastMs ? ms : undefined;
}

function ofText(value: string): number | undefined {
  if (/^\d+$/.test(value)) return Number(value);
  const time = fromIso(value);
  return time === undefined ? undefined : toMillis(time);
}

const word = <T extends string>(value: unknown): T | undefined =>
  typeof value === "string" ? (value as T) : undefined;

const flag = (value: unknown): boolean | undefined =>
  value === undefined || value === null ? undefined : value === true;

const checks: { readonly [F in keyof JobReading]-?: (value: unknown) => JobReading[F] } = {
  namespace: text,
  queue: named,
  name: named,
  schedule: named,
  expression: named,
  timezone: named,
  id: text,
  identity: text,
  created: millis,
  delay: positive,
  ready: millis,
  nominal: millis,
  next: millis,
  blocked: flag,
  state: word,
  trigger: word,
  maxAttempts: whole,
  priority: number,
  runNumber: whole,
  attempt: whole,
  runMark: text,
  carried: carrierOf,
  input: (value) => value,
};
