import { AsyncLocalStorage } from "node:async_hooks";
import type { HrTime, Span } from "@opentelemetry/api";
import { fromMillis, now } from "@jobtrail/core/event";
import type { JobError } from "@jobtrail/core/event";
import { activeSpan, contexts, tell } from "@jobtrail/core/recorder";
import type { Carrier, Definition, Enqueue, Happening } from "@jobtrail/core/recorder";
import type { Around } from "./around.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { JobKind, JobReading } from "./reading.ts";
import { adopted } from "./span.ts";
import { keptValues, queuedValues } from "./values.ts";

/** A job that a call gave to its queue. */
export interface Stored {
  readonly reading: JobReading;
  /** Set where another job may stand for it. */
  readonly twin?: Twin | undefined;
}

/** The job that the store holds under the id or key of the one that was asked for. */
export interface Twin {
  readonly reading: JobReading;
  /** Whether it is the very job that was asked for. */
  readonly isSame: boolean;
  readonly reason: string;
  /** The deduplication key, where that and not the id decided. */
  readonly key?: string | undefined;
}

/** What a call stored: read at once, or by a look into the store. */
export type StoredJobs = Iterable<Stored | Promise<Stored | undefined>>;

/** A call that gives jobs to a queue. */
export interface QueueCall {
  /** The system's own word for it, which names the span. */
  readonly verb: string;
  readonly to: JobKind;
  /** The span that the library made for the call itself. */
  readonly adopt?: Span | undefined;
  /** The call's arguments, with what is to travel. Not called where nothing may. */
  readonly write?: ((carrier: Carrier) => readonly unknown[] | undefined) | undefined;
  /** The jobs that it stored, by what it gave. */
  readonly stored?: ((value: unknown) => StoredJobs) | undefined;
  /** Its jobs are made by functions further in, which ask for it by `gathering`. */
  readonly gathers?: true | undefined;
  /** The library makes spans further in: one for each job, or one for the call. */
  readonly traced?: boolean | undefined;
  /** What the caller is given instead of what the call gave. */
  readonly gives?: ((value: unknown) => unknown) | undefined;
}

/** A call whose jobs are being made. */
export interface Gathering {
  /** Where the call itself goes. */
  readonly to: JobKind;
  /** What travels with the job that is being made; empty where nothing may. */
  carrier(): Carrier;
  /** Gives a job to the call, which records it once the call has stored all of them. */
  add(stored: () => StoredJobs): void;
}

/** Calls that give jobs to queues. */
export interface Queueing {
  queue(call: QueueCall): Around | undefined;
  /** Records jobs that the library queued by itself: nobody's call, and without a span. */
  queued(jobs: StoredJobs): void;
  /** The call that a job is being made for. */
  gathering(): Gathering | undefined;
}

/** What stands for a job while it is made, and what is recorded by it. */
type Emission = readonly [by: Enqueue, stored: () => StoredJobs];

/** A call at work. */
class OpenCall implements Gathering {
  readonly jobs: Emission[] = [];
  /** What outlives the call, such as a timer or a connection, keeps its storage: it must gather no more. */
  isOver = false;
  #enqueues: Enqueue[] = [];
  readonly to: JobKind;
  readonly #open: (adopt?: Span) => Enqueue;
  readonly #before: Span | undefined = activeSpan();
  readonly #traced: boolean;

  constructor(to: JobKind, open: (adopt?: Span) => Enqueue, traced: boolean) {
    this.to = to;
    this.#open = open;
    this.#traced = traced;
    if (!traced) this.#enqueues.push(open());
  }

  /** The call's own span; absent where the library makes spans for its jobs. */
  get own(): Enqueue | undefined {
    return this.#traced ? undefined : this.#enqueues[0];
  }

  /** What stands for the job that was made last. */
  get last(): Enqueue {
    return this.#enqueues.at(-1) ?? this.#next();
  }

  carrier(): Carrier {
    return this.#traced ? this.#next().carrier : this.last.carrier;
  }

  add(stored: () => StoredJobs): void {
    this.jobs.push([this.last, stored]);
  }

  end(error?: JobError): void {
    this.isOver = true;
    for (const enqueue of this.#enqueues) enqueue.end(error);
  }

  #next(): Enqueue {
    const enqueue = this.#open(adopted(undefined, { span: this.#before }));
    this.#enqueues.push(enqueue);
    return enqueue;
  }
}

const calls = new AsyncLocalStorage<OpenCall>();

/** How many jobs that were compared with the store are remembered. */
const mostCompared = 1024;

/** Watches the calls that give jobs to queues. */
export function queueing(life: Lifecycle): Queueing {
  const writer: Writer = { life, isNew: firstOf(mostCompared) };
  const nobody: Emitter = { emit: (happening, definition) => life.recorder.emit(definition, happening) };
  return {
    queue(call) {
      const definition = life.kinds.definition(call.to);
      if (definition.ignored) return undefined;
      return call.gathers === true || call.traced === true
        ? gathered(writer, call, definition)
        : alone(writer, call, definition);
    },
    queued: (jobs) => record(writer, nobody, jobs, now()),
    gathering() {
      const call = calls.getStore();
      return call === undefined || call.isOver ? undefined : call;
    },
  };
}

/** What is put around a call that stores the jobs itself, which has one span. */
function alone(writer: Writer, call: QueueCall, definition: Definition): Around {
  const { recorder } = writer.life;
  const { stored } = call;
  const time = now();
  const enqueue = recorder.enqueue(definition, call.verb, call.adopt);
  return {
    args: written(writer.life, call, enqueue.carrier),
    within: (go) => contexts.with(enqueue.context, go),
    gives: call.gives,
    returned(value) {
      enqueue.end();
      if (stored !== undefined) record(writer, enqueue, stored(value), time);
    },
    threw: (error) => enqueue.end(recorder.error(error)),
  };
}

/** What is put around a call whose jobs are made further in. */
function gathered(writer: Writer, asked: QueueCall, definition: Definition): Around {
  const { recorder } = writer.life;
  const { to, verb, adopt, stored, gathers, traced = false, gives } = asked;
  const time = now();
  const call = new OpenCall(to, (span = adopt) => recorder.enqueue(definition, verb, span), traced);
  const { own } = call;
  const inside = (go: () => unknown): unknown => (own === undefined ? go() : contexts.with(own.context, go));
  return {
    args: own && written(writer.life, asked, own.carrier),
    within: gathers === true ? (go) => inside(() => calls.run(call, go)) : inside,
    gives,
    returned(value) {
      call.end();
      for (const [by, jobs] of call.jobs) record(writer, by, jobs(), time);
      const jobs = stored?.(value);
      if (jobs !== undefined) record(writer, call.last, jobs, time);
    },
    threw: (error) => call.end(recorder.error(error)),
  };
}

/** The call's arguments with what travels, where something may. */
function written({ system }: Lifecycle, call: QueueCall, carrier: Carrier): readonly unknown[] | undefined {
  if (call.write === undefined || isEmpty(carrier)) return undefined;
  try {
    return call.write(carrier);
  } catch (error) {
    tell(`${system}: carrier`, error);
    return undefined;
  }
}

function isEmpty(carrier: Carrier): boolean {
  for (const _ in carrier) return false;
  return true;
}

/** What records a job of a definition: a call, or nobody's. */
interface Emitter {
  emit(happening: Happening, definition: Definition): void;
}

interface Writer {
  readonly life: Lifecycle;
  /** Of two jobs of one id and millisecond that carry nothing, the store cannot tell which it holds: the first. */
  readonly isNew: (uid: string | undefined) => boolean;
}

/** Tells whether something comes for the first time, among the last so many. */
function firstOf(most: number): (uid: string | undefined) => boolean {
  const known = new Set<string>();
  return (uid) => {
    if (uid === undefined) return true;
    if (known.has(uid)) return false;
    known.add(uid);
    if (known.size > most) known.delete(known.values().next().value ?? "");
    return true;
  };
}

/** Records the jobs of a call: each as queued, or as standing aside for one that was there. */
function record(writer: Writer, by: Emitter, jobs: StoredJobs, time: HrTime): void {
  for (const job of jobs)
    if (job instanceof Promise)
      job.then(
        (found: Stored | undefined) => found && recordOne(writer, by, found, time),
        (error: unknown) => tell(`${writer.life.system}: deduplication`, error),
      );
    else recordOne(writer, by, job, time);
}

function recordOne(writer: Writer, by: Emitter, job: Stored, time: HrTime): void {
  try {
    emitStored(writer, by, job, time);
  } catch (error) {
    tell(`${writer.life.system}: queued`, error);
  }
}

function emitStored({ life, isNew }: Writer, by: Emitter, { reading, twin }: Stored, at: HrTime): void {
  const { kinds, recorder } = life;
  const uid = kinds.uid(reading);
  const isStored = twin === undefined || (twin.isSame && isNew(uid));
  const definition = kinds.definition(isStored ? reading : twin.reading);
  if (definition.ignored) return;
  const { keys, values } = isStored
    ? queuedValues(reading, uid)
    : keptValues(twin.reading, kinds.uid(twin.reading), twin.key, twin.reason);
  const happening: Happening = {
    name: isStored ? "job.queued" : "job.deduplicated",
    time: reading.created === undefined ? at : fromMillis(reading.created),
    seen: now(),
    keys,
    values,
    attributes: isStored ? recorder.input(reading.input) : undefined,
  };
  by.emit(happening, definition);
}
