import type { SpanContext } from "@opentelemetry/api";
import type { EventName, JobAttributes, TriggerType } from "@jobtrail/conventions";
import { isoOfMillis, now, toMillis } from "@jobtrail/core/event";
import { activeSpan, guard } from "@jobtrail/core/recorder";
import type { Around } from "./around.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { passedBetween } from "./passed.ts";
import type { Passed } from "./passed.ts";
import { millis } from "./reading.ts";
import type { JobKind } from "./reading.ts";
import type { Work } from "./run.ts";
import { tickReading } from "./tick.ts";
import { innerNow } from "./yielding.ts";
import type { Gone, Inner, Missed, Several } from "./yielding.ts";

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
  /** One that was stopped may be started again. */
  readonly restarts?: true;
  /** The library starts each of its times or tells that it does not: nothing is missed that it does not tell. */
  readonly tellsMissed?: true;
}

/** Follows the schedules of the process: what happens to them, their jobs, and the times that they miss. */
export interface Schedules<S> {
  /** The schedule exists: where an outer engine is making it, its ticks are the outer one's, whenever it begins. */
  found(schedule: S): void;
  /** The schedule is ready to make jobs. */
  made(schedule: S): void;
  /** It was paused, or resumed. */
  changed(schedule: S, to: "paused" | "resumed"): void;
  /** It makes no more jobs. */
  gone(schedule: S, reason: Gone): void;
  /** A nominal time passed without a start; with several, it was the first of them. */
  missed(schedule: S, reason: Missed, nominalMs: number, several?: Several): void;
  /**
   * The library looks at the clock, for a target time: a `tick` inside of the call is the job of that
   * time. Where the time has come and no tick did, it was skipped; times that passed meanwhile are missed.
   */
  look(schedule: S, targetMs: number): Around | undefined;
  /**
   * The job that starts now: of the look that it is in, of a nominal time, or by hand. With a nominal
   * time, the times before it that were not started are missed, and those that have passed since.
   */
  tick(schedule: S, how?: Tick): readonly Work[];
}

/** What is known of a start. */
export interface Tick {
  readonly nominalMs?: number | undefined;
  /** The nominal time and the next one are taken from here; what is missed is told by the inner engine. */
  readonly inner?: Inner | undefined;
  /** The clock made it, for a nominal time that is not known. */
  readonly isTimed?: boolean;
}

/** A schedule as it is followed. */
interface Followed {
  /** Until it begins, its name as it is wanted: a run by hand reserves none. */
  id: string;
  kind: JobKind;
  readonly trigger: TriggerType;
  /** Set where an outer engine made it, whose runs its ticks are. */
  readonly inner: Inner | undefined;
  /** The span that was active where it was made. */
  madeIn: SpanContext | undefined;
  /** Whether its creation was told, or its end. */
  stage: "found" | "live" | "over";
  /** Every nominal time up to here was run, told as missed, or passed in a pause: milliseconds. */
  toldUntil: number;
  /** The nominal time that comes next, as the last start or change left it. */
  planned: number | undefined;
  /** The nominal time that the library looks at in this very call. */
  due: number | undefined;
}

/** Ids in use, by system. Libraries keep names unique, but each of their copies for itself. */
const takenIds = new Map<string, Set<string>>();

/** Follows the schedules of one library. */
export const schedulesOf = <S extends object>(reader: ScheduleReader<S>, life: Lifecycle): Schedules<S> =>
  new Following(reader, life);

class Following<S extends object> implements Schedules<S> {
  readonly #reader: ScheduleReader<S>;
  readonly #life: Lifecycle;
  readonly #known = new WeakMap<S, Followed>();
  readonly #ids: Set<string>;

  constructor(reader: ScheduleReader<S>, life: Lifecycle) {
    this.#reader = reader;
    this.#life = life;
    this.#ids = takenIds.get(life.system) ?? new Set();
    takenIds.set(life.system, this.#ids);
  }

  found(schedule: S): void {
    const inner = innerNow();
    if (inner !== undefined && !this.#known.has(schedule)) this.#find(schedule, inner);
  }

  made(schedule: S): void {
    if (this.#known.get(schedule)?.stage === "live") return;
    this.found(schedule);
    // A date that has passed makes no jobs.
    const next = this.#next(schedule);
    const known = next === undefined ? this.#known.get(schedule) : this.#of(schedule);
    const followed =
      known?.stage === "over" && next !== undefined && this.#reader.restarts === true
        ? this.#find(schedule, known.inner)
        : known;
    if (followed?.stage !== "found") return;
    this.#begin(followed);
    const isPaused = this.#isPaused(schedule);
    followed.planned = isPaused ? undefined : next;
    if (followed.inner !== undefined) followed.inner.nextMs = next;
    followed.inner?.made?.(schedule);
    this.#tell(followed, "job.schedule.created", nextTime(followed.planned));
    if (isPaused) this.#tell(followed, "job.schedule.paused", {});
  }

  changed(schedule: S, to: "paused" | "resumed"): void {
    const followed = this.#known.get(schedule);
    if (followed?.stage !== "live") return;
    followed.planned = to === "paused" ? undefined : this.#next(schedule);
    if (to === "paused") this.#tell(followed, "job.schedule.paused", {});
    else this.#tell(followed, "job.schedule.resumed", nextTime(followed.planned));
  }

  gone(schedule: S, reason: Gone): void {
    const followed = this.#known.get(schedule);
    if (followed === undefined || followed.stage === "over") return;
    if (followed.stage === "live") this.#tell(followed, "job.schedule.deleted", { "job.reason": reason });
    if (followed.stage === "live" && followed.inner === undefined) this.#ids.delete(followed.id);
    if (followed.stage === "live") followed.inner?.gone?.(schedule, reason);
    followed.stage = "over";
  }

  missed(schedule: S, reason: Missed, nominalMs: number, several?: Several): void {
    const followed = this.#of(schedule);
    followed.toldUntil = Math.max(followed.toldUntil, several?.lastMs ?? nominalMs);
    followed.inner?.missed?.(reason, nominalMs, several, schedule);
    this.#tell(followed, "job.schedule.missed", {
      "job.schedule.missed_count": several?.count ?? 1,
      "job.reason": reason,
      "job.schedule.nominal_time": isoOfMillis(nominalMs),
    });
  }

  look(schedule: S, targetMs: number): Around | undefined {
    const followed = this.#of(schedule);
    if (followed.stage === "found") this.#begin(followed);
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
    const { inner } = followed;
    // What the outer engine did not take was no start of its own.
    const started = followed.due === undefined && inner?.nominalMs === undefined;
    followed.due = undefined;
    if (inner !== undefined) inner.nominalMs = undefined;
    if (!started && !isDue) return;
    if (!started) this.missed(schedule, "overlap", nominal);
    const { last } = this.#late(schedule, this.#passed(schedule, nominal, at));
    followed.toldUntil = Math.max(followed.toldUntil, last ?? nominal);
    if (this.#next(schedule) === undefined) this.gone(schedule, "ended");
  }

  tick(schedule: S, { nominalMs, inner: from, isTimed = false }: Tick = {}): readonly Work[] {
    const followed = this.#of(schedule);
    const nominal = nominalMs ?? from?.nominalMs ?? followed.due;
    followed.due = undefined;
    const atMs = toMillis(now());
    // Set back, the clock brings a nominal time twice.
    const isNew = nominal !== undefined && nominal > followed.toldUntil;
    if (from !== undefined) taken(from, followed);
    else if (nominalMs !== undefined) this.#advance(schedule, followed, nominalMs, atMs);
    else if (nominal !== undefined) followed.planned = this.#next(schedule, atMs);
    const { inner, kind, id, trigger, planned, madeIn: scheduledBy } = followed;
    if (inner !== undefined) {
      inner.nominalMs = nominal;
      inner.nextMs = planned;
      return [];
    }
    const by = nominal === undefined && !isTimed ? "manual" : trigger;
    const reading = tickReading(kind, id, by, { nominal, isNew, atMs, next: by === "manual" ? undefined : planned });
    return [{ key: {}, reading, scheduledBy, isTimed: true }];
  }

  /** Tells the times that were not started: before this one, and since it. */
  #advance(schedule: S, followed: Followed, nominal: number, at: number): void {
    const { planned, toldUntil } = followed;
    const next = (afterMs: number): number | undefined => this.#next(schedule, afterMs);
    const concludes = this.#reader.tellsMissed !== true;
    if (concludes && planned !== undefined && planned < nominal && toldUntil < nominal)
      this.#late(schedule, passedBetween(next, Math.max(toldUntil, planned - 1), nominal - 1));
    followed.toldUntil = Math.max(followed.toldUntil, nominal);
    followed.planned = next(nominal);
    if (!concludes || followed.planned === undefined || followed.planned > at) return;
    this.#late(schedule, passedBetween(next, nominal, at));
    followed.planned = next(at);
  }

  #late(schedule: S, passed: Passed): Passed {
    const { count, first, last } = passed;
    if (first !== undefined && last !== undefined) this.missed(schedule, "late", first, { count, lastMs: last });
    return passed;
  }

  #isPaused(schedule: S): boolean {
    return this.#reader.isPaused?.(schedule) === true;
  }

  #next(schedule: S, afterMs?: number): number | undefined {
    return millis(guard(`${this.#life.system}: next time`, () => this.#reader.next(schedule, afterMs)));
  }

  /** Who looks at the clock has whole seconds as nominal times: within one, nothing is computed. */
  #passed(schedule: S, after: number, until: number): Passed {
    if (Math.floor(until / 1000) <= Math.floor(after / 1000)) return { count: 0 };
    return passedBetween((ms) => this.#next(schedule, ms), after, until);
  }

  #of(schedule: S): Followed {
    return this.#known.get(schedule) ?? this.#find(schedule, undefined);
  }

  #find(schedule: S, inner: Inner | undefined): Followed {
    const { name, expression, timezone, trigger } = this.#reader;
    const pattern = expression?.(schedule);
    const id = name(schedule) || pattern || "once";
    const { namespace } = this.#life.recorder.options;
    const followed: Followed = {
      id,
      kind: { namespace, name: id, schedule: id, expression: pattern, timezone: timezone?.(schedule) },
      trigger: trigger(schedule),
      inner,
      madeIn: undefined,
      stage: "found",
      toldUntil: Number.NEGATIVE_INFINITY,
      planned: undefined,
      due: undefined,
    };
    this.#known.set(schedule, followed);
    return followed;
  }

  /** A timer keeps the context that it was made in, so at a tick the maker's span is still the active one. */
  #begin(followed: Followed): void {
    followed.stage = "live";
    followed.madeIn = activeSpan()?.spanContext();
    if (followed.inner !== undefined) return;
    const id = takeId(followed.id, this.#ids);
    if (id !== followed.id) followed.kind = { ...followed.kind, name: id, schedule: id };
    followed.id = id;
  }

  #tell({ kind, inner }: Followed, name: EventName, attributes: JobAttributes): void {
    if (inner !== undefined) return;
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

/** Takes the times of a start from the inner engine. */
function taken(inner: Inner, followed: Followed): void {
  followed.toldUntil = Math.max(followed.toldUntil, inner.nominalMs ?? followed.toldUntil);
  followed.planned = inner.nextMs;
  inner.nominalMs = undefined;
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
