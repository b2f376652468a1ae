import { ROOT_CONTEXT, SpanStatusCode, context as contexts, trace } from "@opentelemetry/api";
import type { Context, Span, SpanContext } from "@opentelemetry/api";
import { attributes as registry } from "@jobtrail/conventions";
import type { DefinitionAttributes, JobAttributes } from "@jobtrail/conventions";
import { asked, askedAttributes, within } from "./ambient.ts";
import type { Asked } from "./ambient.ts";
import { extract, inject } from "./carrier.ts";
import type { Carrier } from "./carrier.ts";
import { definitions } from "./definition.ts";
import type { Definition } from "./definition.ts";
import { errorOf } from "./error.ts";
import type { JobError, JobEvent } from "./event.ts";
import { fingerprint } from "./fingerprint.ts";
import type { Job } from "./fold.ts";
import { guard } from "./guard.ts";
import { inertEnqueue, inertRun } from "./inert.ts";
import { choose } from "./options.ts";
import type { Chosen, RecorderOptions } from "./options.ts";
import { globalProviders } from "./providers.ts";
import type { Providers } from "./providers.ts";
import { Running } from "./run.ts";
import type { OpenRun } from "./run.ts";
import { sdkSink } from "./sink.ts";
import type { InstrumentationScope, Sink } from "./sink.ts";
import { linksTo } from "./span.ts";
import type { Related } from "./span.ts";
import { stamp } from "./stamp.ts";
import { now } from "./time.ts";

/** A call that gives jobs to a queue. */
export interface Enqueue {
  /** The context that the system's own call runs in: the PRODUCER span is active. */
  readonly context: Context;
  /** What travels with the job; empty where nothing may. */
  readonly carrier: Carrier;
  /** Records a job that the call queued, once for each. */
  emit(queued: JobEvent): void;
  /** The call is over. */
  end(error?: JobError): void;
}

/** How a run came to be, besides its started event. */
export interface How {
  /** What travelled with the job. */
  readonly from?: Carrier | undefined;
  /** A span that stands for the run already, made by another library, which ends it itself. */
  readonly adopt?: Span | undefined;
  /** The handler call that works at this job and others at once: its span stands for all of them. */
  readonly batch?: Batch | undefined;
  /** The span that was active where the schedule was made. */
  readonly scheduledBy?: SpanContext | undefined;
}

/** A handler call that is given several jobs at once: one span for all, with a link to each sender. */
export interface Batch {
  readonly span: Span;
  /** Runs the work: its span is active, `count` counts for this one run, and an actor is at hand where it is everyone's. */
  within<T>(run: OpenRun, work: () => T): T;
  end(error?: JobError): void;
}

/** Turns what happens to jobs into spans, records and metrics. One per instrumentation. */
export interface Recorder {
  readonly options: Chosen;
  /** The interned definition of these constants. */
  define(constants: DefinitionAttributes): Definition;
  /** One record and what it counts; never a span. */
  emit(event: JobEvent): void;
  /** Opens a PRODUCER span, named by the system's own verb; or takes the span that another library made. */
  enqueue(definition: Definition, verb: string, adopt?: Span): Enqueue;
  /** Opens the span of one handler call for several jobs, or takes another library's; each job is then started with `batch`. */
  batch(definition: Definition, started: JobEvent, from: readonly (Carrier | undefined)[], adopt?: Span): Batch;
  /** Opens a run: the only way to a span and to run metrics. */
  start(definition: Definition, started: JobEvent, how?: How): OpenRun;
  /** What is kept of something thrown. */
  error(thrown: unknown): JobError;
  /** Size and hash of a payload, where `capture` asks for them. */
  input(value: unknown): JobAttributes;
  /** Size and hash of a result, where `capture` asks for them. */
  output(value: unknown): JobAttributes;
}

/** Spans of runs that may be tried again, so that the next run can be linked. */
const mostRemembered = 1024;

/**
 * A recorder for one instrumentation.
 * @param providers gives the set to write to; asked at every use, so that it may change.
 * @throws SettingsError where an environment variable cannot be used.
 */
export function createRecorder(
  scope: InstrumentationScope,
  given: RecorderOptions = {},
  providers: () => Providers = globalProviders(),
): Recorder {
  const options = choose(given);
  const define = definitions(
    options.cardinalityLimit,
    (constants) => guard("ignore", () => options.ignores(constants)) ?? false,
  );
  const sink = sinks(scope, options, providers);
  const previous = new Map<string, SpanContext>();
  const beating = heartbeat(options.heartbeatInterval);
  const always: JobAttributes = {
    "job.system.name": "unknown",
    ...(options.tenant !== undefined && { "job.tenant.id": options.tenant }),
  };
  const self: JobAttributes =
    options.service === undefined ? {} : { "job.actor.type": "service", "job.actor.id": options.service };

  return {
    options,
    define,
    emit(event) {
      const definition = define(definitionIn(event.attributes));
      if (definition.ignored) return;
      const whole = stamp(event, always);
      const { log, metrics } = sink();
      log(whole);
      metrics.seen(definition, whole);
    },
    enqueue(definition, verb, adopt) {
      if (definition.ignored) return inertEnqueue();
      const { spans, log } = sink();
      const active = contexts.active();
      const span = adopt ?? spans.enqueue(definition, verb, active, now());
      const by = asked();
      const known = { ...always, ...self, ...definition.attributes, ...askedAttributes(by) };
      return {
        context: trace.setSpan(active, span),
        carrier: options.propagation ? inject(span.spanContext(), by) : {},
        emit: (event) => log(stamp({ span: span.spanContext(), ...event }, known)),
        end: (error) => close(span, error, adopt !== undefined),
      };
    },
    batch(definition, started, from, adopt) {
      const senders = from.map((carrier) => extract(carrier));
      const links = senders.flatMap(({ span }) => related(span, "producer"));
      const span = adopt ?? sink().spans.run({ definition, started, links, by: options.spanName });
      adopt?.addLinks(linksTo(links));
      const by = agreed(senders);
      return {
        span,
        within: (run, work) =>
          contexts.with(trace.setSpan(adopt === undefined ? ROOT_CONTEXT : contexts.active(), span), () =>
            within({ count: (each) => run.count(each) }, by, work),
          ),
        end: (error) => close(span, error, adopt !== undefined),
      };
    },
    start(definition, started, how = {}) {
      if (definition.ignored) return inertRun();
      const to = sink();
      const by = extract(how.from);
      const own = definition.attributes["job.queue.name"] === undefined ? self : undefined;
      const whole = stamp(started, { ...always, ...own, ...definition.attributes, ...askedAttributes(by) });
      const span = how.batch?.span ?? how.adopt ?? spanOf(to, definition, whole, by.span, how);
      if (how.batch !== undefined) span.addLinks(linksTo(links(whole, undefined, how)));
      else if (how.adopt !== undefined) adopted(how.adopt, whole, links(whole, by.span, how));
      const spanned = { ...whole, span: span.spanContext() };
      const run = new Running({
        definition,
        started: spanned,
        span,
        adopted: how.adopt !== undefined,
        shared: how.batch !== undefined,
        // A worker's loop may have kept the context it was started in: that is none of this job's.
        context: trace.setSpan(how.adopt === undefined ? ROOT_CONTEXT : contexts.active(), span),
        by: { ...(by.actor && { actor: by.actor }), ...(by.scope && { scope: by.scope }) },
        sink: to,
        options,
        over: remember,
      });
      guard("requestHook", () => options.requestHook?.(span, spanned));
      to.log(spanned);
      to.metrics.started(definition, spanned);
      beating.add(run);
      return run;
    },
    error: (thrown) => errorOf(thrown, (text) => guard("redact", () => `${options.redact(text)}`) ?? ""),
    input: (value) => (options.capture === "none" ? {} : fingerprinted("job.input", value)),
    output: (value) => (options.capture === "none" ? {} : fingerprinted("job.run.output", value)),
  };

  function spanOf(
    to: Sink,
    definition: Definition,
    started: JobEvent,
    producer: SpanContext | undefined,
    how: How,
  ): Span {
    const relationship = guard("relationship", () => options.relationshipOf(started)) ?? "link";
    const wait = started.attributes["job.run.wait"] ?? 0;
    const soon = options.parentMaxWait === undefined || wait * 1000 <= options.parentMaxWait;
    const parent = relationship === "parent" && soon ? producer : undefined;
    const sender = relationship === "none" || parent !== undefined ? undefined : producer;
    return to.spans.run({ definition, started, parent, links: links(started, sender, how), by: options.spanName });
  }

  function links(started: JobEvent, producer: SpanContext | undefined, how: How): Related[] {
    const before = started.attributes["job.uid"];
    return [
      ...related(producer, "producer"),
      ...related(before === undefined ? undefined : previous.get(before), "previous_run"),
      ...related(how.scheduledBy, "scheduled_by"),
    ];
  }

  function remember(run: Running, final: boolean | undefined): void {
    beating.delete(run);
    const uid = run.jobUid;
    if (uid === undefined) return;
    previous.delete(uid);
    if (final === true) return;
    previous.set(uid, run.spanContext);
    if (previous.size > mostRemembered) previous.delete(previous.keys().next().value ?? "");
  }
}

/** The sink of the providers as they are now: made anew only when they change. */
function sinks(scope: InstrumentationScope, options: Chosen, providers: () => Providers): () => Sink {
  let from: Providers | undefined;
  let made: Sink | undefined;
  return () => {
    const current = providers();
    if (made === undefined || current !== from) made = sdkSink(scope, current, options);
    from = current;
    return made;
  };
}

/** One timer for all open runs; it keeps no process alive and rests while there are none. */
function heartbeat(intervalMs: number): { add(run: Running): void; delete(run: Running): void } {
  const open = new Set<Running>();
  let timer: NodeJS.Timeout | undefined;
  const tick = (): void => {
    if (open.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
    const time = now();
    for (const run of open) guard("heartbeat", () => run.beat(time, intervalMs));
  };
  return {
    add(run) {
      open.add(run);
      timer ??= setInterval(tick, intervalMs).unref();
    },
    delete(run) {
      open.delete(run);
    },
  };
}

function adopted(span: Span, { attributes }: JobEvent, links: readonly Related[]): void {
  span.addLinks(linksTo(links));
  for (const key of ["job.uid", "job.run.uid", "job.run.number", "job.run.attempt"] as const) {
    const value = attributes[key];
    if (value !== undefined) span.setAttribute(key, value);
  }
}

/** Who asked for all of several jobs; nobody where they differ. */
function agreed(senders: readonly Asked[]): Asked {
  const texts = new Set(senders.map(({ actor, scope }) => JSON.stringify([actor, scope])));
  const { actor, scope } = senders[0] ?? {};
  return texts.size > 1 ? {} : { ...(actor !== undefined && { actor }), ...(scope !== undefined && { scope }) };
}

const related = (span: SpanContext | undefined, as: Related["as"]): Related[] =>
  span === undefined ? [] : [{ span, as }];

function close(span: Span, error: JobError | undefined, adopted: boolean): void {
  if (adopted) return;
  if (error !== undefined) {
    span.setAttribute("error.type", error.type);
    span.setStatus({ code: SpanStatusCode.ERROR, ...(error.message !== undefined && { message: error.message }) });
  }
  guard("span end", () => span.end(now()));
}

function fingerprinted(prefix: "job.input" | "job.run.output", value: unknown): JobAttributes {
  const made = fingerprint(value);
  return made === undefined ? {} : ({ [`${prefix}.size`]: made.size, [`${prefix}.hash`]: made.hash } as JobAttributes);
}

/** The constants among an event's attributes. */
function definitionIn(attributes: JobAttributes): DefinitionAttributes {
  const constants: Record<string, unknown> = { "job.system.name": "unknown" };
  for (const key of definitionKeys) if (attributes[key] !== undefined) constants[key] = attributes[key];
  return constants as unknown as DefinitionAttributes;
}

const definitionKeys = Object.entries(registry)
  .filter(([key, row]) => row.scope === "definition" && key.startsWith("job."))
  .map(([key]) => key as keyof DefinitionAttributes);

/** Hands whole runs that became known afterwards to a recorder, as if they happened now. A run without an end is not whole. */
export function replay(jobs: Iterable<Job>, to: Recorder): void {
  for (const job of jobs)
    for (const { attributes, started, ended, start, end } of job.runs) {
      if (ended === undefined) continue;
      const run = to.start(to.define(definitionIn(attributes)), {
        ...(started ?? { name: "job.run.started", seen: ended.seen, attributes: withoutOutcome(attributes) }),
        ...(start !== undefined && { time: start }),
      });
      run.settled(end ?? ended.seen, ended.error);
      run.end(ended);
    }
}

function withoutOutcome(attributes: JobAttributes): JobAttributes {
  const { "job.run.result": _, "job.run.final": __, ...rest } = attributes;
  return rest;
}
