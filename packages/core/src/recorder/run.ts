import { context as contexts } from "@opentelemetry/api";
import type { Context, HrTime, Span, SpanContext } from "@opentelemetry/api";
import type { JobAttributes } from "@jobtrail/conventions";
import { within } from "../ambient.ts";
import type { Asked, Counting } from "../ambient.ts";
import type { Definition } from "./definition.ts";
import type { JobError, JobEvent } from "../event/event.ts";
import { guard } from "../guard.ts";
import { rowOf } from "../event/normalise.ts";
import type { Chosen } from "./options.ts";
import { isKept } from "./render.ts";
import type { Sink } from "./sink.ts";
import { outcome } from "./span.ts";
import { stamp } from "./stamp.ts";
import { isTime, later, now, secondsBetween } from "../event/time.ts";

/**
 * A run at work. It opens, settles when the work itself is over, and ends when its outcome is
 * known, which is after the job system's store has answered.
 */
export interface OpenRun {
  /** The context that the work runs in: its span is active. */
  readonly context: Context;
  /** Runs the work: in the run's context, with `count` at hand. */
  within<T>(work: () => T): T;
  /** Adds to what the run counted. */
  count(counters: Readonly<Record<string, number>>): void;
  /** Records something that happened in the run, or came of it; progress only while it is at work. */
  emit(event: JobEvent): void;
  /** The work is over: this is the run's end time. */
  settled(time: HrTime, error?: JobError): void;
  /** The outcome is known: writes the end, once; a second call does nothing. */
  end(ended: JobEvent): void;
}

/** What an open run is made of. */
export interface Opening {
  readonly definition: Definition;
  /** The started event, stamped and whole. */
  readonly started: JobEvent;
  readonly span: Span;
  /** Whether the span is another library's, which ends it itself. */
  readonly adopted: boolean;
  /** Whether the span stands for other runs too: whoever opened it says how it ended. */
  readonly shared: boolean;
  readonly context: Context;
  readonly by: Asked;
  readonly sink: Sink;
  readonly options: Chosen;
  readonly over: (run: Running, final: boolean | undefined) => void;
}

/** The run behind `OpenRun`. */
export class Running implements OpenRun, Counting {
  readonly context: Context;
  readonly #made: Opening;
  readonly #layer: JobAttributes;
  readonly #counters = new Map<string, number>();
  /** What was told until now, where it is to be rendered. */
  readonly #told: JobEvent[] | undefined;
  #settled: { readonly time: HrTime; readonly error?: JobError } | undefined;
  #ended = false;
  #progress: number | undefined;
  #progressAt: HrTime | undefined;
  #lastSign: HrTime;

  constructor(made: Opening) {
    this.#made = made;
    this.context = made.context;
    this.#layer = lasting(made.started.attributes);
    this.#lastSign = made.started.time ?? made.started.seen;
    this.#told = made.options.render === undefined ? undefined : [made.started];
  }

  get spanContext(): SpanContext {
    return this.#made.span.spanContext();
  }

  get jobUid(): string | undefined {
    return this.#layer["job.uid"];
  }

  within<T>(work: () => T): T {
    return contexts.with(this.context, () => within(this, this.#made.by, work));
  }

  count(counters: Readonly<Record<string, number>>): void {
    if (typeof counters !== "object" || Array.isArray(counters)) return;
    for (const [key, value] of Object.entries(counters))
      if (Number.isFinite(value)) this.#counters.set(key, (this.#counters.get(key) ?? 0) + value);
  }

  emit(event: JobEvent): void {
    if (event.name === "job.run.progress" && (this.#ended || !this.#isDue(event))) return;
    this.#write(event);
  }

  settled(time: HrTime, error?: JobError): void {
    this.#settled ??= { time: isTime(time) ? time : now(), ...(error !== undefined && { error }) };
  }

  end(ended: JobEvent): void {
    if (this.#ended) return;
    this.#ended = true;
    const { definition, span, sink, options, started, adopted, shared, over } = this.#made;
    const start = started.time ?? started.seen;
    // The start may be of another machine's clock.
    const time = later(
      start,
      this.#settled?.time ?? (ended.time !== undefined && isTime(ended.time) ? ended.time : now()),
    );
    const error = ended.error ?? this.#settled?.error;
    const measured = {
      ...(started.time !== undefined && { "job.run.duration": secondsBetween(start, time) }),
      ...(this.#progress !== undefined && { "job.progress": this.#progress }),
      ...this.#counted(),
    };
    const whole = this.#write({ ...ended, time, ...(error !== undefined && { error }) }, measured);
    sink.metrics.ended(definition, whole);
    if (!shared) guard("span outcome", () => outcome(span, whole, options.retriedStatus));
    guard("endHook", () => options.endHook?.(span, whole));
    if (!adopted && !shared) guard("span end", () => span.end(time));
    over(this, whole.attributes["job.run.final"]);
  }

  /** Says that the run is still at work, where nothing was heard of it for the interval. */
  beat(time: HrTime, intervalMs: number): void {
    if (secondsBetween(this.#lastSign, time) * 1000 < intervalMs * 0.99) return;
    this.#lastSign = time;
    this.#write({ name: "job.run.heartbeat", time, seen: time, attributes: {} });
  }

  #write(event: JobEvent, measured?: JobAttributes): JobEvent {
    const { definition, sink } = this.#made;
    const whole = stamp(
      { ...event, span: event.span ?? this.spanContext },
      measured === undefined ? this.#layer : { ...this.#layer, ...measured },
    );
    sink.log(whole, this.#told);
    if (this.#told !== undefined && isKept(whole)) this.#told.push(whole);
    sink.metrics.seen(definition, whole);
    return whole;
  }

  #isDue(event: JobEvent): boolean {
    this.#progress = event.attributes["job.progress"] ?? this.#progress;
    const time = event.time ?? event.seen;
    const last = this.#progressAt;
    if (last !== undefined && secondsBetween(last, time) * 1000 < this.#made.options.progressInterval) return false;
    this.#progressAt = time;
    return true;
  }

  #counted(): JobAttributes {
    const counted: Record<`job.counter.${string}`, number> = {};
    for (const [key, value] of this.#counters) counted[`job.counter.${key}`] = value;
    return counted;
  }
}

/** What of the started event holds for the whole run: not what the event alone says, nor the record. */
function lasting(attributes: JobAttributes): JobAttributes {
  const layer: Record<string, unknown> = {};
  for (const key in attributes) {
    const scope = rowOf(key)?.scope;
    if (scope !== "event" && scope !== "record") layer[key] = attributes[key as "job.id"];
  }
  return layer as JobAttributes;
}
