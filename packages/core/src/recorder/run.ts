import type { Context, HrTime, Span, SpanContext } from "@opentelemetry/api";
import { within } from "../ambient.ts";
import type { Asked, Counting } from "../ambient.ts";
import { counterName, counterPrefix, keyOf } from "../event/key.ts";
import { add, draft, finish } from "./compose.ts";
import type { Draft, Happening, Known } from "./compose.ts";
import { eventOf } from "../event/entry.ts";
import type { Entry } from "../event/entry.ts";
import type { JobError } from "../event/event.ts";
import { guard, tell } from "../guard.ts";
import type { Chosen } from "./options.ts";
import type { Output } from "./output.ts";
import { outcome } from "./span.ts";
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
  emit(happening: Happening): void;
  /** The work is over: this is the run's end time. */
  settled(time: HrTime, error?: JobError): void;
  /** The outcome is known: writes the end, once; a second call does nothing. */
  end(ended: Happening): void;
}

/** What an open run is made of. */
export interface Opening {
  /** What holds for all its events. */
  readonly known: Known;
  readonly started: Entry;
  readonly span: Span;
  /** Whether the span is another library's, which ends it itself. */
  readonly adopted: boolean;
  /** Whether the span stands for other runs too: whoever opened it says how it ended. */
  readonly shared: boolean;
  readonly context: Context;
  readonly by: Asked;
  readonly output: Output;
  readonly options: Chosen;
  readonly over: (run: Running, final: boolean | undefined) => void;
}

/** The run behind `OpenRun`. */
export class Running implements OpenRun, Counting {
  readonly context: Context;
  readonly #made: Opening;
  #counters: Map<string, number> | undefined;
  /** What was recorded until now, where it is to be rendered. */
  readonly #recorded: Entry[] | undefined;
  #settled: { readonly time: HrTime; readonly error?: JobError } | undefined;
  #ended = false;
  #progress: number | undefined;
  #progressAt: HrTime | undefined;
  #lastSign: HrTime;

  constructor(made: Opening) {
    this.#made = made;
    this.context = made.context;
    this.#lastSign = made.started.time ?? made.started.seen;
    this.#recorded = made.options.render === undefined ? undefined : [made.started];
  }

  get spanContext(): SpanContext {
    return this.#made.span.spanContext();
  }

  get jobUid(): string | undefined {
    return this.#made.started.value(uidKey) as string | undefined;
  }

  within<T>(work: () => T): T {
    return within(this.context, this, this.#made.by, work);
  }

  count(counters: Readonly<Record<string, number>>): void {
    if (typeof counters !== "object" || Array.isArray(counters)) return;
    this.#counters ??= new Map();
    for (const [key, value] of Object.entries(counters)) {
      const name = counterName(key);
      if (name !== "" && Number.isFinite(value)) this.#counters.set(name, (this.#counters.get(name) ?? 0) + value);
    }
  }

  emit(happening: Happening): void {
    const made = draft(happening, this.#made.known);
    if (happening.name === "job.run.progress" && (this.#ended || !this.#isDue(made))) return;
    this.#write(made);
  }

  settled(time: HrTime, error?: JobError): void {
    this.#settled ??= { time: isTime(time) ? time : now(), ...(error !== undefined && { error }) };
  }

  end(ended: Happening): void {
    if (this.#ended) return;
    this.#ended = true;
    const { known, span, output, options, adopted, shared, over } = this.#made;
    const time = this.#endTime(ended);
    const error = ended.error ?? this.#settled?.error;
    const entry = this.#write(this.#measured(draft(ended, known, error), time), time);
    output.metrics.ended(known.definition, entry);
    if (!shared) this.#tellOutcome(entry);
    if (options.endHook !== undefined) guard("endHook", () => options.endHook?.(span, eventOf(entry)));
    if (!adopted && !shared) endAt(span, time);
    over(this, entry.value(finalKey) as boolean | undefined);
  }

  #tellOutcome(entry: Entry): void {
    const { span, options } = this.#made;
    try {
      outcome(span, entry, options.retriedStatus);
    } catch (error) {
      tell("span outcome", error);
    }
  }

  /** Says that the run is still at work, where nothing was heard of it for the interval. */
  beat(time: HrTime, intervalMs: number): void {
    if (secondsBetween(this.#lastSign, time) * 1000 < intervalMs * 0.99) return;
    this.#lastSign = time;
    this.#write(draft({ name: "job.run.heartbeat", time, seen: time }, this.#made.known));
  }

  /** The work's own end; the start may be of another machine's clock. */
  #endTime({ time }: Happening): HrTime {
    const { started } = this.#made;
    const end = this.#settled?.time ?? (time !== undefined && isTime(time) ? time : now());
    return later(started.time ?? started.seen, end);
  }

  #measured(made: Draft, end: HrTime): Draft {
    const { time } = this.#made.started;
    if (time !== undefined) add(made, durationKey, secondsBetween(time, end));
    add(made, progressKey, this.#progress);
    if (this.#counters !== undefined)
      for (const [name, value] of this.#counters) add(made, keyOf(`${counterPrefix}${name}`), value);
    return made;
  }

  #write(made: Draft, time?: HrTime): Entry {
    const { known, output, adopted } = this.#made;
    const entry = finish(made, this.spanContext, adopted ? undefined : this.context, time);
    output.log(entry, this.#recorded);
    output.metrics.seen(known.definition, entry);
    return entry;
  }

  #isDue({ layer, happening: { time, seen } }: Draft): boolean {
    const progress = layer.get(progressKey);
    if (typeof progress === "number") this.#progress = progress;
    const at = time ?? seen ?? now();
    const last = this.#progressAt;
    if (last !== undefined && secondsBetween(last, at) * 1000 < this.#made.options.progressInterval) return false;
    this.#progressAt = at;
    return true;
  }
}

function endAt(span: Span, time: HrTime): void {
  try {
    span.end(time);
  } catch (error) {
    tell("span end", error);
  }
}

const uidKey = keyOf("job.uid");
const finalKey = keyOf("job.run.final");
const durationKey = keyOf("job.run.duration");
const progressKey = keyOf("job.progress");
