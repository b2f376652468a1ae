import type { SpanContext } from "@opentelemetry/api";
import type { EventName, JobAttributes, TriggerType } from "@jobtrail/conventions";
import { isoOfMillis, now, processInstance, toMillis } from "@jobtrail/core/event";
import { activeSpan, asked, inject } from "@jobtrail/core/recorder";
import type { Around } from "./around.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { millis } from "./reading.ts";
import type { JobKind, JobReading } from "./reading.ts";
import type { Work } from "./run.ts";
import { isYielding } from "./yielding.ts";

/** How a schedule object of an in-process scheduler is read. */
export interface ScheduleReader<S> {
  /** What it is called: made unique in the process by a number. */
  readonly name: (schedule: S) => string | undefined;
  readonly expression?: (schedule: S) => string | undefined;
  readonly timezone?: (schedule: S) => string | undefined;
  /** What makes its runs, where nobody calls for one. */
  readonly trigger: (schedule: S) => TriggerType;
  /** Whether its times pass without a run, because somebody said so. */
  readonly isPaused?: (schedule: S) => boolean;
  /** The next time after one, or after now. */
  readonly next: (schedule: S, afterMs?: number) => number | Date | null | undefined;
}

/** Why a nominal time passed without a start. */
export type Missed = "late" | "overlap";

/** Follows the schedules of the process: what happens to them, their jobs, and the times that they miss. */
export interface Schedules<S> {
  /** The schedule is ready to make jobs. */
  made(schedule: S): void;
  /** It was paused, or resumed. */
  changed(schedule: S, to: "paused" | "resumed"): void;
  /** It makes no more jobs. */
  gone(schedule: S, reason: "stopped" | "ended"): void;
  missed(schedule: S, reason: Missed, nominalMs: number, count?: number): void;
  /**
   * The library looks at the clock, for a target time: a `tick` inside of the call is the job of that
   * time. Where the time has come and no tick did, it was skipped; times that passed meanwhile are missed.
   */
  look(schedule: S, targetMs: number): Around | undefined;
  /** The job that starts now: of the look that it is in, of a nominal time, or by hand. */
  tick(schedule: S, how?: { readonly nominalMs?: number }): readonly Work[];
}

/** A schedule as it is followed. */
interface Followed {
  readonly kind: JobKind;
  readonly id: string;
  readonly trigger: TriggerType;
  /** The span that was active where it was made. */
  madeIn: SpanContext | undefined;
  /** Whether its creation was told, or its end. */
  stage: "found" | "live" | "over";
  /** Every nominal time up to here was run, told as missed, or passed in a pause: milliseconds. */
  toldUntil: number;
  /** The nominal time that the library looks at in this very call. */
  due: number | undefined;
}

/** Ids in use, by system. Libraries keep names unique, but each of their copies for itself. */
const taken = new Map<string, Set<string>>();

/** How many missed times are counted at the most: after a night's sleep of the machine, a tick must stay short. */
const mostMissed = 1000;

let again = 0;

/** Follows the schedules of one library. */
export const schedulesOf = <S extends object>(reader: ScheduleReader<S>, life: Lifecycle): Schedules<S> =>
  new Following(reader, life);

class Following<S extends object> implements Schedules<S> {
  readonly #reader: ScheduleReader<S>;
  readonly #life: Lifecycle;
  readonly #known = new WeakMap<S, Followed>();
  /** Made by an outer engine, whose runs its ticks are. */
  readonly #yielded = new WeakSet<S>();
  readonly #ids: Set<string>;

  constructor(reader: ScheduleReader<S>, life: Lifecycle) {
    this.#reader = reader;
    this.#life = life;
    this.#ids = taken.get(life.system) ?? new Set();
    taken.set(life.system, this.#ids);
  }

  made(schedule: S): void {
    if (isYielding()) this.#yielded.add(schedule);
    if (this.#yielded.has(schedule)) return;
    // A date that has passed makes no jobs.
    const next = this.#next(schedule);
    const followed = next === undefined ? this.#known.get(schedule) : this.#of(schedule);
    if (followed?.stage !== "found") return;
    begin(followed);
    this.#tell(followed, "job.schedule.created", this.#isPaused(schedule) ? {} : nextTime(next));
    if (this.#isPaused(schedule)) this.#tell(followed, "job.schedule.paused", {});
  }

  changed(schedule: S, to: "paused" | "resumed"): void {
    const followed = this.#known.get(schedule);
    if (followed?.stage !== "live") return;
    if (to === "paused") this.#tell(followed, "job.schedule.paused", {});
    else this.#tell(followed, "job.schedule.resumed", nextTime(this.#next(schedule)));
  }

  gone(schedule: S, reason: "stopped" | "ended"): void {
    const followed = this.#known.get(schedule);
    if (followed === undefined || followed.stage === "over") return;
    if (followed.stage === "live") this.#tell(followed, "job.schedule.deleted", { "job.reason": reason });
    followed.stage = "over";
    this.#ids.delete(followed.id);
  }

  missed(schedule: S, reason: Missed, nominalMs: number, count = 1): void {
    const followed = this.#of(schedule);
    if (followed === undefined) return;
    this.#tell(followed, "job.schedule.missed", {
      "job.schedule.missed_count": count,
      "job.reason": reason,
      "job.schedule.nominal_time": isoOfMillis(nominalMs),
    });
  }

  look(schedule: S, targetMs: number): Around | undefined {
    const followed = this.#of(schedule);
    if (followed === undefined) return undefined;
    if (followed.stage === "found") begin(followed);
    const at = Date.now();
    const paused = this.#isPaused(schedule);
    const { toldUntil } = followed;
    // The target is counted from the last start, so it stays behind in a pause and while starts are
    // skipped: then the time that has just come is meant.
    const nominal = targetMs > toldUntil ? targetMs : (this.#passed(schedule, toldUntil, at).last ?? targetMs);
    if (paused) followed.toldUntil = Math.max(toldUntil, at);
    // The library asks the clock once more and may find due what is not yet due here.
    followed.due = nominal;
    const isDue = !paused && at >= targetMs;
    return { returned: () => this.#looked(schedule, followed, { nominal, at, isDue }) };
  }

  #looked(schedule: S, followed: Followed, { nominal, at, isDue }: Look): void {
    const started = followed.due === undefined;
    followed.due = undefined;
    if (!started && !isDue) return;
    if (!started) this.missed(schedule, "overlap", nominal);
    const { count, first, last } = this.#passed(schedule, nominal, at);
    if (first !== undefined) this.missed(schedule, "late", first, count);
    followed.toldUntil = Math.max(followed.toldUntil, last ?? nominal);
    if (this.#next(schedule) === undefined) this.gone(schedule, "ended");
  }

  tick(schedule: S, how: { readonly nominalMs?: number } = {}): readonly Work[] {
    const followed = this.#of(schedule);
    if (followed === undefined) return [];
    const nominal = how.nominalMs ?? followed.due;
    followed.due = undefined;
    const atMs = toMillis(now());
    const next = nominal === undefined ? undefined : this.#next(schedule, atMs);
    const reading = readingOf(followed, nominal, atMs, next);
    return [{ key: {}, reading, scheduledBy: followed.madeIn, isTimed: true }];
  }

  #isPaused(schedule: S): boolean {
    return this.#reader.isPaused?.(schedule) === true;
  }

  #next(schedule: S, afterMs?: number): number | undefined {
    return millis(this.#reader.next(schedule, afterMs));
  }

  #passed(schedule: S, after: number, until: number): Passed {
    return passedBetween((ms) => this.#next(schedule, ms), after, until);
  }

  #of(schedule: S): Followed | undefined {
    if (this.#yielded.has(schedule)) return undefined;
    const known = this.#known.get(schedule);
    if (known !== undefined) return known;
    const followed = this.#find(schedule);
    this.#known.set(schedule, followed);
    return followed;
  }

  #find(schedule: S): Followed {
    const { name, expression, timezone, trigger } = this.#reader;
    const pattern = expression?.(schedule);
    const id = takeId(name(schedule) || pattern || "once", this.#ids);
    const { namespace } = this.#life.recorder.options;
    return {
      kind: { namespace, name: id, schedule: id, expression: pattern, timezone: timezone?.(schedule) },
      id,
      trigger: trigger(schedule),
      madeIn: undefined,
      stage: "found",
      toldUntil: Number.NEGATIVE_INFINITY,
      due: undefined,
    };
  }

  #tell({ kind }: Followed, name: EventName, attributes: JobAttributes): void {
    const { kinds, recorder } = this.#life;
    const time = now();
    const definition = kinds.definition(kind);
    if (definition.ignored) return;
    recorder.emit(definition, { name, time, seen: time, attributes });
  }
}

/** A look at the clock. */
interface Look {
  readonly nominal: number;
  readonly at: number;
  readonly isDue: boolean;
}

/** A timer keeps the context that it was made in, so at a tick the maker's span is still the active one. */
function begin(followed: Followed): void {
  followed.stage = "live";
  followed.madeIn = activeSpan()?.spanContext();
}

const nextTime = (ms: number | undefined): JobAttributes =>
  ms === undefined ? {} : { "job.schedule.next_time": isoOfMillis(ms) };

/** The name, or the first free one of `name #2`, `name #3` …: the same after a restart, made in the same order. */
function takeId(name: string, used: Set<string>): string {
  let id = name;
  for (let number = 2; used.has(id); number++) id = `${name} #${number}`;
  used.add(id);
  return id;
}

/**
 * One job per process, schedule and nominal time: two replicas that tick at once have two jobs. A
 * run by hand has no nominal time; its own time and a count stand for it.
 */
function readingOf(
  { kind, id, trigger, toldUntil }: Followed,
  nominal: number | undefined,
  atMs: number,
  next: number | undefined,
): JobReading {
  // Set back, the clock brings a nominal time twice.
  const isNew = nominal !== undefined && nominal > toldUntil;
  const mark = `${isoOfMillis(nominal ?? atMs)}${isNew ? "" : `#${++again}`}`;
  return {
    ...kind,
    id: `${id}@${mark}`,
    identity: `${id}/${processInstance}/${mark}`,
    created: undefined,
    delay: undefined,
    ready: undefined,
    nominal,
    next,
    blocked: undefined,
    state: "active",
    trigger: nominal === undefined ? "manual" : trigger,
    maxAttempts: undefined,
    priority: undefined,
    runNumber: 1,
    attempt: 1,
    runMark: "1",
    // Only who calls for a run asks for it: a timer's context is not the asker's.
    carried: nominal === undefined ? inject(activeSpan()?.spanContext(), asked()) : undefined,
    input: undefined,
  };
}

interface Passed {
  readonly count: number;
  readonly first?: number;
  readonly last?: number;
}

/** The nominal times after one time and up to another, as the library itself counts them. */
function passedBetween(next: (afterMs: number) => number | undefined, after: number, until: number): Passed {
  let found: Passed = { count: 0 };
  let from = after;
  // Nominal times are whole seconds.
  while (Math.floor(until / 1000) > Math.floor(from / 1000) && found.count < mostMissed) {
    const time = next(from);
    if (time === undefined || time > until || time <= from) break;
    found = { count: found.count + 1, first: found.first ?? time, last: time };
    from = time;
  }
  return found;
}
